"""What the operating system says of the processes under measurement (Linux)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from archipel.foundation import postgres, runtime

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process, children that ended included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(value) for value in fields[11:15]) / _TICK


def family_cpu_seconds(pid: int) -> float:
    """CPU time of a process and of its living children."""
    total = cpu_seconds(pid)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                total += cpu_seconds(int(entry.name))
    return total


def peak_rss_mb(pid: int) -> float:
    """Peak resident memory of a process, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def free_port() -> int:
    """A TCP port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class House:
    """A running installation: PostgreSQL, listener, worker."""

    folder: Path
    url: str
    port: int
    postmaster: int
    listener: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far by each part, and by this process (the load)."""
        mine = os.times()
        return {
            "listener": cpu_seconds(self.listener.pid),
            "worker": cpu_seconds(self.worker.pid),
            "postgresql": family_cpu_seconds(self.postmaster),
            "load": mine.user + mine.system,
        }


def archipel(*arguments: str) -> subprocess.Popen[bytes]:
    """A process of the product, in this environment."""
    return subprocess.Popen([sys.executable, "-m", "archipel", *arguments])


def wait_port(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until somebody answers on the port.

    Raises:
        RuntimeError: the process ended, or the time is up.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the listener did not start")


@contextmanager
def house() -> Iterator[House]:
    """PostgreSQL with flushes on in a folder of its own, a listener and a worker; all ended on the way out."""
    with tempfile.TemporaryDirectory(prefix="archipel-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        os.environ.pop("DATABASE_URL", None)
        url = runtime.connect(folder, owner_pid=os.getpid())
        server = postgres.status(folder / "postgres")
        assert server is not None
        os.environ["ARCHIPEL_DATA"] = str(folder)
        os.environ["ARCHIPEL_SECRET_KEY"] = "bench-" + "k" * 40
        os.environ["DJANGO_SETTINGS_MODULE"] = "archipel.config.settings"
        os.environ["ARCHIPEL_SYNTHETIC"] = "1"
        os.environ["ARCHIPEL_FORECAST_EVERY"] = "0"  # a refresh would take the cores that are measured
        runtime.migrate(url)
        os.environ["ARCHIPEL_MIGRATED"] = "1"
        port = free_port()
        listener, worker = archipel("listen", "--port", str(port)), archipel("worker")
        try:
            wait_port(port, listener)
            yield House(folder, url, port, server.pid, listener, worker)
        finally:
            for process in (listener, worker):
                process.terminate()
            for process in (listener, worker):
                process.wait(30)
            postgres.remove(folder / "postgres")


@contextmanager
def database() -> Iterator[None]:
    """A migrated database of its own for this process, gone at the end; for benches that start no other process."""
    with tempfile.TemporaryDirectory(prefix="archipel-bench-", ignore_cleanup_errors=True) as name:
        cluster = Path(name) / "postgres"
        Path(name).chmod(0o711)
        os.environ["DATABASE_URL"] = postgres.start(cluster, durable=False, owner_pid=os.getpid(), discard=True).url
        os.environ["ARCHIPEL_SECRET_KEY"] = "bench-" + "k" * 40
        try:
            runtime.ready()
            yield
        finally:
            postgres.stop(cluster)


def scalar(connection: psycopg.Connection[tuple[object, ...]], sql: str) -> int:
    """One number from the database."""
    row = connection.execute(sql).fetchone()  # type: ignore[call-overload]
    return int(row[0] or 0) if row else 0


def wait_applied(connection: psycopg.Connection[tuple[object, ...]], messages: int, seconds: float = 3600) -> float:
    """Wait until the journal holds ``messages`` and nothing waits any more; returns that moment (monotonic).

    Raises:
        RuntimeError: the time is up.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not scalar(connection, "SELECT EXISTS (SELECT FROM journal_pending)::int"):
            now = time.monotonic()
            found = scalar(connection, "SELECT count(*) FROM journal_message")
            if found >= messages and not scalar(connection, "SELECT EXISTS (SELECT FROM journal_pending)::int"):
                return now
        time.sleep(0.03)
    raise RuntimeError("messages are still waiting to be applied")
