"""Reading the senders: when each spoke last, how much, and whether it has been silent for too long."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from archipel.foundation.journal.models import Sender
from archipel.foundation.journal.queries import reading
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import NotFound

RATE_LIMIT = 2_000
"""Messages read at most to tell the rate of the last hour; beyond, the page says "more than"."""


@dataclass(frozen=True, slots=True)
class SenderRow:
    """A sender and how it is."""

    id: int
    application: str
    facility: str
    name: str
    establishment: str
    provisional: bool
    silence_minutes: int
    """0: no alarm."""
    profile: Mapping[str, Any]
    last_message: datetime | None
    last_hour: int
    """Messages of the last hour, at most :data:`RATE_LIMIT`."""
    parked: int
    duplicates: int
    silent: bool

    @property
    def capped(self) -> bool:
        """Whether there were more messages in the hour than could be counted."""
        return self.last_hour >= RATE_LIMIT


def is_silent(last: datetime | None, silence_minutes: int, now: datetime) -> bool:
    """Whether a sender that spoke last at ``last`` is silent beyond its threshold (minutes; 0: never)."""
    return last is not None and silence_minutes > 0 and now - last > timedelta(minutes=silence_minutes)


_LAST = "(SELECT m.received_at FROM journal_message m WHERE m.sender_id = s.id ORDER BY m.id DESC LIMIT 1)"
_SQL = f"""
SELECT s.id, s.application, s.facility, s.name, s.establishment, s.provisional, s.silence_minutes, s.profile::text,
       {_LAST},
       (SELECT count(*) FROM (SELECT m.received_at FROM journal_message m WHERE m.sender_id = s.id
          ORDER BY m.id DESC LIMIT {RATE_LIMIT}) AS last WHERE last.received_at > %(hour)s),
       coalesce(waiting.parked, 0), coalesce(repeated.duplicates, 0)
  FROM journal_sender s
  LEFT JOIN (SELECT m.sender_id, count(*) AS parked FROM journal_outcome o JOIN journal_message m
               ON m.id = o.message_id WHERE o.outcome = 'parked' GROUP BY 1) AS waiting ON waiting.sender_id = s.id
  LEFT JOIN (SELECT m.sender_id, count(*) AS duplicates FROM journal_duplicate d JOIN journal_message m
               ON m.id = d.message_id WHERE d.received_at > %(day)s GROUP BY 1) AS repeated ON repeated.sender_id = s.id
 WHERE s.establishment = ANY(%(places)s) AND (%(number)s::bigint IS NULL OR s.id = %(number)s)
 ORDER BY s.establishment, s.name, s.id
"""


def senders(*, scope: Scope, number: int | None = None) -> list[SenderRow]:
    """The senders of the establishments whose messages the account keeps; ``duplicates`` are those of a day.

    Raises:
        Denied: the account keeps no messages.
    """
    now = clock.now()
    with reading(scope) as wider, connection.cursor() as cursor:
        values = {"hour": now - timedelta(hours=1), "day": now - timedelta(days=1), "number": number}
        cursor.execute(_SQL, {**values, "places": sorted(wider.establishments)})
        return [_row(row, now) for row in cursor.fetchall()]


def _row(row: Sequence[Any], now: datetime) -> SenderRow:
    return SenderRow(
        id=row[0],
        application=row[1],
        facility=row[2],
        name=row[3],
        establishment=row[4],
        provisional=row[5],
        silence_minutes=row[6],
        profile=json.loads(row[7]),
        last_message=row[8],
        last_hour=row[9],
        parked=row[10],
        duplicates=row[11],
        silent=is_silent(row[8], row[6], now),
    )


def sender(*, scope: Scope, number: int) -> SenderRow:
    """One sender.

    Raises:
        Denied: the account keeps no messages. NotFound: none of that number in its reach.
    """
    found = senders(scope=scope, number=number)
    if not found:
        raise NotFound("Cet émetteur est introuvable.", code="emetteur-introuvable")
    return found[0]


def silent_senders(*, scope: Scope) -> list[tuple[int, str, datetime]]:
    """(number, name, last message) of the senders that are silent for too long: what the shell warns of."""
    if not scope.may(Capability.GERER_MESSAGES):
        return []
    now = clock.now()
    with reading(scope) as wider, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.id, coalesce(nullif(s.name, ''), s.application), s.silence_minutes, {_LAST}"
            " FROM journal_sender s WHERE s.silence_minutes > 0 AND s.establishment = ANY(%s) ORDER BY 2",
            [sorted(wider.establishments)],
        )
        return [(row[0], row[1], row[3]) for row in cursor.fetchall() if is_silent(row[3], row[2], now)]


def names(*, scope: Scope) -> list[tuple[int, str]]:
    """(number, name) of the senders in reach, for a list to choose from."""
    with reading(scope) as wider:
        rows = Sender.objects.filter(establishment__in=wider.establishments).order_by("name", "id")
        return [(row.pk, row.name or row.application) for row in rows]
