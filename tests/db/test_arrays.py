"""Array literals are read by PostgreSQL as what was written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.foundation.arrays import LITERALS, bytes_array, text_array
from archipel.foundation.bulk import BulkUpdate, raw_cursor

pytestmark = pytest.mark.django_db
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
TEXTS = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)))


def back(literal: str, kind: str) -> object:
    connection.ensure_connection()
    cursor = raw_cursor()
    cursor.execute(f"SELECT %s::{kind}[]", [literal])
    row = cursor.fetchone()
    assert row is not None
    return row[0]


@RELAXED
@given(st.lists(st.one_of(st.none(), TEXTS, st.sampled_from(['"', "\\", "\x1f", "NULL", "{}", ",", ""]))))
def test_texts(values: list[str | None]) -> None:
    assert back(text_array(values), "text") == values


@RELAXED
@given(st.lists(st.binary()))
def test_bytes(values: list[bytes]) -> None:
    assert back(bytes_array(values), "bytea") == values


def test_others() -> None:
    moment = datetime(2026, 11, 22, 13, 5, 1, 250, UTC)
    for kind, values in {
        "bigint": [1, None, -3],
        "boolean": [True, None, False],
        "timestamptz": [moment, None],
    }.items():
        assert back(LITERALS[kind](values), kind) == values


def test_an_update_by_whole_columns() -> None:
    with raw_cursor() as cursor:
        shape = {"id": "bigint", "words": "text[]", "numbers": "bigint[]", "facts": "jsonb", "at": "timestamptz"}
        columns = ", ".join(f"{name} {kind}" for name, kind in shape.items())
        cursor.execute(f"CREATE TEMP TABLE piece ({columns})")
        cursor.execute("INSERT INTO piece (id) VALUES (1), (2), (3)")
        moment = datetime(2026, 11, 22, 13, 5, 1, 250, UTC)
        first = [1, ['l"île, {', "NULL", ""], [4, 5], '{"a": "é\\"\\\\"}', moment]
        changed = BulkUpdate("piece", shape).run(cursor, [first, [3, [], [], None, None], [9, [], [], None, None]])
        assert changed == 2
        cursor.execute("SELECT * FROM piece ORDER BY id")
        assert cursor.fetchall() == [
            (1, ['l"île, {', "NULL", ""], [4, 5], {"a": 'é"\\'}, moment),
            (2, None, None, None, None),
            (3, [], [], None, None),
        ]
        cursor.execute("DROP TABLE piece")
