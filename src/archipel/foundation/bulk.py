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


def raw_cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """A psycopg cursor (server-side binding, binary results) inside Django's current transaction."""
    connection.ensure_connection()
    return with_json(psycopg.Cursor(connection.connection))


def with_json(cursor: Any) -> Any:
    """Read json and jsonb as Python values (Django's connections give them as texts)."""
    cursor.adapters.register_loader("json", JsonLoader)
    cursor.adapters.register_loader("jsonb", JsonbLoader)
    return cursor


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Turn rows into one list per column, ``width`` empty lists when there is no row."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


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
        self.width = len(shape)
        arrays = ", ".join(f"%s::{kind}[]" for kind in shape.values())
        self.sql = f"INSERT INTO {table} ({', '.join(shape)}) SELECT * FROM unnest({arrays}) " + conflict.replace(
            "{set}", assignments
        )

    def run(self, cursor: psycopg.Cursor[tuple[Any, ...]], rows: Sequence[Sequence[Any]]) -> int:
        """Write the rows (each in the order of the shape); returns how many were written."""
        if not rows:
            return 0
        cursor.execute(self.sql, columns(rows, self.width), prepare=True)
        return cursor.rowcount
