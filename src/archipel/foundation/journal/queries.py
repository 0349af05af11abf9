"""Reading the journal: messages, what waits for somebody, senders and their silence.

Raw messages hold identities: they are read by those who keep the messages of the establishment (``messages.gerer``),
under a scope of their own, and each reading leaves a trace (see services).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection

from archipel.foundation.journal.models import Sender
from archipel.foundation.scope import EVERYWHERE, Capability, Scope, in_scope
from archipel.kernel.errors import NotFound

PER_PAGE = 50
COUNT_LIMIT = 10_000
"""Beyond, a page says "more than": counting a whole ledger is a read of all of it."""
PROVISIONAL = "~"


@dataclass(frozen=True, slots=True)
class MessageFilters:
    """What is asked of the journal; an empty value filters nothing."""

    control_id: str = ""
    sender_id: int | None = None
    event: str = ""
    outcome: str = ""
    """applied, ignored, parked or pending."""
    establishment: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    """Exact reason of a group of parked messages."""
    before: int | None = None
    """Messages older than this number: the next page."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message without its content."""

    id: int
    received_at: datetime
    sender_id: int
    sender: str
    establishment: str
    control_id: str
    event: str
    source: str
    corrects: int | None
    outcome: str
    reason: str
    segment: str
    field: str


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of messages, the newest first; ``next_before`` asks for the following one."""

    rows: tuple[MessageRow, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class ParkedGroup:
    """Parked messages of one establishment that have the same reason."""

    establishment: str
    reason: str
    segment: str
    field: str
    count: int
    oldest: datetime
    newest: datetime
    senders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What somebody decided about a message."""

    kind: str
    actor: str
    reason: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """A message whole: its bytes, outcome, warnings and decisions."""

    row: MessageRow
    raw: bytes
    warnings: tuple[str, ...]
    applied_at: datetime | None
    decisions: tuple[DecisionRow, ...]
    corrected_by: int | None
    duplicates: int


def keeps(scope: Scope, establishment: str) -> bool:
    """Whether the account keeps the messages of the establishment."""
    return scope.may(Capability.GERER_MESSAGES, establishment)


def provisional_code(application: str, facility: str) -> str:
    """The provisional establishment under which a sender's first messages were stored."""
    label = facility or application
    return f"{PROVISIONAL}{label[:60].replace(',', ' ')}" if label else f"{PROVISIONAL}inconnu"


def reading_scope(scope: Scope) -> Scope:
    """The scope in which the account reads the journal: the establishments whose messages it keeps.

    The provisional establishment of a sender that was since attached belongs to the keepers of its new one, when
    every sender that wrote under that name was attached to establishments that they keep.

    Raises:
        Denied: the account keeps no messages.
    """
    scope.require(Capability.GERER_MESSAGES)
    kept = {place for place, held in scope.grants.items() if Capability.GERER_MESSAGES in held}
    rows = list(Sender.objects.values_list("application", "facility", "establishment"))
    if EVERYWHERE in kept:
        kept |= set(scope.establishments) | {row[2] for row in rows} | _territory()
        kept |= {provisional_code(application, facility) for application, facility, _ in rows}
        kept.discard(EVERYWHERE)
    else:
        now: dict[str, set[str]] = {}
        for application, facility, place in rows:
            now.setdefault(provisional_code(application, facility), set()).add(place)
        kept |= {code for code, places in now.items() if places <= kept}
    return replace(scope, establishments=frozenset(kept), break_glass=frozenset())


def _territory() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM territory_etablissement")
        return {row[0] for row in cursor.fetchall()}


@contextmanager
def reading(scope: Scope) -> Iterator[Scope]:
    """Open :func:`reading_scope` in the database for the block."""
    wider = reading_scope(scope)
    with in_scope(wider):
        yield wider


_ROW = """
SELECT m.id, m.received_at, m.sender_id, coalesce(nullif(s.name, ''), s.application), m.establishment, m.control_id,
       m.event, m.source, m.corrects,
       CASE WHEN p.message_id IS NOT NULL THEN 'pending' ELSE coalesce(o.outcome, 'pending') END,
       coalesce(o.reason, ''), coalesce(o.segment, ''), coalesce(o.field, '')
"""
_JOINS = """
  LEFT JOIN journal_sender s ON s.id = m.sender_id
  LEFT JOIN journal_pending p ON p.message_id = m.id
"""


