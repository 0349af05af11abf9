"""``archipel import hl7``: every file shape, every message in the report, in the published shape."""

from __future__ import annotations

import codecs
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archipel.connectors.hl7v2_pam.codec import encode
from archipel.connectors.hl7v2_pam.importer import import_files
from archipel.kernel.errors import NotFound
from tests.db.ingestion import Journal, digest
from tests.factories.pam import Move, Patient, Source, corpus, message

UTF8 = Source()
LATIN = Source("GAM", "210780581", "8859/1", "latin-1")
NAMES = ("file", "control_id", "event", "outcome", "reason")


def admission(control: str, source: Source = UTF8) -> bytes:
    who = Patient("800000001", nom="ÉTÉ")
    return message(Move("A01", control, venue=f"V{control}", movement=f"M{control}", source=source, patient=who))


def lines(*paths: Path) -> list[tuple[str, str, str]]:
    """(control id, event, outcome) of each line of the report, once its shape has been checked."""
    body = import_files(paths).as_json()
    check(body)
    return [(line["control_id"], line["event"], line["outcome"]) for line in body["messages"]]


def check(body: dict[str, Any]) -> None:
    assert set(body) == {"messages", "totals"}
    counts = {"applied": 0, "ignored": 0, "parked": 0}
    for line in body["messages"]:
        assert tuple(line) == NAMES
        assert all(isinstance(value, str) for value in line.values())
        assert line["outcome"] in counts
        counts[line["outcome"]] += 1
        if line["outcome"] != "applied":
            assert line["reason"]
    totals = body["totals"]
    assert {name: totals[name] for name in counts} == counts
    assert totals["messages"] == len(body["messages"])
    json.dumps(body)


@pytest.fixture
def journal(fresh_database: str) -> Journal:
    return Journal(fresh_database)


TWO = [("A", "A01", "applied"), ("B", "A01", "applied")]
FILES: dict[str, bytes] = {
    "segments ended by CR": admission("A") + admission("B"),
    "segments ended by LF": (admission("A") + admission("B")).replace(b"\r", b"\n"),
    "segments ended by CRLF": (admission("A") + admission("B")).replace(b"\r", b"\r\n"),
    "blank lines between": admission("A") + b"\r\n\r\n" + admission("B") + b"\n\n",
    "MLLP frames": encode(admission("A")) + encode(admission("B")),
    "batch envelope": b"FHS|^~\\&|GAM\rBHS|^~\\&|GAM\r" + admission("A") + admission("B") + b"BTS|2\rFTS|1\r",
    "UTF-8 with its mark": codecs.BOM_UTF8 + admission("A") + admission("B"),
    "latin-1": admission("A", LATIN) + admission("B", LATIN),
    "no end of line at the end": admission("A") + admission("B").rstrip(b"\r"),
}


