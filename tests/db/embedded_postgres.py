"""Shared by the tests of the embedded PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from archipel.foundation import postgres
from archipel.foundation.postgres import processes

SOURCE = Path(postgres.__file__).resolve().parents[3]


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder other accounts can cross, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="archipel-test-", dir="/var/tmp"))
    folder.chmod(0o711)
    yield folder
    for lock in folder.rglob("start.lock"):
        postgres.remove(lock.parent)
    shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path, **options: int) -> postgres.Server:
    return postgres.start(folder, durable=False, owner_pid=options.get("owner_pid", os.getpid()))


def run(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True, connect_timeout=60) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def gone(server: postgres.Server, seconds: float) -> bool:
    return processes.wait_until(
        lambda: processes.identity(server.pid) is None and not processes.using(server.cluster_dir), timeout_s=seconds
    )


OWNER = """
import os, sys, time; from pathlib import Path; from archipel.foundation import postgres
server = postgres.start(Path(sys.argv[1]), durable=False, owner_pid=os.getpid())
print(server.pid, flush=True); time.sleep(600)
"""
