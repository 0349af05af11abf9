"""Facts about processes, without psutil: is it alive (a zombie is not), is it our server, who still uses a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

from archipel.foundation.postgres.accounts import Account, run_as

_PROC = Path("/proc")
# Linux: every process of a cluster can be listed; elsewhere only one at a time, through ps.
SEES_ALL = (_PROC / "self" / "stat").exists()


def identity(pid: int) -> str | None:
    """A text that stays the same for the life of the process ``pid`` and differs if the number is used again.

    None when no such process runs (a zombie counts as dead).
    """
    if pid <= 0:
        return None
    if not SEES_ALL:
        return _identity_from_ps(pid)
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the command name, in parentheses, may hold anything
    state, start_ticks = fields[0], fields[19]  # fields 3 and 22 of proc(5)
    return None if state in {"Z", "X"} else start_ticks


def _identity_from_ps(pid: int) -> str | None:
    reply = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C"},
    )
    state, _, begun = reply.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else begun.strip()


def is_postmaster(pid: int, cluster: Path) -> bool:
    """Whether ``pid`` is a live PostgreSQL process working on ``cluster``, not a stranger with the same number."""
    if identity(pid) is None:
        return False
    if SEES_ALL:
        return pid in set(using(cluster, candidates=[pid]))
    reply = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "postgres" in reply.stdout and str(cluster) in reply.stdout


def using(cluster: Path, *, candidates: Iterable[int] | None = None) -> list[int]:
    """The PostgreSQL processes (server or left-over children) whose working directory is ``cluster``.

    PostgreSQL processes all work from inside their data directory, so this is exact on Linux; elsewhere the list
    is empty and PostgreSQL's own check of its shared memory segment decides.
    """
    if not SEES_ALL:
        return []
    pids = candidates if candidates is not None else (int(p.name) for p in _PROC.iterdir() if p.name.isdigit())
    try:
        target = cluster.stat()
    except OSError:
        return []
    found: list[int] = []
    for pid in pids:
        try:
            here = (_PROC / str(pid) / "cwd").stat()
            name = (_PROC / str(pid) / "comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        same = (here.st_dev, here.st_ino) == (target.st_dev, target.st_ino)
        if same and name.startswith("postgres") and identity(pid) is not None:
            found.append(pid)
    return found


def end_orphans(cluster: Path, *, patience_s: float = 5.0) -> list[int]:
    """Get rid of the children a killed server left behind; returns those that refuse to die.

    They normally leave by themselves at once. Those busy in a long query get SIGQUIT then SIGKILL after
    ``patience_s`` seconds each: safe because their server is dead and crash recovery follows.
    """
    for order in (None, signal.SIGQUIT, signal.SIGKILL):
        for pid in using(cluster):
            if order is not None:
                send(pid, order)
        if wait_until(lambda: not using(cluster), timeout_s=patience_s):
            return []
    return using(cluster)


def send(pid: int, order: signal.Signals) -> None:
    """Send a signal; a process that has just died is not an error."""
    try:
        os.kill(pid, order)
    except ProcessLookupError:
        return


def wait_until(true: Callable[[], bool], *, timeout_s: float, every_s: float = 0.02) -> bool:
    """Poll ``true`` until it holds or ``timeout_s`` seconds have passed; returns its last value."""
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


def spawn_detached(
    command: Sequence[str], *, account: Account | None, log: IO[bytes] | None, env: Mapping[str, str]
) -> int:
    """Run ``command`` outside our session and process tree (it outlives us, we never owe it a wait); returns its pid.

    The shell only receives positional arguments: no quoting, whatever the paths contain.
    """
    reply = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log if log is not None else subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        env=dict(env),
        check=True,
        **run_as(account),
    )
    return int(reply.stdout)
