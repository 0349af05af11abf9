"""``make bench B=rpu``: a day of 500 passages, from the database to the deposited file, and back.

PostgreSQL with flushes on. One JSON object a line: ``{"bench", "figure", "value", "unit", "peer", "ratio"}``; ``ratio``
is above 1 when ours is better than the peer: the bar of the project, or the same file written by the standard library.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from xml.etree import ElementTree

from archipel.foundation import postgres, runtime
from archipel.foundation.postgres import fdatasync_ms

BAR = 2.0
EJ, EG = "210780581", "210987558"


def say(figure: str, value: float, unit: str, peer: str = "", ratio: float | None = None) -> None:
    """Print one figure."""
    line = {"bench": "rpu", "figure": figure, "value": round(value, 4), "unit": unit, "peer": peer,
            "ratio": None if ratio is None else round(ratio, 2)}  # fmt: skip
    print(json.dumps(line, ensure_ascii=False), flush=True)


def timed(act: Callable[[], object], times: int = 3) -> float:
    """The best of some runs, in seconds."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        found.append(time.perf_counter() - begin)
    return min(found)


def furnish(passages: int, day: datetime, draw: Random) -> None:
    """A day of passages as ingestion and entry leave them: segments, venues, patients, nine items entered each."""
    from archipel.domains.flow.models import PassageFact, Segment, Venue
    from archipel.domains.flow.public import venue_id
    from archipel.identity.models import Patient
    from archipel.territory.models import Etablissement, Site, Uf

    Etablissement.objects.create(code=EJ, name="CHU", ght="BFC-03")
    Site.objects.create(finess=EG, establishment=EJ, name="Site", commune="Dijon")
    for code, filiere in (("0500", "URG"), ("3001", "MED")):
        Uf.objects.create(establishment=EJ, code=code, name=code, site=EG, filiere=filiere, types=["H"])
    rows: dict[type, list[object]] = {Patient: [], Venue: [], Segment: [], PassageFact: []}
    items = {"gravite": ["2"], "dp": ["R074"], "da": ["I10", "E119"], "actes": ["DEQP003"], "motif": ["R074"],
             "transport": ["PERSO"], "transport_pec": ["AUCUN"], "provenance": ["8"]}  # fmt: skip
    for n in range(passages):
        key, patient = f"a|V{n}", f"a|P{n}"
        number, begin = venue_id(EJ, key), day + timedelta(seconds=draw.randrange(80_000))
        out = begin + timedelta(minutes=draw.randrange(30, 600))
        stays = n % 4 == 0
        rows[Patient].append(Patient(
            establishment=EJ, key=patient, representative=patient, sexe="F", updated_at=day,
            date_naissance=(day - timedelta(days=draw.randrange(36_000))).date(),
        ))  # fmt: skip
        rows[Venue].append(Venue(
            id=number, establishment=EJ, key=key, patient=patient, begin=begin, updated_at=day,
            discharged_at=None if stays else out, exit_mode="" if stays else "8",
            attributes={"pmsi_mode_entree": ["8", "s"], "residence_cp": ["21000", "s"],
                        "residence_commune": ["Fontaine-lès-Dijon", "s"]},
        ))  # fmt: skip
        step = (out - begin) / 4
        for rank in range(4):
            rows[Segment].append(Segment(
                establishment=EJ, venue_id=number, begin=begin + rank * step, end_at=begin + (rank + 1) * step,
                uf="0500", chambre=f"B{rank}", patient_class="E", present=True, sexe="F", movement=f"{n}.{rank}",
            ))  # fmt: skip
        if stays:
            rows[Segment].append(Segment(
                establishment=EJ, venue_id=number, begin=begin + 4 * step, uf="3001", patient_class="I", present=True,
                movement=f"{n}.w",
            ))  # fmt: skip
        rows[PassageFact] += [
            PassageFact(
                establishment=EJ, venue=key, item=item, value=value, effective_at=out, recorded_at=out, actor="x"
            )
            for item, value in items.items()
        ]
    for model, made in rows.items():
        model.objects.bulk_create(made)  # type: ignore[attr-defined]


def plain(file: object) -> bytes:
    """The peer: the same elements by the standard library's ElementTree."""
    from archipel.connectors.rpu.codec import LISTS, TAGS

    root = ElementTree.Element("OSCOUR")
    passages = ElementTree.SubElement(root, "PASSAGES")
    for one in file.passages:  # type: ignore[attr-defined]
        patient = ElementTree.SubElement(passages, "PATIENT")
        for item, tag in TAGS.items():
            node = ElementTree.SubElement(patient, tag)
            for value in one.values.get(item, ()):
                (ElementTree.SubElement(node, LISTS[item]) if item in LISTS else node).text = value
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="ISO-8859-15"))


def measure(count: int, target: Path) -> None:
    """All the figures."""
    from archipel.connectors.rpu.building import as_rpu, build_file, passages_of
    from archipel.connectors.rpu.codec import RpuFile, read, write
    from archipel.connectors.rpu.deposits import deposit
    from archipel.domains.flow.rules.passage_checks import check, completeness
    from archipel.foundation.scope import in_scope, system_scope
    from archipel.kernel import clock

    scope = system_scope("bench", [EJ])
    today = clock.now().astimezone(UTC).replace(hour=0, minute=5, second=0, microsecond=0)
    day = today - timedelta(days=1)
    with in_scope(scope):
        furnish(count, day, Random(1))
    first, last = day.date() - timedelta(days=5), day.date()
    begin = time.perf_counter()
    done = deposit(scope=scope, site=EG, first=first, last=last)
    whole = time.perf_counter() - begin
    say(f"day of {count} passages: read, checked, written, kept, deposited", whole, "s", f"bar {BAR} s", BAR / whole)
    print(json.dumps({"bench": "rpu", "note": done.message}, ensure_ascii=False))
    with in_scope(scope):
        again = timed(lambda: build_file(scope=scope, site=EG, first=first, last=last))
        say("the same content again: found, not made", again, "s", f"bar {BAR} s", BAR / again)
        found = passages_of(scope, EG, first, last, clock.now())
        say("passages read from the database",
            timed(lambda: passages_of(scope, EG, first, last, clock.now())), "s")  # fmt: skip
    now = clock.now()
    say("quality: every rule on every passage",
        timed(lambda: ([check(p, now) for p in found], completeness(found))), "s")  # fmt: skip
    file = RpuFile(EG, "1", datetime(2026, 1, 1), first, last, tuple(map(as_rpu, found)))  # noqa: DTZ001 - of the file
    ours, theirs = timed(lambda: write(file)), timed(lambda: plain(file))
    say("file written", ours, "s", f"xml.etree.ElementTree {theirs:.4f} s", theirs / ours)
    raw = write(file)
    mine, parse = timed(lambda: read(raw)), timed(lambda: ElementTree.fromstring(raw.decode("iso-8859-15")))
    say("file read, each item checked", mine, "s", f"xml.etree.ElementTree, parsing only {parse:.4f} s", parse / mine)
    say("file size", len(raw) / 1000, "kB")


def main() -> None:
    """Start a database of its own, measure, stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "ars").mkdir()
        os.environ["ARCHIPEL_RPU_TARGET"] = f"dossier:{folder / 'ars'}"
        os.environ.pop("DATABASE_URL", None)
        runtime.boot(folder / "data", owner_pid=os.getpid())
        try:
            say("disk flush", fdatasync_ms(folder), "ms")
            measure(asked.passages, folder / "ars")
        finally:
            postgres.stop(folder / "data" / runtime.CLUSTER)


if __name__ == "__main__":
    main()
