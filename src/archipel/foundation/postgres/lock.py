"""An exclusive lock between processes, released by the kernel when its holder dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archipel.kernel.errors import Upstream

try:
    import fcntl
except ImportError:  # Windows: the embedded server is refused there by ``server.start``
    fcntl = None  # type: ignore[assignment]


@contextmanager
def exclusive(path: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold the lock on ``path`` (created if absent, mode 0600); waits up to ``timeout_s`` seconds.

    Raises:
        Upstream: another process kept the lock all that time.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + timeout_s
        while not _try_lock(descriptor):
            if time.monotonic() > deadline:
                raise Upstream(
                    f"Un autre processus démarre ou arrête la base de données depuis plus de {timeout_s:.0f} s "
                    f"(verrou {path}). Attendez sa fin, puis recommencez.",
                    permanent=False,
                    code="postgres-verrou",
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
