"""Embedded PostgreSQL: find the binaries, start, share, stop and watch a private server; no Django here.

Errors are :class:`archipel.kernel.errors.Upstream` (the server failed), ``Invalid`` (a wrong argument) or
``Conflict`` (the present state forbids it), always with a French sentence.
"""

from __future__ import annotations

from archipel.foundation.postgres.binaries import find_binaries
from archipel.foundation.postgres.databases import clone_database, drop_database, ensure_database
from archipel.foundation.postgres.disk import fdatasync_ms
from archipel.foundation.postgres.server import Server, database_url, remove, start, status, stop

__all__ = [
    "Server",
    "clone_database",
    "database_url",
    "drop_database",
    "ensure_database",
    "fdatasync_ms",
    "find_binaries",
    "remove",
    "start",
    "status",
    "stop",
]