@pytest.mark.parametrize("name", FILES)
def test_file_shapes(name: str, journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "messages.hl7"
    path.write_bytes(FILES[name])
    assert lines(path) == TWO
    found = journal.owner.execute("SELECT nom_naissance FROM identity_patient").fetchall()
    assert found == [("ÉTÉ",)]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16(codec: str, journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "export.hl7"
    path.write_bytes((admission("A") + admission("B")).decode().replace("\r", "\r\n").encode(codec))
    assert lines(path) == TWO


def test_one_bad_message_among_others_is_explained(journal: Journal, tmp_path: Path) -> None:
    bad = admission("BAD").replace(b"|20260105060000||INSERT", b"|20269999||INSERT")
    other = admission("ORM").replace(b"ADT^A01^ADT_A01", b"ORM^O01")
    path = tmp_path / "jour.hl7"
    path.write_bytes(admission("A") + bad + other + admission("B"))
    body = import_files([path]).as_json()
    check(body)
    assert [line["outcome"] for line in body["messages"]] == ["applied", "parked", "ignored", "applied"]
    assert "ZBE-2" in body["messages"][1]["reason"]
    assert "ORM" in body["messages"][2]["reason"]
    assert body["totals"] == {"files": 1, "messages": 4, "applied": 2, "ignored": 1, "parked": 1}


def test_duplicates_say_so(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "a.hl7"
    path.write_bytes(admission("A") + admission("A"))
    body = import_files([path, path]).as_json()
    check(body)
    assert [line["outcome"] for line in body["messages"]] == ["applied", "ignored", "ignored", "ignored"]
    assert all("Doublon" in line["reason"] for line in body["messages"][1:])
    assert journal.count("journal_message") == 1


def test_empty_noise_and_half_files(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "1-vide.hl7").write_bytes(b"")
    (tmp_path / "2-bruit.bin").write_bytes(bytes(range(256)).replace(b"\x0b", b"") * 4)
    (tmp_path / "3-tronque.hl7").write_bytes(b"\x0b" + admission("C")[:200])
    (tmp_path / "4-bon.hl7").write_bytes(admission("A"))
    (tmp_path / "5-lettre.txt").write_bytes(b"Bonjour,\nvoici les messages.\n")
    (tmp_path / "6-aussi-vide.hl7").write_bytes(b"\r\n \0")
    (tmp_path / "7-lisez-moi.md").write_bytes(b"# Messages d'essai\n")
    (tmp_path / "8-lot-vide.hl7").write_bytes(b"FHS|^~\\&|GAM\rBHS|^~\\&\rBTS|0\rFTS|1\r")
    (tmp_path / "9-bruit.bin").write_bytes(random.Random(1).randbytes(20_000))  # with bytes of every framing
    body = import_files([tmp_path]).as_json()
    check(body)
    found = {Path(line["file"]).name: line["outcome"] for line in body["messages"]}
    assert found == {
        "1-vide.hl7": "parked",
        "2-bruit.bin": "parked",
        "3-tronque.hl7": "parked",
        "4-bon.hl7": "applied",
        "5-lettre.txt": "parked",
        "6-aussi-vide.hl7": "parked",
        "7-lisez-moi.md": "ignored",
        "8-lot-vide.hl7": "ignored",
        "9-bruit.bin": "parked",
    }
    assert len(body["messages"]) == len(found), "a file of noise is one message, not hundreds"
    assert not any("Doublon" in line["reason"] for line in body["messages"])


def test_folders_are_walked_in_order_and_hidden_files_left(journal: Journal, tmp_path: Path) -> None:
    for name in ("b/2.hl7", "a/deep/er/1.hl7", "c.hl7", ".git/x.hl7", "b/.cache"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(admission(path.stem))
    assert [line[0] for line in lines(tmp_path)] == ["1", "2", "c"]


def test_missing_path_is_refused_before_anything(journal: Journal, tmp_path: Path) -> None:
    good = tmp_path / "a.hl7"
    good.write_bytes(admission("A"))
    with pytest.raises(NotFound, match=r"absent\.hl7"):
        import_files([good, tmp_path / "absent.hl7"])
    assert journal.count("journal_message") == 0


def test_unreadable_file_is_told_and_the_rest_goes_on(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("1", "2", "3"):
        (tmp_path / f"{name}.hl7").write_bytes(admission(name))
    (tmp_path / "2.hl7").chmod(0)
    if os.access(tmp_path / "2.hl7", os.R_OK):  # root reads everything
        real = Path.read_bytes

        def read_bytes(path: Path) -> bytes:
            if path.name == "2.hl7":
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(Path, "read_bytes", read_bytes)
    body = import_files([tmp_path]).as_json()
    check(body)
    assert [line["outcome"] for line in body["messages"]] == ["applied", "parked", "applied"]
    assert "lu" in body["messages"][1]["reason"]


def test_command_writes_the_report(journal: Journal, tmp_path: Path) -> None:
    folder, report = tmp_path / "in", tmp_path / "report.json"
    folder.mkdir()
    for number, raw in enumerate(corpus(60, seed=9)):
        (folder / f"{number:03d}.hl7").write_bytes(raw)
    done = subprocess.run(
        [sys.executable, "-m", "archipel", "import", "hl7", str(folder), "--report", str(report)],
        env={**os.environ, "ARCHIPEL_MIGRATED": "1", "ARCHIPEL_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    body = json.loads(report.read_text())
    check(body)
    assert body["totals"] == {"files": 60, "messages": 60, "applied": 60, "ignored": 0, "parked": 0}
    assert len(digest()) == 64
