"""Ends the processes of a supervisor that was killed: nothing may go on listening when nobody watches over it.

Run by :mod:`archipel.foundation.serve` as ``python -m archipel.foundation.reaper``. It reads
``+PID`` and ``-PID`` lines (process groups begun and ended) on its standard input, which only the supervisor holds
open: the end of it is the end of the supervisor, even by ``kill -9``.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

_GRACE_S = 5.0


def signal_group(group: int, order: int) -> bool:
    """Send a signal (0: only look) to every process of a group; False when none is left."""
    try:
        os.killpg(group, order)
    except (ProcessLookupError, PermissionError):  # macOS answers the second for a group of zombies
        return False
    return True


def end_groups(groups: Iterable[int], *, grace_s: float = _GRACE_S) -> None:
    """Ask process groups to end, then insist after ``grace_s`` seconds."""
    left = {group for group in groups if signal_group(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace_s
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {group for group in left if signal_group(group, 0)}
    for group in left:
        signal_group(group, signal.SIGKILL)


def wait(lines: Iterable[str]) -> None:
    """Follow the groups until the supervisor is gone, then end those that it left."""
    groups: set[int] = set()
    for line in lines:
        (groups.add if line.startswith("+") else groups.discard)(int(line[1:]))
    end_groups(groups)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # it leaves with its supervisor, not before
        signal.signal(ignored, signal.SIG_IGN)
    wait(sys.stdin)
