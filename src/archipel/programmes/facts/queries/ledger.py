"""What is known of many subjects at a date, as it was known at a moment: one query, then pure reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from archipel.programmes.facts.models import Fact as Row
from archipel.programmes.facts.queries.providers import observe
from archipel.programmes.facts.queries.vocabulary import vocabulary
from archipel.programmes.facts.rules.reading import read
from archipel.programmes.facts.rules.typed import from_text
from archipel.programmes.facts.values import UNKNOWN, Fact, Maille, Mode, Reading, Subject
from archipel.programmes.packs.public import TypeFait

COLUMNS = (
    "id, maille, subject, fact, type, value, effective_at, valid_until, recorded_at, source, author, mode, proof,"
    " attachment_id, reason"
)
_LIVE = """
  AND NOT EXISTS (SELECT 1 FROM facts_fact r WHERE r.replaces_id = f.id AND r.recorded_at <= %(known)s)
"""
_AT = f"""
SELECT DISTINCT ON (f.maille, f.subject, f.fact, f.source_key) {{columns}}
FROM facts_fact f
WHERE NOT f.retracted AND f.effective_at <= %(at)s AND f.recorded_at <= %(known)s
  AND (%(codes)s::text[] IS NULL OR f.subject = ANY (%(codes)s))
  AND (%(facts)s::text[] IS NULL OR f.fact = ANY (%(facts)s)) {_LIVE}
ORDER BY f.maille, f.subject, f.fact, f.source_key, f.effective_at DESC, f.id DESC
"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known at a date. Subjects out of the caller's scope are unknown here."""

    at: date
    readings: Mapping[Subject, Mapping[str, Reading]] = field(repr=False)

    def reading(self, subject: Subject, fact: str) -> Reading:
        """What is known of one fact of one subject."""
        return self.readings.get(subject, {}).get(fact, UNKNOWN)


def fact_of(row: Sequence[Any]) -> Fact:
    """A row of the ledger (:data:`COLUMNS`) as a fact."""
    number, maille, subject, fact, kind, value, since, until, recorded, source, author, mode, proof, piece, why = row
    return Fact(
        Subject(Maille(maille), subject), fact, from_text(TypeFait(kind), value), since, source, until, recorded,
        author, Mode(mode), proof, piece, why, number,
    )  # fmt: skip


def facts_at(
    subjects: Collection[Subject] | None,
    at: date,
    *,
    fact_ids: Collection[str] | None = None,
    known_at: datetime | None = None,
    derived: bool = True,
) -> Ledger:
    """Read the facts of subjects (of all in scope, when None) at a date.

    Args:
        subjects: whom.
        at: the date at which the facts must hold.
        fact_ids: which facts; all of the vocabulary by default.
        known_at: only what was recorded by that moment; facts of the live platform, which are seen when they are read,
            are then left out unless they were recorded.
        derived: whether the live platform is asked.
    """
    told: dict[tuple[Subject, str], list[Fact]] = defaultdict(list)
    for fact in _recorded(subjects, at, fact_ids, known_at):
        told[fact.subject, fact.fact].append(fact)
    if derived and known_at is None and subjects is not None:
        ids = vocabulary().facts.keys() if fact_ids is None else fact_ids
        for fact in observe(list(subjects), list(ids), at):
            told[fact.subject, fact.fact].append(fact)
    readings: dict[Subject, dict[str, Reading]] = defaultdict(dict)
    for (subject, name), facts in told.items():
        readings[subject][name] = read(facts, at)
    return Ledger(at, readings)


def _recorded(
    subjects: Collection[Subject] | None, at: date, fact_ids: Collection[str] | None, known_at: datetime | None
) -> Iterable[Fact]:
    wanted = None if subjects is None else frozenset(subjects)
    values = {
        "at": at,
        "known": known_at or "infinity",
        "codes": None if wanted is None else sorted({one.code for one in wanted}),
        "facts": None if fact_ids is None else sorted(fact_ids),
    }
    columns = ", ".join(f"f.{name.strip()}" for name in COLUMNS.split(","))
    with connection.cursor() as cursor:
        cursor.execute(_AT.format(columns=columns), values)
        rows = cursor.fetchall()
    return (fact for fact in map(fact_of, rows) if wanted is None or fact.subject in wanted)


def fact_of_model(row: Row) -> Fact:
    """The same from a model instance."""
    return fact_of([getattr(row, name.strip()) for name in COLUMNS.split(",")])
