"""What bounds the listener: stalled frames, too many connections, too many unknown senders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archipel.connectors.hl7v2_pam import senders
from tests.db.ingestion import Client, Journal, drain, listening
from tests.factories.pam import Move, message


@pytest.fixture
def journal(fresh_database: str) -> Iterator[Journal]:
    opened = Journal(fresh_database)
    yield opened
    opened.close()


def test_a_stalled_frame_is_kept_answered_and_the_line_closed(journal: Journal) -> None:
    with listening(journal.url, stall=0.3) as port, Client(port) as client:
        client.raw(b"\x0b" + message(Move("A01", "STALL"))[:80])
        assert client.ack().code == "AR"
        with pytest.raises(ConnectionError):
            client.ack()
    drain()
    assert journal.count("journal_message") == 1
    assert journal.unexplained() == 0


def test_an_idle_line_between_messages_stays_open(journal: Journal) -> None:
    with listening(journal.url, stall=0.2) as port, Client(port) as client:
        assert client.send(message(Move("A01", "I1"))).code == "AA"
        client.socket.settimeout(0.6)
        with pytest.raises(TimeoutError):
            client.ack()
        client.socket.settimeout(20)
        assert client.send(message(Move("A03", "I2", venue="I1", movement="I2"))).code == "AA"


def test_one_connection_too_many_is_closed_and_the_others_go_on(journal: Journal) -> None:
    with listening(journal.url, connections=2) as port, Client(port) as one, Client(port) as two:
        assert one.send(message(Move("A01", "C1"))).code == "AA"
        assert two.send(message(Move("A01", "C2", venue="C2", movement="C2"))).code == "AA"
        with Client(port) as three, pytest.raises((ConnectionError, OSError)):
            three.send(message(Move("A01", "C3", venue="C3", movement="C3")))
        assert one.send(message(Move("A03", "C4", venue="C1", movement="C4"))).code == "AA"


def test_random_names_do_not_fill_the_structure(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "PROVISIONAL_LIMIT", 3)
    with listening(journal.url) as port, Client(port) as client:
        for number in range(6):
            raw = message(Move("A01", f"N{number}", venue=f"V{number}", movement=f"M{number}"))
            head = raw.split(b"|")
            head[2], head[3] = b"APP%d" % number, b"NOWHERE%d" % number
            assert client.send(b"|".join(head)).code == "AA"
    drain()
    assert journal.count("journal_message") == 6
    assert journal.count("journal_sender") <= 4
    assert journal.unexplained() == 0
