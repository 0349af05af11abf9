"""The rows of the feeding, written by whole columns: one statement for what a hundred offers say, not one a figure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache

from archipel.connectors.ror.models import Agreed, Answer, Dispatch, Exchange
from archipel.foundation.bulk import BulkInsert, BulkUpdate, raw_cursor

_DISPATCH = {
    "accepted": "jsonb", "accepted_at": "timestamptz", "agreed_at": "timestamptz", "sent_at": "timestamptz",
    "tried_at": "timestamptz", "blocked": "jsonb", "differs_since": "timestamptz", "pending": "bigint[]",
    "attempts": "integer", "next_at": "timestamptz", "refused": "boolean", "problem": "text", "who": "text[]",
    "asked": "boolean", "late_since": "timestamptz", "updated_at": "timestamptz",
}  # fmt: skip
_EXCHANGE = {
    "id": "bigint", "establishment": "text", "structure": "text", "code": "text", "reason": "text",
    "operation": "text", "indicator": "text", "count": "integer", "told_at": "timestamptz", "request": "jsonb",
    "at": "timestamptz",
}  # fmt: skip
_ANSWER = {
    "exchange_id": "bigint", "establishment": "text", "kind": "text", "status": "integer", "verdict": "text",
    "body": "jsonb", "sentence": "text", "seconds": "double precision", "at": "timestamptz",
}  # fmt: skip
_AGREED = {
    "establishment": "text", "structure": "text", "code": "text", "filiere": "text", "tension": "boolean",
    "oldest": "timestamptz", "at": "timestamptz",
}  # fmt: skip
_EXCHANGES = BulkInsert("ror_exchange", _EXCHANGE)
_ANSWERS = BulkInsert("ror_answer", _ANSWER)
_AGREEMENTS = BulkInsert("ror_agreed", _AGREED)
_NUMBERS = "SELECT nextval(pg_get_serial_sequence('ror_exchange', 'id')) FROM generate_series(1, %s)"


def exchanges(rows: Sequence[Exchange]) -> None:
    """Write new operations, and give each its number, in their order."""
    if not rows:
        return
    cursor = raw_cursor()
    cursor.execute(_NUMBERS, [len(rows)])
    for row, (number,) in zip(rows, sorted(cursor.fetchall()), strict=True):
        row.pk = number
    _EXCHANGES.run(cursor, [_values(row, _EXCHANGE) for row in rows])


def answers(rows: Sequence[Answer]) -> None:
    """Write what became of operations."""
    _ANSWERS.run(raw_cursor(), [_values(row, _ANSWER) for row in rows])


def agreed(rows: Sequence[Agreed]) -> None:
    """Write that the whole of these offers was accepted."""
    _AGREEMENTS.run(raw_cursor(), [_values(row, _AGREED) for row in rows])


def dispatches(rows: Sequence[Dispatch], fields: Iterable[str]) -> None:
    """Write these fields of rows that exist."""
    shape = {"id": "bigint"} | {name: _DISPATCH[name] for name in fields}
    _update(tuple(shape)).run(raw_cursor(), [_values(row, shape) for row in rows])


@cache
def _update(fields: tuple[str, ...]) -> BulkUpdate:
    return BulkUpdate("ror_dispatch", {name: _DISPATCH.get(name, "bigint") for name in fields})


def _values(row: object, shape: dict[str, str]) -> list[object]:
    found = [getattr(row, name) for name in shape]
    for rank, kind in enumerate(shape.values()):
        if kind == "jsonb" and found[rank] is not None:
            found[rank] = json.dumps(found[rank], ensure_ascii=False, separators=(",", ":"))
    return found
