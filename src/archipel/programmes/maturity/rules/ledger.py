"""Which facts stand: an answer or an effort is replaced by a later one, and taken back by a fact that undoes it.

The result depends on the set of facts, not on the order in which they are read. Undoing an undoing restores what it
had taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Fact(Generic[Key, Said]):
    """What somebody said of ``key``, effective on a day, recorded at a moment; ``undoes``: it takes another back."""

    id: int
    key: Key
    said: Said
    effective_on: date
    recorded_at: datetime
    undoes: int | None = None


def alive(facts: Iterable[Fact[Key, Said]], known_at: datetime | None = None) -> list[Fact[Key, Said]]:
    """The facts that nothing takes back, as known at a moment; those that only take back are left out."""
    known = sorted((f for f in facts if known_at is None or f.recorded_at <= known_at), key=lambda f: -f.id)
    undone: set[int] = set()
    found = []
    for fact in known:
        if fact.id in undone:
            continue
        if fact.undoes is not None:
            undone.add(fact.undoes)
        else:
            found.append(fact)
    return found[::-1]


def standing(
    facts: Iterable[Fact[Key, Said]],
    day: date | None = None,
    known_at: datetime | None = None,
    *,
    keep: Callable[[Fact[Key, Said]], bool] = lambda fact: True,
) -> dict[Key, Fact[Key, Said]]:
    """For each key, the fact that holds on a day: the latest effective one; of the same day, the last recorded."""
    found: dict[Key, Fact[Key, Said]] = {}
    for fact in alive(facts, known_at):
        if (day is not None and fact.effective_on > day) or not keep(fact):
            continue
        held = found.get(fact.key)
        if held is None or (held.effective_on, held.id) < (fact.effective_on, fact.id):
            found[fact.key] = fact
    return found
