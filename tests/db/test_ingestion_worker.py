"""The worker: a poison message stands alone, two workers agree, each batch sees only its own establishments."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import close_old_connections, connection

from archipel.connectors.hl7v2_pam import apply as apply_module
from archipel.connectors.hl7v2_pam.apply import Applier
from archipel.connectors.hl7v2_pam.interpret import Entry
from archipel.connectors.hl7v2_pam.rebuild import rebuild
from archipel.connectors.hl7v2_pam.worker import Worker
from archipel.domains.flow import public as flow
from archipel.domains.flow.models import Venue
from tests.db.ingestion import Journal, digest, drain
from tests.factories.pam import Move, Source, corpus, disturbed, message

DIJON, CHAUMONT = Source("GAM", "210780581"), Source("GAM", "520780032")


@pytest.fixture
def journal(fresh_database: str) -> Iterator[Journal]:
    opened = Journal(fresh_database)
    yield opened
    opened.close()


def admission(control: str, source: Source = DIJON, uf: str = "3001") -> bytes:
    return message(Move("A01", control, venue=f"V{control}", movement=f"M{control}", source=source, uf=uf))


POISONS = {
    "a bug": AttributeError("'NoneType' object has no attribute 'uf'"),
    "a wrong assumption": AssertionError(),
    "an endless recursion": RecursionError(),
    "a key too long for an index": psycopg.errors.ProgramLimitExceeded("index row size 9000 exceeds 2704"),
    "a value the database refuses": psycopg.errors.UntranslatableCharacter("\\u0000"),
}


@pytest.mark.parametrize("name", POISONS)
def test_poison_is_parked_alone(name: str, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks, deep in the fold, breaks the one message that causes it, and loses no provisional unit."""
    real = flow.ingest

    def ingest(cursor: object, batch: flow.Batch) -> flow.Changed:
        if any(item.fact.venue.endswith("|VBAD") for item in batch.movements):
            raise POISONS[name]
        return real(cursor, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(apply_module.flow, "ingest", ingest)
    controls = [f"C{number}" for number in range(20)]
    controls[13] = "BAD"
    journal.put([admission(control, uf=f"4{number:03d}") for number, control in enumerate(controls)])
    assert drain() == 20
    outcomes = journal.outcomes()
    assert outcomes.pop("BAD")[0] == "parked"
    assert set(outcomes.values()) == {("applied", "")}
    known = {row[0] for row in journal.owner.execute("SELECT code FROM territory_uf")}
    assert known >= {f"4{number:03d}" for number in range(20) if number != 13}
    assert journal.count("flow_venue") == 19


def test_lost_database_is_no_fault_of_a_message(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut connection must not park anything: the batch waits."""

    def ingest(*_: object) -> flow.Changed:
        raise psycopg.errors.AdminShutdown("terminating connection")

    journal.put([admission("C1")])
    with monkeypatch.context() as patch:
        patch.setattr(apply_module.flow, "ingest", ingest)
        with pytest.raises(psycopg.OperationalError):
            Applier().apply_pending()
    assert journal.count("journal_pending") == 1
    assert drain() == 1
    assert journal.outcomes()["C1"] == ("applied", "")


def working(count: int) -> list[tuple[Worker, threading.Thread]]:
    """Workers in threads, each with its own connection."""

    def run(worker: Worker) -> None:
        try:
            worker.run()
        finally:
            close_old_connections()
            connection.close()

    started = []
    for _ in range(count):
        worker = Worker(limit=50)
        thread = threading.Thread(target=run, args=(worker,), daemon=True)
        thread.start()
        started.append((worker, thread))
    return started


def stop(workers: list[tuple[Worker, threading.Thread]]) -> None:
    for worker, _ in workers:
        worker.stop()
    for _, thread in workers:
        thread.join(120)
        assert not thread.is_alive()


def wait_empty(journal: Journal, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while journal.count("journal_pending"):
        assert time.monotonic() < until, "messages are still waiting"
        time.sleep(0.05)


def test_two_workers_at_once_agree_with_one(journal: Journal) -> None:
    messages = disturbed(corpus(1500, seed=4, sources=(DIJON, CHAUMONT)))
    journal.put(messages)
    drain()
    alone = digest()
    journal.reset()
    workers = working(2)
    try:
        for begin in range(0, len(messages), 100):
            journal.put(messages[begin : begin + 100])
        wait_empty(journal)
    finally:
        stop(workers)
    assert digest() == alone
    assert journal.unexplained() == 0
    assert rebuild(verify_only=True).same


def test_worker_waits_for_a_cut_database(journal: Journal) -> None:
    workers = working(1)
    try:
        for turn in range(3):
            journal.put([admission(f"C{turn}")])
            journal.owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database() AND pid <> %s",
                [journal.connection.info.backend_pid],
            )
        wait_empty(journal)
    finally:
        stop(workers)
    assert {outcome for outcome, _ in journal.outcomes().values()} == {"applied"}


def test_a_batch_sees_its_own_establishments_only(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.put([admission("D1", DIJON)])
    drain()
    seen: list[tuple[set[str], int]] = []
    real = Applier._fold

    def fold(self: Applier, entries: list[Entry], ready: object) -> object:
        seen.append(({entry.establishment for entry in entries}, Venue.objects.count()))
        return real(self, entries, ready)

    monkeypatch.setattr(Applier, "_fold", fold)
    journal.put([admission("C1", CHAUMONT)])
    drain()
    journal.put([admission("D2", DIJON)])
    drain()
    assert seen == [({"~520780032"}, 0), ({"~210780581"}, 1)]


def test_rebuild_beside_ingestion_loses_nothing(journal: Journal) -> None:
    """Messages go on arriving while the state is rebuilt and swapped in."""
    messages = disturbed(corpus(1200, seed=5))
    journal.put(messages[:600])
    drain()
    workers = working(1)
    failures: list[BaseException] = []

    def feed() -> None:
        try:
            other = Journal(journal.url)
            for begin in range(600, len(messages), 20):
                other.put(messages[begin : begin + 20])
                time.sleep(0.01)
            other.close()
        except BaseException as error:
            failures.append(error)

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        for _ in range(3):
            assert rebuild().same
        feeder.join(180)
        wait_empty(journal)
    finally:
        stop(workers)
    assert failures == []
    assert journal.unexplained() == 0
    live = digest()
    journal.reset()
    journal.put(messages)
    drain()
    assert digest() == live


def test_rebuild_misses_no_message_committed_after_a_later_one(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import may hold lower numbers than those the listener has committed meanwhile."""
    journal.put([admission("C1")])
    drain()
    slow = psycopg.connect(journal.url)
    slow.execute("SELECT nextval(pg_get_serial_sequence('journal_message', 'id'))")
    row = slow.execute("SELECT last_value FROM journal_message_id_seq").fetchone()
    assert row is not None
    low = row[0]
    slow.close()
    journal.put([admission("C3")])
    drain()

    def late(*_: object) -> None:
        """Commit the lower number once the first replay is over."""
        with psycopg.connect(journal.url, autocommit=True) as owner:
            if not owner.execute("SELECT 1 FROM journal_message WHERE id = %s", [low]).fetchone():
                owner.execute(
                    "INSERT INTO journal_message (id, received_at, sender_id, establishment, control_id, event, digest,"
                    " raw, source) OVERRIDING SYSTEM VALUE SELECT %s, now(), sender_id, establishment, 'C2', 'A01',"
                    " '\\x00', %s, 'test' FROM journal_message LIMIT 1",
                    [low, admission("C2")],
                )
                owner.execute(
                    "INSERT INTO journal_pending (message_id, establishment) VALUES (%s, '~210780581')", [low]
                )

    done = rebuild(progress=late)
    drain()
    assert done.same
    assert journal.count("flow_venue") == 3
    assert rebuild(verify_only=True).same


def test_a_failing_periodic_task_holds_up_no_message(journal: Journal) -> None:
    done: list[str] = []

    def bad() -> None:
        raise ValueError

    def good() -> None:
        done.append("x")

    worker = Worker((bad, good))
    thread = threading.Thread(target=lambda: (worker.run(), connection.close()), daemon=True)
    thread.start()
    try:
        journal.put([admission("C1")])
        wait_empty(journal)
    finally:
        stop([(worker, thread)])
    assert done
    assert journal.outcomes()["C1"] == ("applied", "")
