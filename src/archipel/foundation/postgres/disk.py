"""The measured cost of a disk flush, to print beside any benchmark that commits."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

_ROUNDS = 20
_BLOCK = b"\0" * 8192


def fdatasync_ms(dir: Path) -> float:
    """Median time, in milliseconds, of 20 flushes of one 8 KiB write to a file in ``dir`` (removed after).

    Where ``fdatasync`` does not exist (macOS), ``fsync`` is measured.
    """
    flush = getattr(os, "fdatasync", os.fsync)
    times: list[float] = []
    with tempfile.TemporaryFile(dir=dir, buffering=0) as file:
        for _ in range(_ROUNDS):
            file.write(_BLOCK)
            begin = time.perf_counter()
            flush(file.fileno())
            times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)
