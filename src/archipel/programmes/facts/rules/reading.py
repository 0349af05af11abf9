"""What is known of a fact at a date: each source is heard by its last word; two that differ are a contradiction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from archipel.programmes.facts.values import UNKNOWN, Fact, Reading, State, Value


def source_key(source: str) -> str:
    """What tells two sources apart: neither case nor blanks count."""
    return " ".join(source.casefold().split())


def same_value(one: Value, other: Value) -> bool:
    """Whether two values are the same: ``True`` is not ``1``, ``8000`` is ``8000.0``."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def last_words(facts: Iterable[Fact], at: date) -> list[Fact]:
    """The last statement of each source that takes effect at the date or before; newest effect first.

    Of two of the same source with the same effect, the one recorded last counts.
    """
    last: dict[str, Fact] = {}
    for fact in facts:
        if fact.effective_at > at:
            continue
        key, order = source_key(fact.source), (fact.effective_at, fact.number)
        if key not in last or order >= (last[key].effective_at, last[key].number):
            last[key] = fact
    return sorted(last.values(), key=lambda f: (f.effective_at, f.number), reverse=True)


def read(facts: Iterable[Fact], at: date) -> Reading:
    """Read the live statements about one fact of one subject at a date.

    Each source speaks by its last statement that has taken effect. When it has expired, that source says nothing (what
    it said before does not come back). Sources that agree make a known value; sources that differ are shown, all of
    them, and the value is unknown: nothing is averaged, and no source wins by being newer than another.
    """
    said = last_words(facts, at)
    holding = tuple(fact for fact in said if not fact.expired(at))
    expired = tuple(fact for fact in said if fact.expired(at))
    if not holding:
        return Reading(State.PERIME, expired=expired) if expired else UNKNOWN
    first = holding[0].value
    if all(same_value(fact.value, first) for fact in holding[1:]):
        return Reading(State.CONNU, first, holding, expired)
    return Reading(State.CONTREDIT, None, holding, expired)