def _conditions(filters: MessageFilters) -> tuple[list[str], dict[str, Any]]:
    tests = {
        "m.control_id = %(control)s": ("control", filters.control_id),
        "m.sender_id = %(sender)s": ("sender", filters.sender_id),
        "m.event = %(event)s": ("event", filters.event.upper()),
        "m.establishment = %(place)s": ("place", filters.establishment),
        "m.received_at >= %(since)s": ("since", filters.since),
        "m.received_at < %(until)s": ("until", filters.until),
        "o.reason = %(reason)s": ("reason", filters.reason),
        "m.id < %(before)s": ("before", filters.before),
    }
    kept = {sql: pair for sql, pair in tests.items() if pair[1] not in ("", None)}
    values: dict[str, Any] = dict(kept.values())
    conditions = list(kept)
    if filters.outcome == "pending":
        conditions.append("p.message_id IS NOT NULL")
    elif filters.outcome:
        conditions.append("o.outcome = %(outcome)s AND p.message_id IS NULL")
        values["outcome"] = filters.outcome
    return conditions, values


def messages(*, scope: Scope, filters: MessageFilters, limit: int = PER_PAGE) -> MessagePage:
    """The messages that answer the filters, the newest first.

    Raises:
        Denied: the account keeps no messages.
    """
    if filters.outcome in ("parked", "applied", "ignored"):
        source = "FROM journal_outcome o JOIN journal_message m ON m.id = o.message_id"
    else:
        source = "FROM journal_message m LEFT JOIN journal_outcome o ON o.message_id = m.id"
    conditions, values = _conditions(filters)
    where = " WHERE " + " AND ".join(conditions) if conditions else ""
    sql = f"{_ROW} {source} {_JOINS} {where} ORDER BY m.id DESC LIMIT %(limit)s"
    with reading(scope), connection.cursor() as cursor:
        cursor.execute(sql, {**values, "limit": limit + 1})
        rows = [MessageRow(*row) for row in cursor.fetchall()]
    more = len(rows) > limit
    rows = rows[:limit]
    return MessagePage(tuple(rows), rows[-1].id if more else None)


def parked_groups(*, scope: Scope, establishment: str = "", sender_id: int | None = None) -> list[ParkedGroup]:
    """What waits for somebody, gathered by establishment and reason, the most numerous first.

    Raises:
        Denied: the account keeps no messages.
    """
    with reading(scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.establishment, o.reason, o.segment, o.field, count(*), min(m.received_at), max(m.received_at),"
            " array_agg(DISTINCT coalesce(nullif(s.name, ''), s.application))"
            " FROM journal_outcome o JOIN journal_message m ON m.id = o.message_id"
            " LEFT JOIN journal_sender s ON s.id = m.sender_id"
            " LEFT JOIN journal_pending p ON p.message_id = m.id"
            " WHERE o.outcome = 'parked' AND p.message_id IS NULL"
            " AND (%(place)s = '' OR m.establishment = %(place)s)"
            " AND (%(sender)s::bigint IS NULL OR m.sender_id = %(sender)s)"
            " GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 6 LIMIT 500",
            {"place": establishment, "sender": sender_id},
        )
        return [
            ParkedGroup(place, reason, segment, field, count, oldest, newest, tuple(filter(None, names)))
            for place, reason, segment, field, count, oldest, newest, names in cursor.fetchall()
        ]


def parked_count(*, scope: Scope) -> int:
    """How many messages wait for somebody in the establishments whose messages the account keeps; 0 if none."""
    if not scope.may(Capability.GERER_MESSAGES):
        return 0
    with reading(scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM journal_outcome o WHERE outcome = 'parked' AND NOT EXISTS"
            " (SELECT 1 FROM journal_pending p WHERE p.message_id = o.message_id) LIMIT %s) AS waiting",
            [COUNT_LIMIT],
        )
        row = cursor.fetchone()
        return row[0] if row else 0


def message(*, scope: Scope, number: int) -> MessageDetail:
    """One message whole. The caller leaves the trace: use ``services.open_message``.

    Raises:
        Denied: the account keeps no messages. NotFound: none of that number in its reach.
    """
    with reading(scope), connection.cursor() as cursor:
        cursor.execute(
            f"{_ROW}, m.raw, coalesce(o.warnings, '[]'::jsonb)::text, o.applied_at,"
            " (SELECT min(c.id) FROM journal_message c WHERE c.corrects = m.id AND m.id < c.id),"
            " (SELECT count(*) FROM journal_duplicate d WHERE d.message_id = m.id)"
            f" FROM journal_message m LEFT JOIN journal_outcome o ON o.message_id = m.id {_JOINS} WHERE m.id = %s",
            [number],
        )
        row = cursor.fetchone()
        if row is None:
            raise NotFound("Ce message est introuvable.", code="message-introuvable")
        cursor.execute(
            "SELECT kind, actor, reason, recorded_at FROM journal_decision WHERE message_id = %s ORDER BY id", [number]
        )
        decisions = tuple(DecisionRow(*one) for one in cursor.fetchall())
    return _detail(row, decisions)


def _detail(row: Sequence[Any], decisions: tuple[DecisionRow, ...]) -> MessageDetail:
    warnings = json.loads(row[14]) if isinstance(row[14], str) else row[14]
    return MessageDetail(MessageRow(*row[:13]), bytes(row[13]), tuple(warnings), row[15], decisions, row[16], row[17])
