"""Writing and reading many rows in one statement, on the connection that Django holds.

Message ingestion handles thousands of rows a second: the ORM is left aside there, not the transaction nor the
row-level security, since it is the same connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg.types.json import JsonbLoader, JsonLoader

from archipel.foundation.arrays import LITERALS, literals_of, pairs

__all__ = ["BulkInsert", "BulkUpdate", "pairs", "plain_reading", "raw_cursor"]


_TIMES = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, psycopg.pq.Format.TEXT)


def raw_cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """A psycopg cursor (server-side binding, binary results) inside Django's current transaction."""
    connection.ensure_connection()
    cursor: psycopg.Cursor[tuple[Any, ...]] = psycopg.Cursor(connection.connection)
    plain_reading(cursor)
    return cursor


def plain_reading(cursor: Any) -> None:
    """Read as psycopg does by itself, in C: Django's connections give json as texts and times the slow way."""
    cursor.adapters.register_loader("json", JsonLoader)
    cursor.adapters.register_loader("jsonb", JsonbLoader)
    if _TIMES is not None:
        cursor.adapters.register_loader("timestamptz", _TIMES)


class _Bulk:
    """A statement that carries many rows as one array for each column, prepared once per connection."""

    def __init__(self, sql: str, literals: Sequence[Callable[[Sequence[Any]], str]]) -> None:
        self.sql, self.literals = sql, literals

    def run(self, cursor: psycopg.Cursor[tuple[Any, ...]], rows: Sequence[Sequence[Any]]) -> int:
        """Carry the rows (each in the order of the shape); returns how many were written or found."""
        if not rows:
            return 0
        columns = zip(*rows, strict=True)
        values = [literal(column) for literal, column in zip(self.literals, columns, strict=True)]
        cursor.execute(self.sql, values, prepare=True)
        return cursor.rowcount


class BulkInsert(_Bulk):
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
        arrays = ", ".join(f"%s::{kind}[]" for kind in shape.values())
        sql = f"INSERT INTO {table} ({', '.join(shape)}) SELECT * FROM unnest({arrays}) "
        super().__init__(sql + conflict.replace("{set}", assignments), [LITERALS[kind] for kind in shape.values()])


class BulkUpdate(_Bulk):
    """``UPDATE … FROM unnest(…)`` of a fixed shape, prepared once per connection.

    Args:
        table: the table's name.
        shape: column → PostgreSQL type, arrays included (``text[]``).
        key: the column, part of the shape, that tells one row from another.
    """

    def __init__(self, table: str, shape: dict[str, str], key: str = "id") -> None:
        carried = {name: literals_of(kind) for name, kind in shape.items()}
        arrays = ", ".join(f"%s::{kind}[]" for kind, _ in carried.values())
        assigned = ", ".join(f"{name} = given.{name}::{kind}" for name, kind in shape.items() if name != key)
        sql = (
            f"UPDATE {table} SET {assigned} FROM unnest({arrays}) AS given ({', '.join(shape)})"
            f" WHERE {table}.{key} = given.{key}"
        )
        super().__init__(sql, [write for _, write in carried.values()])
