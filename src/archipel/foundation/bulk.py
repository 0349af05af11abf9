"""Writing and reading many rows in one statement, on the connection that Django holds.

Message ingestion handles thousands of rows a second: the ORM is left aside there, not the transaction nor the
row-level security, since it is the same connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.json import JsonbLoader, JsonLoader


_TIMES = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, psycopg.pq.Format.TEXT)


def raw_cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """A psycopg cursor (server-side binding, binary results) inside Django's current transaction."""
    connection.ensure_connection()
    return plain_reading(psycopg.Cursor(connection.connection))


def plain_reading(cursor: Any) -> Any:
    """Read as psycopg does by itself, in C: Django's connections give json as texts and times the slow way."""
    cursor.adapters.register_loader("json", JsonLoader)
    cursor.adapters.register_loader("jsonb", JsonbLoader)
    if _TIMES is not None:
        cursor.adapters.register_loader("timestamptz", _TIMES)
    return cursor


_MARK = "\x1f"


def text_array(values: Sequence[str | None]) -> str:
    """A PostgreSQL array literal of texts; much quicker than quoting them one by one."""
    if None in values:
        return "{" + ",".join("NULL" if v is None else _quoted(v) for v in values) + "}"
    joined = _MARK.join(values)  # type: ignore[arg-type]
    if not values or joined.count(_MARK) != len(values) - 1:
        return "{" + ",".join(_quoted(v or "") for v in values) + "}"
    if "\\" in joined or '"' in joined:
        joined = joined.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + joined.replace(_MARK, '","') + '"}'


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain_array(values: Sequence[Any]) -> str:
    return "{" + ",".join("NULL" if v is None else str(v) for v in values) + "}"


def _time_array(values: Sequence[Any]) -> str:
    return "{" + ",".join("NULL" if v is None else f'"{v.isoformat()}"' for v in values) + "}"


_LITERALS = {
    "text": text_array,
    "jsonb": text_array,
    "bigint": _plain_array,
    "integer": _plain_array,
    "boolean": _plain_array,
    "timestamptz": _time_array,
    "date": _time_array,
}


def pairs(keys: Iterable[tuple[str, str]]) -> list[str]:
    """Two array literals for ``unnest(%s::text[], %s::text[])``."""
    listed = list(keys)
    return [text_array([key[0] for key in listed]), text_array([key[1] for key in listed])]


class BulkInsert:
    """``INSERT … SELECT FROM unnest(…)`` of a fixed shape, prepared once per connection.

    Args:
        table: the table's name.
        shape: column → PostgreSQL type.
        conflict: the ``ON CONFLICT`` clause, if any; ``{set}`` in it becomes ``column = excluded.column`` for
            every column that is not in ``keys``.
        keys: the columns of the conflict target.
    """

    def __init__(self, table: str, shape: dict[str, str], conflict: str = "", keys: Iterable[str] = ()) -> None:
        kept = set(keys)
        assignments = ", ".join(f"{name} = excluded.{name}" for name in shape if name not in kept)
        self.literals = [_LITERALS[kind] for kind in shape.values()]
        arrays = ", ".join(f"%s::{kind}[]" for kind in shape.values())
        self.sql = f"INSERT INTO {table} ({', '.join(shape)}) SELECT * FROM unnest({arrays}) " + conflict.replace(
            "{set}", assignments
        )

    def run(self, cursor: psycopg.Cursor[tuple[Any, ...]], rows: Sequence[Sequence[Any]]) -> int:
        """Write the rows (each in the order of the shape); returns how many were written."""
        if not rows:
            return 0
        columns = zip(*rows, strict=True)
        values = [literal(column) for literal, column in zip(self.literals, columns, strict=True)]
        cursor.execute(self.sql, values, prepare=True)
        return cursor.rowcount
