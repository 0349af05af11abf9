"""What people decided about parked messages, read back by ingestion: a pure sentence and one bulk query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

CORRECTED, REPLAYED, ABANDONED = "corrige", "rejoue", "abandonne"


def sentence(kind: str, actor: str, reason: str) -> str:
    """The reason shown with a message that was put aside; empty when the decision does not put it aside."""
    if kind == CORRECTED:
        return reason
    return f"Abandonné par {actor} : {reason}" if kind == ABANDONED else ""


def put_aside(cursor: psycopg.Cursor[tuple[Any, ...]], numbers: Sequence[int]) -> dict[int, str]:
    """Message number → why it is never to be applied, for those that were corrected, or abandoned last.

    A correction is final, since the corrected message stands in its place; an abandonment is lifted by a replay.
    """
    cursor.execute(
        "SELECT DISTINCT ON (message_id) message_id, kind, actor, reason FROM journal_decision"
        " WHERE message_id = ANY(%s::bigint[]) ORDER BY message_id, (kind = %s) DESC, id DESC",
        [list(numbers), CORRECTED],
        prepare=True,
    )
    found = {row[0]: sentence(row[1], row[2], row[3]) for row in cursor.fetchall()}
    return {number: text for number, text in found.items() if text}
