"""The test database: an embedded PostgreSQL (or the server of ARCHIPEL_TEST_DATABASE_URL), one template, clones.

Tests work under the application role, as production does: row-level security is on, and a test opens a scope with
``in_scope(system_scope("tests", ["210780581"]))`` or through a logged-in client.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

import archipel
from archipel.foundation import postgres, runtime
from archipel.foundation.scope import APP_ROLE

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:12]
SERVER_URL = os.environ.get("ARCHIPEL_TEST_DATABASE_URL", "")
LOCK = 7205_001


def template_name() -> str:
    """A server keeps its template for the runs to come: named by the code that makes the schema."""
    if not SERVER_URL:
        return f"archipel_template_{RUN}"
    source = Path(archipel.__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*source.rglob("migrations/*.py"), *source.glob("foundation/*.py")]):
        digest.update(path.read_bytes())
    return f"archipel_template_{digest.hexdigest()[:12]}"


@pytest.fixture(scope="session")
def server_url() -> str:
    """A superuser URL of the server under test."""
    if SERVER_URL:
        return SERVER_URL
    owner = int(os.environ.get("ARCHIPEL_TEST_OWNER", os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"archipel-tests-{RUN}"
    return postgres.start(folder, durable=False, owner_pid=owner, discard=True).url


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return psycopg.conninfo.make_conninfo(url, dbname=name)


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """A migrated database that tests clone; made once for all workers of the run."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        name = template_name()
        made = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not made:
            making = name + "_making"
            connection.execute(f'DROP DATABASE IF EXISTS "{making}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{making}"')
            runtime.migrate(with_database(server_url, making))
            connection.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return name


def clone(server_url: str, template: str) -> str:
    """A new database, a copy of the template; its URL."""
    name = f"test_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # one copy of a template at a time
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return with_database(server_url, name)


def drop(server_url: str, url: str) -> None:
    """Remove a clone, whoever is still connected."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def point_django_at(url: str) -> None:
    """Make Django's default connection use this database, under the application role."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(
        NAME=parts["dbname"],
        USER=parts.get("user", ""),
        PASSWORD=parts.get("password", ""),
        HOST=parts.get("host", ""),
        PORT=str(parts.get("port", "")),
        CONN_MAX_AGE=0,
        OPTIONS={"options": f"-c role={APP_ROLE}"},
    )


@pytest.fixture(scope="session")
def django_db_setup(server_url: str, template: str, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """pytest-django's ``db`` fixture works in a clone shared by the session, each test rolled back."""
    url = clone(server_url, template)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        point_django_at(url)
        yield
        connections["default"].close()
    drop(server_url, url)


@contextmanager
def own_database(server_url: str, template: str, blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A clone of a template, with Django and the child processes pointed at it; yields the owner's URL."""
    url = clone(server_url, template)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("ARCHIPEL_SECRET_KEY", "tests-only-" + "k" * 40)
    before = dict(connections["default"].settings_dict)
    with blocker.unblock():
        point_django_at(url)
        try:
            yield url
        finally:
            connections["default"].close()
            connections["default"].settings_dict.update(before)
    drop(server_url, url)


@pytest.fixture
def fresh_database(
    server_url: str, template: str, django_db_blocker: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A database of its own for a test that commits or starts processes; yields the owner's URL.

    Django is pointed at it, and DATABASE_URL is set for child processes.
    """
    with own_database(server_url, template, django_db_blocker, monkeypatch) as url:
        yield url


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of public reference material; the test is skipped, visibly, where it is absent."""
    folder = os.environ.get("ARCHIPEL_REFERENCE_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("ARCHIPEL_REFERENCE_DATA is not set: tests against reference material are skipped")
    return Path(folder)
