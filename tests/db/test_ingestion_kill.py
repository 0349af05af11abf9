"""``kill -9`` of any process at any moment: nothing acknowledged is lost, and the state is that of a quiet run.

Real processes: the listener, the worker and an embedded PostgreSQL of their own, with flushes on. Four senders keep
sending while victims are picked at random; each is started again, as a supervisor would. ``ARCHIPEL_KILLS`` says how
many die (10 unless told).
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from archipel.connectors.hl7v2_pam.codec import encode
from archipel.foundation import postgres, runtime
from tests.db.ingestion import Client, Journal, digest, drain
from tests.factories.pam import Source, disturbed, feeds

KILLS = int(os.environ.get("ARCHIPEL_KILLS", "10"))
SOURCES = tuple(Source(name, place) for place in ("210780581", "520780032") for name in ("GAM", "URG"))
VICTIMS = ("listener", "worker", "postmaster", "backend")
PATIENCE = 300.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    """The rows, waited for: a PostgreSQL that lost a process cuts everybody off until it has recovered."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                return connection.execute(query).fetchall()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


class House:
    """The processes, and how to kill and restart each of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.server = postgres.start(folder / "postgres", durable=True, owner_pid=os.getpid())
        self.url = postgres.ensure_database(self.server.url, "archipel")
        runtime.migrate(self.url)
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "ARCHIPEL_MIGRATED": "1",
            "ARCHIPEL_DATA": str(folder),
            "ARCHIPEL_SECRET_KEY": "tests-only-" + "k" * 40,
        }
        self.commands = {"listener": ("listen", "--port", str(self.port)), "worker": ("worker",)}
        self.processes = {name: self.launch(name) for name in self.commands}

    def launch(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "archipel", *self.commands[name]],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )

    def archipel(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "archipel", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def kill(self, victim: str, rng: random.Random) -> None:
        """End one process without warning, and start it again."""
        if victim == "postmaster":
            os.kill(self.server.pid, signal.SIGKILL)
            time.sleep(rng.random() * 0.3)
            self.server = postgres.start(self.folder / "postgres", durable=True, owner_pid=os.getpid())
            assert postgres.ensure_database(self.server.url, "archipel") == self.url
        elif victim == "backend":
            self._kill_backend(rng)
        else:
            process = self.processes[victim]
            process.kill()
            process.wait(60)
            time.sleep(rng.random() * 0.2)
            self.processes[victim] = self.launch(victim)

    def _kill_backend(self, rng: random.Random) -> None:
        """One server process of PostgreSQL: the postmaster then restarts all of them."""
        rows = ask(self.url, "SELECT pid FROM pg_stat_activity WHERE datname = 'archipel' AND pid <> pg_backend_pid()")
        if rows:
            with contextlib.suppress(ProcessLookupError):  # it has just left by itself
                os.kill(rng.choice(rows)[0], signal.SIGKILL)

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait(60)
        postgres.remove(self.folder / "postgres")


@pytest.fixture
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="archipel-kill-", dir="/var/tmp"))
    folder.chmod(0o711)
    made = House(folder)
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


class Sender(threading.Thread):
    """Sends its messages, several ahead, until each has been acknowledged; what was not is sent again."""

    def __init__(self, port: int, messages: Sequence[bytes], hurry: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.waiting = list(messages)
        self.acknowledged: list[bytes] = []
        self.hurry = hurry
        self.refused = 0
        self.cuts = 0

    def run(self) -> None:
        until = time.monotonic() + PATIENCE
        while self.waiting and time.monotonic() < until:
            try:
                with Client(self.port, timeout=30) as client:
                    while self.waiting:
                        self._some(client)
            except OSError:
                self.cuts += 1
                time.sleep(0.05)

    def _some(self, client: Client) -> None:
        group = self.waiting[:5]
        client.raw(b"".join(encode(raw) for raw in group))
        for raw in group:
            if client.ack().code == "AA":
                self.acknowledged.append(raw)
                self.waiting.remove(raw)
            else:
                self.refused += 1
        self.hurry.wait(0.05)


def wait_applied(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while ask(url, "SELECT 1 FROM journal_pending LIMIT 1"):
        assert time.monotonic() < until, "messages are still waiting"
        time.sleep(0.05)


def missing(url: str, sent: Sequence[Sequence[bytes]]) -> Mapping[str, int]:
    """How the journal differs from what was acknowledged."""
    kept = [bytes(row[0]) for row in ask(url, "SELECT raw FROM journal_message")]
    expected = {raw for part in sent for raw in part}
    return {
        "lost": len(expected - set(kept)),
        "unknown": len(set(kept) - expected),
        "twice": len(kept) - len(set(kept)),
    }


@pytest.mark.slow
def test_kill_anything_at_any_moment(house: House, fresh_database: str) -> None:
    seed = int(os.environ.get("ARCHIPEL_KILL_SEED", time.time_ns() % 1_000_000))
    sys.stderr.write(f"ARCHIPEL_KILL_SEED={seed}\n")
    rng = random.Random(seed)
    parts = [disturbed(feed, seed=4) for feed in feeds(KILLS * 200, SOURCES, seed=6)]
    hurry = threading.Event()
    senders = [Sender(house.port, part, hurry) for part in parts]
    for sender in senders:
        sender.start()
    killed = []
    time.sleep(1.5)
    for turn in range(KILLS):
        time.sleep(rng.random() * 1.2)
        killed.append(VICTIMS[turn] if turn < len(VICTIMS) else rng.choice(VICTIMS))  # each at least once
        house.kill(killed[-1], rng)
    left = sum(len(sender.waiting) for sender in senders)
    hurry.set()
    for sender in senders:
        sender.join(PATIENCE)
    assert all(not sender.waiting for sender in senders), "some messages never got their acknowledgement"
    wait_applied(house.url)
    cuts, refused = sum(sender.cuts for sender in senders), sum(sender.refused for sender in senders)
    sys.stderr.write(f"killed {killed}; {left} not yet sent at the last kill; {cuts} cuts; {refused} AE\n")
    assert missing(house.url, [sender.acknowledged for sender in senders]) == {"lost": 0, "unknown": 0, "twice": 0}

    live = house.archipel("flow", "digest")
    house.archipel("rebuild", "--verify")  # fails when the state is not that of the journal
    quiet = Journal(fresh_database)
    for part in parts:
        quiet.put(list(dict.fromkeys(part)))
    drain()
    assert digest() == live
    assert quiet.unexplained() == 0
    quiet.close()
