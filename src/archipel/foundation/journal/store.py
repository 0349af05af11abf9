"""Writing messages to the journal: in batches, committed before anyone is told that they arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from archipel.foundation.arrays import bytes_array, plain_array, text_array
from archipel.kernel import clock

CHANNEL = "archipel_journal"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message to store. ``digest`` is that of the content, see :func:`content_digest`."""

    sender_id: int
    establishment: str
    control_id: str
    event: str
    raw: bytes
    digest: bytes
    source: str
    corrects: int | None = None


ELSEWHERE = 0
"""The number of a duplicate whose first copy is out of scope: its sender has been attached elsewhere since."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the message is in the journal; ``duplicate`` when the same content was already there."""

    message_id: int
    duplicate: bool


def content_digest(raw: bytes) -> bytes:
    """16 bytes of SHA-256 over the content without the blank bytes at its ends: a resend gives the same."""
    return hashlib.sha256(raw.strip(b"\r\n\x00 ")).digest()[:16]


_INSERT = f"""
WITH input AS (
  SELECT * FROM unnest(
      %s::int[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::text[], %s::bigint[])
    WITH ORDINALITY AS t(sender_id, establishment, control_id, event, digest, raw, source, corrects, ord)
), stored AS (
  INSERT INTO journal_message (received_at, sender_id, establishment, control_id, event, digest, raw, source, corrects)
  SELECT %s, sender_id, establishment, control_id, event, digest, raw, source, corrects
    FROM input ORDER BY ord
  ON CONFLICT (sender_id, control_id, digest) DO NOTHING
  RETURNING id, sender_id, control_id, digest, establishment
), queued AS (
  INSERT INTO journal_pending (message_id, establishment) SELECT id, establishment FROM stored
)
SELECT id, sender_id, control_id, digest, pg_notify('{CHANNEL}', '') FROM stored
"""
_FIND = """
SELECT m.id, m.sender_id, m.control_id, m.digest FROM journal_message m
  JOIN unnest(%s::int[], %s::text[], %s::bytea[]) AS k(sender_id, control_id, digest)
    ON m.sender_id = k.sender_id AND m.control_id = k.control_id AND m.digest = k.digest
"""
_DUPLICATE = """
INSERT INTO journal_duplicate (message_id, establishment, received_at)
  SELECT *, %s FROM unnest(%s::bigint[], %s::text[])
"""


def store(connection: psycopg.Connection[Any], batch: Sequence[Incoming]) -> list[Stored]:
    """Commit the batch to the journal and to the queue, in one transaction.

    Idempotent on sender, control id and content (ADR 0007): the same message again is counted, not stored.
    The caller acknowledges after this returns. Raises psycopg.Error, in which case nothing was stored.
    """
    with connection.transaction(), psycopg.Cursor(connection) as cursor:
        places = ",".join(sorted({item.establishment for item in batch}))
        cursor.execute("SELECT set_config('archipel.establishments', %s, true)", [places], prepare=True)
        return store_in(cursor, batch)


def store_in(cursor: psycopg.Cursor[Any], batch: Sequence[Incoming]) -> list[Stored]:
    """The same inside a transaction of the caller, whose scope holds the establishments."""
    cursor.execute(
        _INSERT,
        [
            plain_array([i.sender_id for i in batch]),
            text_array([i.establishment for i in batch]),
            text_array([i.control_id for i in batch]),
            text_array([i.event for i in batch]),
            bytes_array([i.digest for i in batch]),
            bytes_array([i.raw for i in batch]),
            text_array([i.source for i in batch]),
            plain_array([i.corrects for i in batch]),
            clock.now(),
        ],
        prepare=True,
    )
    fresh = {(row[1], row[2], bytes(row[3])): row[0] for row in cursor.fetchall()}
    answers: list[Stored | None] = []
    again: list[int] = []
    for index, item in enumerate(batch):
        number = fresh.pop((item.sender_id, item.control_id, item.digest), None)
        if number is None:
            again.append(index)
        answers.append(None if number is None else Stored(number, False))
    if again:
        repeated = [batch[index] for index in again]
        cursor.execute(
            _FIND, [[i.sender_id for i in repeated], [i.control_id for i in repeated], [i.digest for i in repeated]]
        )
        found = {(row[1], row[2], bytes(row[3])): row[0] for row in cursor.fetchall()}
        numbers = [found.get((i.sender_id, i.control_id, i.digest), ELSEWHERE) for i in repeated]
        cursor.execute(_DUPLICATE, [clock.now(), numbers, [i.establishment for i in repeated]])
        for index, number in zip(again, numbers, strict=True):
            answers[index] = Stored(number, True)
    return [answer for answer in answers if answer is not None]
