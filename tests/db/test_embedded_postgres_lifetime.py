"""The embedded PostgreSQL launcher against real servers: kills, races, owners."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from archipel.foundation import postgres
from archipel.foundation.postgres import layout, processes
from archipel.kernel.errors import Invalid
from tests.db import embedded_postgres as tools
from tests.db.embedded_postgres import OWNER, gone, python, run, start

base = tools.base  # the fixture


def test_killed_postmaster_with_busy_backend(base: Path) -> None:
    server = start(base / "pg")
    run(server.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    run(server.url, "CHECKPOINT")
    with psycopg.connect(server.url, autocommit=True) as busy:
        backend = busy.info.backend_pid
        busy.execute("SELECT 1")
        # A frozen backend cannot notice the death of its server: the worst left-over there is.
        os.kill(backend, signal.SIGSTOP)
        os.kill(server.pid, signal.SIGKILL)
        assert processes.wait_until(lambda: postgres.status(base / "pg") is None, timeout_s=60)
        assert backend in processes.using(server.cluster_dir)
        again = start(base / "pg")
        assert processes.identity(backend) is None
    assert again.pid != server.pid
    assert run(again.url, "SELECT count(*) FROM kept") == [(1000,)]


def test_committed_rows_survive_a_killed_postmaster(base: Path) -> None:
    server = postgres.start(base / "pg", owner_pid=os.getpid())
    run(server.url, "CREATE TABLE kept (n int)")
    with psycopg.connect(server.url, autocommit=True) as connection:
        for number in range(50):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
        os.kill(server.pid, signal.SIGKILL)
    again = postgres.start(base / "pg", owner_pid=os.getpid())
    assert run(again.url, "SELECT count(*) FROM kept") == [(50,)]


def test_stale_pid_file_naming_a_stranger(base: Path) -> None:
    server = start(base / "pg")
    pid_file = server.cluster_dir / "postmaster.pid"
    text = pid_file.read_text()
    os.kill(server.pid, signal.SIGKILL)
    assert gone(server, 10)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        pid_file.write_text(text.replace(str(server.pid), str(stranger.pid), 1))
        assert postgres.status(base / "pg") is None
        postgres.stop(base / "pg")
        assert stranger.poll() is None, "a stranger must never be signalled"
        assert run(start(base / "pg").url, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_server_ends_after_its_killed_owner(base: Path) -> None:
    owner = python(OWNER, str(base / "pg"))
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    server = postgres.status(base / "pg")
    assert server is not None and server.pid == pid
    time.sleep(1.2)
    assert postgres.status(base / "pg") == server, "it lives as long as its owner"
    owner.kill()  # not even waited for: a zombie owner is a dead owner
    assert gone(server, 60)
    owner.communicate()
    log = (base / "pg" / "server.log").read_text()
    assert "received fast shutdown request" in log and "database system is shut down" in log


def test_server_stays_while_one_owner_or_a_permanent_user_remains(base: Path) -> None:
    owners = [python(OWNER, str(base / "pg")) for _ in range(2)]
    pids = {int(owner.stdout.readline()) for owner in owners if owner.stdout}
    server = postgres.status(base / "pg")
    assert server is not None and pids == {server.pid}
    owners[0].kill()
    time.sleep(2)
    assert postgres.status(base / "pg") == server
    postgres.start(base / "pg", durable=False)
    owners[1].kill()
    time.sleep(2)
    assert postgres.status(base / "pg") == server
    for owner in owners:
        owner.communicate()


def test_discarded_data_goes_with_its_owner(base: Path) -> None:
    owner = python(OWNER.replace("durable=False", "durable=False, discard=True"), str(base / "pg"))
    assert owner.stdout is not None and owner.stdout.readline()
    server = postgres.status(base / "pg")
    assert server is not None
    owner.kill()
    owner.communicate()
    assert gone(server, 60)
    left = lambda: [entry.name for entry in (base / "pg").iterdir()]  # noqa: E731
    assert processes.wait_until(lambda: left() == ["start.lock"], timeout_s=60), left()


def test_kept_data_cannot_become_discarded(base: Path) -> None:
    start(base / "pg")
    postgres.stop(base / "pg")
    postgres.start(base / "pg", durable=False, owner_pid=os.getpid(), discard=True)
    assert not layout.load_state(layout.find(base / "pg")).discard
    for options in ({"durable": True, "owner_pid": os.getpid()}, {"durable": False}):
        with pytest.raises(Invalid, match="effacer"):
            postgres.start(base / "new", discard=True, **options)


def test_start_during_a_shutdown_waits_then_starts(base: Path) -> None:
    server = start(base / "pg")
    with psycopg.connect(server.url) as client:
        os.kill(server.pid, signal.SIGTERM)  # smart: waits for the client
        assert processes.wait_until(lambda: postgres.status(base / "pg") is None, timeout_s=60)
        starter = python(OWNER, str(base / "pg"))
        time.sleep(1)
        assert processes.identity(server.pid) is not None and starter.poll() is None
        client.close()
    assert starter.stdout is not None and int(starter.stdout.readline()) != server.pid
    starter.kill()
    starter.communicate()


def test_unknown_owner_is_refused(base: Path) -> None:
    with pytest.raises(Invalid, match="propriétaire"):
        start(base / "pg", owner_pid=2**22 + 7)
    assert postgres.status(base / "pg") is None


def test_four_processes_start_at_once(base: Path) -> None:
    starters = [python(OWNER, str(base / "pg")) for _ in range(4)]
    pids = {starter.stdout.readline().strip() for starter in starters if starter.stdout}
    for starter in starters:
        starter.kill()
        _, errors = starter.communicate()
        assert errors == ""
    assert len(pids) == 1 and pids.pop().isdigit()


def test_killed_in_the_middle_of_initdb(base: Path) -> None:
    for turn in range(10):  # on a loaded machine initdb may end between the look and the kill
        data = base / f"pg{turn}"
        starter = python(OWNER, str(data))
        partial = partial_cluster(data)
        assert processes.wait_until(partial, timeout_s=20, every_s=0.002)
        starter.kill()
        starter.communicate()
        if not (data / "cluster").exists():
            break
    assert not (data / "cluster").exists() and any(data.glob("cluster.partial-*"))
    assert run(start(data).url, "SELECT 1") == [(1,)]
    assert not any(data.glob("cluster.partial-*"))


def partial_cluster(data: Path) -> Callable[[], bool]:
    """Whether initdb is at work there."""
    return lambda: any(data.glob("cluster.partial-*/base/1"))


def test_incomplete_cluster_is_put_aside_not_deleted(base: Path) -> None:
    data = base / "pg"
    (data / "cluster" / "base").mkdir(parents=True)
    (data / "cluster" / "PG_VERSION").write_text("18\n")
    data.chmod(0o711)
    assert run(start(data).url, "SELECT 1") == [(1,)]
    (aside,) = data.glob("cluster.incomplet-*")
    assert (aside / "PG_VERSION").read_text() == "18\n"
