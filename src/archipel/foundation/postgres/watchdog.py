"""Waits for the end of one owner process, then stops its server if nobody else needs it.

Run by :mod:`archipel.foundation.postgres.owners` as
``python -m archipel.foundation.postgres.watchdog DATA_DIR OWNER_PID OWNER_IDENTITY``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from archipel.foundation.postgres import layout, owners
from archipel.foundation.postgres.lock import exclusive
from archipel.foundation.postgres.server import LOCK_TIMEOUT_S, erase_locked, stop_locked

POLL_S = 0.5


def watch(data_dir: Path, owner_pid: int, begun: str) -> None:
    """Sleep while the owner lives; leave early if the data folder is deleted (the server then stops by itself)."""
    while owners.is_alive(owner_pid, begun):
        if not data_dir.is_dir():
            return
        time.sleep(POLL_S)
    if not data_dir.is_dir():
        return
    with exclusive(data_dir / "start.lock", timeout_s=LOCK_TIMEOUT_S):
        state = layout.load_state(layout.find(data_dir))
        if owners.nobody_left(state):
            stop_locked(data_dir)
            if state.discard and not state.durable:
                erase_locked(data_dir)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
