"""Facts that the live platform tells by itself: who observes which, registered once by the layer that knows.

A provider is asked for subjects at a date, inside the caller's scope: it tells only what the caller may see. It says
from when, until when and from which source; a fact that it cannot observe is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from archipel.programmes.facts.values import Fact, Mode, Observation, Subject

Provider = Callable[[Sequence[Subject], Collection[str], date], Iterable[Observation]]
"""(subjects, ids of the facts wanted, date) → what is observed."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One provider and the facts that it may observe; None: it decides by itself."""

    fact_ids: frozenset[str] | None
    observe: Provider


_providers: dict[str, Registered] = {}


def register_provider(name: str, fact_ids: Iterable[str] | None, observe: Provider) -> None:
    """Say who observes some facts; a second one of the same name replaces the first."""
    _providers[name] = Registered(None if fact_ids is None else frozenset(fact_ids), observe)


def observed_ids() -> frozenset[str]:
    """The facts that some provider names."""
    return frozenset().union(*(one.fact_ids or () for one in _providers.values()))


def observe(subjects: Sequence[Subject], fact_ids: Collection[str], at: date) -> list[Fact]:
    """What the platform tells at a date, as derived facts."""
    found = []
    for one in _providers.values():
        wanted = frozenset(fact_ids) if one.fact_ids is None else one.fact_ids & frozenset(fact_ids)
        if wanted and subjects:
            found += [_fact(seen) for seen in one.observe(subjects, wanted, at) if seen.effective_at <= at]
    return found


def _fact(seen: Observation) -> Fact:
    return Fact(
        subject=seen.subject,
        fact=seen.fact,
        value=seen.value,
        effective_at=seen.effective_at,
        source=seen.source,
        valid_until=seen.valid_until,
        recorded_at=seen.recorded_at,
        mode=Mode.DERIVE,
        link=seen.link,
    )
