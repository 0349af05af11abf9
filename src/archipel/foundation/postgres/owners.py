"""Servers that must not outlive the processes they were started for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from archipel.foundation.postgres import processes
from archipel.foundation.postgres.layout import State
from archipel.kernel.errors import Invalid

_SOURCE_ROOT = Path(__file__).resolve().parents[3]


def register(asked: Path, state: State, owner_pid: int) -> None:
    """Add an owner to ``state`` (call under the lock) and start the watchdog that waits for its end.

    Raises:
        Invalid: no such process.
    """
    begun = processes.identity(owner_pid)
    if begun is None:
        raise Invalid(f"Le processus propriétaire {owner_pid} n'existe pas.")
    alive = [owner for owner in state.owners if is_alive(owner["pid"], owner["begun"])]
    state.owners = [owner for owner in alive if owner["pid"] != owner_pid]
    known = next((owner for owner in alive if owner["pid"] == owner_pid), None)
    if known is None or not is_alive(known["watchdog"], known["watchdog_begun"]):
        watchdog = _spawn_watchdog(asked, owner_pid, begun)
        known = {
            "pid": owner_pid,
            "begun": begun,
            "watchdog": watchdog,
            "watchdog_begun": processes.identity(watchdog),
        }
    state.owners.append(known)


def is_alive(pid: int, begun: str | None) -> bool:
    """Whether the very process that began at ``begun`` still runs (the number may have been used again)."""
    return begun is not None and processes.identity(pid) == begun


def nobody_left(state: State) -> bool:
    """Whether the server may be stopped: it has no permanent user, and every owner is gone."""
    return not state.permanent and not any(is_alive(owner["pid"], owner["begun"]) for owner in state.owners)


def _spawn_watchdog(asked: Path, owner_pid: int, begun: str) -> int:
    paths = [str(_SOURCE_ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
    command = [sys.executable, "-m", "archipel.foundation.postgres.watchdog", str(asked), str(owner_pid), begun]
    return processes.spawn_detached(command, account=None, log=None, env=environment)
