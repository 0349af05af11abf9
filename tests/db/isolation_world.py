"""The two establishments, built once for a module; each test gets a copy of their database."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connections

from tests.database import clone, drop, own_database
from tests.db.isolation import Place, build

World = tuple[str, tuple[Place, Place]]


@pytest.fixture(scope="module")
def world(server_url: str, template: str, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """The name of the database where they were built, and the two."""
    with pytest.MonkeyPatch.context() as patch, own_database(server_url, template, django_db_blocker, patch) as url:
        found = build(url)
        kept = clone(server_url, _quiet(url))
    yield str(psycopg.conninfo.conninfo_to_dict(kept)["dbname"]), found
    drop(server_url, kept)


def _quiet(url: str) -> str:
    """The name of a database that nobody is connected to any more: only such a one is copied."""
    connections["default"].close()
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


@pytest.fixture
def fresh_database(
    server_url: str, world: World, django_db_blocker: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A copy of their database, as the fixture of that name gives an empty one."""
    with own_database(server_url, world[0], django_db_blocker, monkeypatch) as url:
        yield url


@pytest.fixture
def places(world: World, fresh_database: str) -> tuple[Place, Place]:
    """The two, in a database that the test may change."""
    return copy.deepcopy(world[1])
