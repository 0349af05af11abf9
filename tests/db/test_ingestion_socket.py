"""Whatever comes through the socket is answered, kept byte for byte, explained; and the next message goes on."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from archipel.connectors.hl7v2_pam.codec import encode
from tests.db.ingestion import Client, Journal, drain, listening
from tests.factories.pam import Move, Source, corpus, message

MAX = 200_000
GOOD = Move("A01", "GOOD1")


@pytest.fixture
def journal(fresh_database: str) -> Iterator[Journal]:
    opened = Journal(fresh_database)
    yield opened
    opened.close()


@pytest.fixture
def port(journal: Journal) -> Iterator[int]:
    with listening(journal.url, max_size=MAX) as number:
        yield number


def random_text(size: int, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=size))


def good(control: str) -> bytes:
    return message(replace(GOOD, control=control, venue=f"V{control}", movement=f"M{control}"))


def changed(control: str, old: bytes, new: bytes, count: int = 1) -> bytes:
    raw = good(control)
    assert old in raw
    return raw.replace(old, new, count)


def without(control: str, segment: bytes) -> bytes:
    return b"\r".join(line for line in good(control).split(b"\r") if not line.startswith(segment))


LONG = random_text(5000).encode()
ZBES = [b"ZBE|%d^X|20260105||INSERT|N|||\r" % number for number in range(300)]
BAD: dict[str, tuple[bytes, str]] = {
    "no PID": (without("B1", b"PID"), "parked"),
    "no PV1": (without("B2", b"PV1"), "applied"),
    "no EVN": (without("B3", b"EVN"), "applied"),
    "no control id": (changed("B4", b"|B4|", b"||"), "applied"),
    "impossible date": (changed("B5", b"|20260105060000||INSERT", b"|20261345990000||INSERT"), "parked"),
    "impossible emission date": (changed("B6", b"|20260105060000||ADT", b"|hier||ADT"), "parked"),
    "order message": (changed("B7", b"ADT^A01^ADT_A01", b"ORM^O01^ORM_O01"), "ignored"),
    "unknown event": (changed("B8", b"ADT^A01^ADT_A01", b"ADT^A99^ADT_A99"), "ignored"),
    "no type": (changed("B9", b"ADT^A01^ADT_A01", b""), "parked"),
    "acknowledgement": (changed("B10", b"ADT^A01^ADT_A01", b"ACK"), "ignored"),
    "structure": (changed("B11", b"ADT^A01^ADT_A01", b"MFN^M05^MFN_M05"), "ignored"),
    "no IPP": (changed("B12", b"800000001^^^210780581&1.2.250.1.71.4.2.210780581&ISO^PI", b""), "parked"),
    "wrong charset announced": (changed("B13", b"ALIX", "ALIZÉE".encode("latin-1")), "applied"),
    "unknown charset": (changed("B14", b"UNICODE UTF-8", b"KLINGON"), "applied"),
    "NUL inside a name": (changed("B15", b"ALIX", b"AL\x00IX"), "applied"),
    "NUL in the control id": (changed("B16", b"|B16|", b"|B\x0016|"), "applied"),
    "NUL in a UF": (changed("B17", b"|3001^101", b"|30\x0001^101"), "applied"),
    "escaped NUL": (changed("B18", b"ALIX", b"AL\\X00\\IX"), "applied"),
    "control characters": (changed("B19", b"ALIX", b"A\x01\x02\x7f\x1bX"), "applied"),
    "name of a hundred thousand": (changed("B20", b"ALIX", random_text(100_000).encode()), "applied"),
    "control id of a thousand": (changed("B21", b"|B21|", f"|{random_text(1000)}|".encode()), "applied"),
    "sender of eight thousand": (changed("B22", b"|GAM|", f"|{random_text(8000)}|".encode()), "applied"),
    "IPP of five thousand": (changed("B23", b"800000001", random_text(5000).encode()), "parked"),
    "venue of five thousand": (changed("B24", b"VB24^^^210780581^VN", LONG + b"^^^X^VN"), "parked"),
    "facility with a comma": (changed("B25", b"|210780581|ARCHIPEL", b"|CH,DIJON|ARCHIPEL"), "applied"),
    "no sender": (changed("B26", b"|GAM|210780581|", b"|||"), "applied"),
    "emoji": (changed("B27", b"ALIX", "AL🏥IX".encode()), "applied"),
    "strange separators": (b"MSH#^~\\&#GAM#210780581###20260105060000##ADT^A01#B28#P#2.5\rPID#1\r", "parked"),
    "MSH alone": (b"MSH", "parked"),
    "MSH with separators alone": (b"MSH|^~\\&\r", "parked"),
    "letters as separators": (b"MSHABCDEABC", "parked"),
    "not HL7": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "parked"),
    "XML": ('<?xml version="1.0"?><ADT_A01>é</ADT_A01>'.encode(), "parked"),
    "binary noise": (bytes(b for b in random.Random(5).randbytes(5000) if b not in (0x0B, 0x1C)), "parked"),
    "UTF-16": (good("B33").decode().encode("utf-16"), "applied"),
    "three hundred movements": (good("B34") + b"".join(ZBES), "parked"),
    "five thousand segments": (good("B35") + b"NTE|1||x\r" * 5000, "applied"),
    "five thousand repetitions": (good("B36") + b"OBX|1|" + b"a~" * 5000, "applied"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_content_is_answered_kept_and_explained(name: str, journal: Journal, port: int) -> None:
    raw, expected = BAD[name]
    with Client(port) as client:
        answer = client.send(raw)
        assert answer.code in ("AA", "AR")
        assert client.send(good("AFTER")).code == "AA"
    drain()
    rows = journal.owner.execute(
        "SELECT m.raw, o.outcome, o.reason FROM journal_message m JOIN journal_outcome o ON o.message_id = m.id"
        " ORDER BY m.id"
    ).fetchall()
    assert [bytes(row[0]) for row in rows] == [raw, good("AFTER")]
    assert rows[1][1:] == ("applied", "")
    assert rows[0][1] == expected, rows[0]
    if expected != "applied":
        assert rows[0][2].endswith(".")
        assert "Erreur interne" not in rows[0][2]


FRAMES: dict[str, tuple[bytes, str, list[bytes]]] = {
    "empty frame": (b"\x0b\x1c\r", "AR", [b""]),
    "blank frame": (b"\x0b\r\n \x1c\r", "AR", [b"\r\n "]),
    "no beginning": (good("F1") + b"\x1c\r", "AR", [good("F1")]),
    "no end": (b"\x0b" + good("F2") + b"\x0b" + good("F3") + b"\x1c\r", "AR", [good("F2"), good("F3")]),
    "noise before": (b"hello\x0b" + good("F4") + b"\x1c\r", "AR", [b"hello", good("F4")]),
    "end without CR": (b"\x0b" + good("F5") + b"\x1c", "AA", [good("F5")]),
}


@pytest.mark.parametrize("name", FRAMES)
def test_bad_framing(name: str, journal: Journal, port: int) -> None:
    data, first, kept = FRAMES[name]
    with Client(port) as client:
        client.raw(data)
        codes = [client.ack().code for _ in kept]
        assert codes[0] == first
        assert client.send(good("AFTER")).code == "AA"
    drain()
    rows = journal.owner.execute("SELECT raw FROM journal_message ORDER BY id").fetchall()
    assert [bytes(row[0]) for row in rows] == [*kept, good("AFTER")]
    assert journal.unexplained() == 0
    assert journal.outcomes()["AFTER"] == ("applied", "")


def test_huge_message_is_refused_and_its_beginning_kept(journal: Journal, port: int) -> None:
    huge = good("HUGE") + b"NTE|" + b"x" * (3 * MAX)
    with Client(port) as client:
        answer = client.send(huge)
        assert answer.code == "AR"
        assert str(MAX) in answer.text
        assert client.send(good("AFTER")).code == "AA"
    drain()
    row = journal.owner.execute("SELECT raw FROM journal_message ORDER BY id").fetchone()
    assert row is not None
    assert huge.startswith(bytes(row[0]))
    assert len(row[0]) >= 60_000
    outcome, reason = journal.outcomes()["HUGE"]
    assert (outcome, str(MAX) in reason) == ("parked", True)


def test_slow_half_frames_hold_nobody_and_are_kept_when_they_end(journal: Journal, port: int) -> None:
    slow = [Client(port) for _ in range(20)]
    for number, client in enumerate(slow):
        client.raw(b"\x0b" + good(f"SLOW{number}")[: 50 + number])
    with Client(port) as client:
        assert client.send(good("QUICK")).code == "AA"
    for client in slow[:10]:
        client.socket.shutdown(1)
        assert client.ack().code == "AR"
    for client in slow[10:]:
        client.raw(good("X")[60:] + b"\x1c\r")
        assert client.ack().code in ("AA", "AR")
    for client in slow:
        client.socket.close()
    drain()
    assert journal.count("journal_message") == 21
    assert journal.unexplained() == 0


def test_bytes_one_by_one(journal: Journal, port: int) -> None:
    with Client(port) as client:
        for byte in encode(good("DRIP")):
            client.raw(bytes([byte]))
        assert client.ack().code == "AA"
    assert journal.count("journal_message") == 1


def test_two_hundred_connections_at_once(journal: Journal, port: int) -> None:
    def one(number: int) -> list[str]:
        with Client(port) as client:
            return [client.send(good(f"C{number}x{turn}")).control_id for turn in range(5)]

    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(one, range(200)))
    assert answers == [[f"C{number}x{turn}" for turn in range(5)] for number in range(200)]
    assert drain() == 1000
    assert {outcome for outcome, _ in journal.outcomes().values()} == {"applied"}


def test_many_messages_in_one_packet_are_answered_in_order(journal: Journal, port: int) -> None:
    names = [f"P{number}" for number in range(300)]
    with Client(port) as client:
        client.raw(b"".join(encode(good(name)) for name in names))
        assert [client.ack().control_id for _ in names] == names
    rows = journal.owner.execute("SELECT control_id FROM journal_message ORDER BY id").fetchall()
    assert [row[0] for row in rows] == names


def test_fuzzed_messages(journal: Journal, port: int) -> None:
    rng = random.Random(20260105)
    samples = corpus(300, seed=3)
    sent: set[bytes] = set()
    with Client(port) as client:
        for raw in samples:
            data = bytearray(raw)
            for _ in range(rng.randrange(1, 12)):
                spot = rng.randrange(len(data))
                kind = rng.random()
                if kind < 0.4:
                    data[spot] = rng.choice([b for b in range(256) if b not in (0x0B, 0x1C)])
                elif kind < 0.7:
                    del data[spot : spot + rng.randrange(1, 40)]
                else:
                    data[spot:spot] = rng.choice([b"|", b"^", b"~", b"\\", b"&", b"\r", b'""', b"\x00", b"9" * 50])
                data = data or bytearray(b"x")
            kept = bytes(data)
            if not kept.strip(b"\r\n \t\x00"):
                continue
            assert client.send(kept).code in ("AA", "AR")
            sent.add(kept)
        assert client.send(good("AFTER")).code == "AA"
    drain()
    rows = journal.owner.execute("SELECT raw FROM journal_message").fetchall()
    assert {bytes(row[0]) for row in rows} == sent | {good("AFTER")}
    assert journal.unexplained() == 0
    assert journal.outcomes()["AFTER"] == ("applied", "")
    internal = [reason for _, reason in journal.outcomes().values() if "Erreur interne" in reason]
    assert internal == []


def test_unknown_unit_parks_in_the_strict_profile(journal: Journal, port: int) -> None:
    with Client(port) as client:
        client.send(good("S1"))
        drain()
        journal.owner.execute("""UPDATE journal_sender SET profile = '{"strict": true}'""")
        client.send(message(replace(GOOD, control="S2", venue="VS2", movement="MS2", uf="9999", uf_medicale="9999")))
        client.send(good("S3"))
    drain()
    outcomes = journal.outcomes()
    assert outcomes["S3"] == ("applied", "")
    assert outcomes["S2"][0] == "parked"
    assert "9999" in outcomes["S2"][1]
    assert "PV1-3" in outcomes["S2"][1]


def test_same_message_again_is_counted_and_not_applied_twice(journal: Journal, port: int) -> None:
    with Client(port) as client:
        for _ in range(3):
            assert client.send(good("D1")).code == "AA"
        assert client.send(good("D1") + b"\r\n").code == "AA"
    assert (journal.count("journal_message"), journal.count("journal_duplicate")) == (1, 3)
    assert drain() == 1


def test_control_id_used_again_for_another_content_loses_nothing(journal: Journal, port: int) -> None:
    first, second = good("R1"), message(replace(GOOD, control="R1", venue="OTHER", movement="OTHER"))
    with Client(port) as client:
        client.send(first)
        client.send(second)
    drain()
    rows = journal.owner.execute(
        "SELECT m.raw, o.outcome, o.warnings FROM journal_message m JOIN journal_outcome o ON o.message_id = m.id"
        " ORDER BY m.id"
    ).fetchall()
    assert [(bytes(row[0]), row[1]) for row in rows] == [(first, "applied"), (second, "applied")]
    assert rows[0][2] == []
    assert any("MSH-10" in warning for warning in rows[1][2])
    assert journal.count("flow_venue") == 2


def test_resend_after_the_sender_was_attached_to_an_establishment(journal: Journal, port: int) -> None:
    with Client(port) as client:
        client.send(good("A1"))
        drain()
        journal.owner.execute("UPDATE journal_sender SET establishment = '520780032'")
    with listening(journal.url) as other, Client(other) as client:
        assert client.send(good("A1")).code == "AA"
        assert client.send(good("A2")).code == "AA"
    assert drain() == 1
    assert journal.count("journal_message") == 2


def test_a_spoilt_profile_stops_nothing(journal: Journal, port: int) -> None:
    with Client(port) as client:
        client.send(good("Q1"))
    journal.owner.execute("""UPDATE journal_sender SET profile = '{"fuseau": "Mars"}'""")
    with listening(journal.url) as other, Client(other) as client:
        assert client.send(good("Q2")).code == "AA"
    drain()
    assert journal.outcomes()["Q2"] == ("applied", "")


def test_one_database_cut_is_not_seen_by_senders(journal: Journal, port: int) -> None:
    with Client(port) as client:
        assert client.send(good("K1")).code == "AA"
        journal.owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        assert client.send(good("K2")).code == "AA"
    assert journal.count("journal_message") == 2


def test_other_charsets(journal: Journal, port: int) -> None:
    latin = Source("GAM", "210780581", "8859/1", "latin-1")
    accent = replace(GOOD.patient, nom="ÉTÉ-FÊTE", prenom="ZOË")
    with Client(port) as client:
        client.send(message(replace(GOOD, control="L1", source=latin, patient=accent)))
    drain()
    row = journal.owner.execute("SELECT nom_naissance, prenom FROM identity_patient").fetchone()
    assert row == ("ÉTÉ-FÊTE", "ZOË")
