"""``archipel serve`` and ``archipel demo``: what dies comes back, and nothing outlives the one that watches."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from archipel.foundation import postgres, reaper
from archipel.foundation.postgres import processes
from archipel.foundation.serve import Ports, Supervisor
from archipel.kernel.errors import Conflict
from tests.db.embedded_postgres import SOURCE, base, run

__all__ = ["base"]

SITE = """
import signal, sys
from archipel.foundation import serve
family = (
    "import os, subprocess, sys; child = subprocess.Popen(['sleep', '120']);"
    "print(os.getpid(), child.pid, file=open(sys.argv[1], 'a'), flush=True); child.wait()"
)
serve.commands = lambda ports: {"famille": [sys.executable, "-c", family, sys.argv[1]]}
print("prêt", flush=True)
serve.Supervisor(serve.Ports(), lambda line: None).run()
"""


class Site:
    """A supervisor in a process of its own; its only child has a child, and writes down both numbers when it starts."""

    def __init__(self, folder: Path) -> None:
        self.told = folder / "pids"
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "ARCHIPEL_STATIC_ROOT": str(folder / "static")}
        self.process = subprocess.Popen([sys.executable, "-c", SITE, str(self.told)], env=environment)

    def family(self, generation: int) -> list[int]:
        """The numbers of the child and grandchild of the n-th start."""

        def lines() -> list[str]:
            return self.told.read_text(encoding="utf-8").splitlines() if self.told.exists() else []

        assert processes.wait_until(lambda: len(lines()) >= generation, timeout_s=60)
        return [int(pid) for pid in lines()[generation - 1].split()]

    @staticmethod
    def gone(family: list[int]) -> bool:
        return processes.wait_until(lambda: not any(map(processes.identity, family)), timeout_s=30)


@pytest.mark.parametrize("order", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_outlives_the_supervisor(tmp_path: Path, order: signal.Signals) -> None:
    site = Site(tmp_path)
    family = site.family(1)
    site.process.send_signal(order)
    assert site.process.wait(30) == (-signal.SIGKILL if order is signal.SIGKILL else 0)
    assert site.gone(family)


def test_a_killed_process_is_started_again_without_what_it_left(tmp_path: Path) -> None:
    site = Site(tmp_path)
    first = site.family(1)
    os.kill(first[0], signal.SIGKILL)
    second = site.family(2)
    assert site.gone(first)
    assert all(map(processes.identity, second))
    site.process.terminate()
    assert site.process.wait(30) == 0
    assert site.gone(second)


def test_a_process_that_will_not_end_is_ended() -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('prêt', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        process.stdout.readline()
        reaper.end_groups([process.pid], grace_s=0.2)
        assert process.wait(30) == -signal.SIGKILL


def test_a_killed_postgresql_comes_back_at_the_same_address(base: Path) -> None:
    server = postgres.start(base / "site", owner_pid=os.getpid())
    url = postgres.ensure_database(server.url, "archipel")
    run(url, "CREATE TABLE kept AS SELECT 1 AS one")
    told: list[str] = []
    supervisor = Supervisor(Ports(), told.append, embedded=base / "site", _environment={"DATABASE_URL": url})
    watcher = threading.Thread(target=supervisor.watch)
    watcher.start()
    os.kill(server.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: bool(told), timeout_s=60)
    supervisor.stopping.set()
    watcher.join(60)
    assert told == ["PostgreSQL s'est arrêté ; il redémarre."]
    assert run(url, "SELECT one FROM kept") == [(1,)]


def test_a_port_is_refused_only_while_somebody_listens_on_it() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(Conflict, match=str(port)):
            Ports(web=port, events=0, mllp=0).check()
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listener.accept()
            accepted.close()  # the server hangs up first: its side waits for a minute, as after any stop
            assert client.recv(1) == b""
    Ports(web=port, events=0, mllp=0).check()
