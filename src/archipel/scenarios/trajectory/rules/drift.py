"""Whether the inventory follows the plan: what was planned for a year beside what is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from archipel.scenarios.trajectory.values import Choice


class State(StrEnum):
    """How one need stands."""

    CONFORME = "conforme"
    AVANCE = "avance"
    RETARD = "retard"
    AILLEURS = "ailleurs"
    DISPARU = "disparu"


LABELS = {
    State.CONFORME: ("oui", "Comme prévu"),
    State.AVANCE: ("prouve", "En avance"),
    State.RETARD: ("en_retard", "En retard"),
    State.AILLEURS: ("contredit", "Autre produit"),
    State.DISPARU: ("manquant", "Plus rien"),
}
"""State → (code of the chip, word)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One function of one establishment: planned for the year, seen on the day, and when the switch was planned."""

    establishment: str
    function: str
    planned: str
    seen: tuple[str, ...]
    switch: int | None
    state: State


@dataclass(frozen=True, slots=True)
class Drift:
    """Every need; ``due`` and ``done`` count the switches planned by the year and seen."""

    gaps: tuple[Gap, ...]
    due: int
    done: int

    def count(self, state: State) -> int:
        """How many needs stand so."""
        return sum(one.state is state for one in self.gaps)

    @property
    def followed(self) -> float:
        """Share (%) of the needs that are as planned, or ahead."""
        good = self.count(State.CONFORME) + self.count(State.AVANCE)
        return 100 * good / len(self.gaps) if self.gaps else 100.0


def drift(
    choices: Sequence[Choice], seen: Mapping[tuple[str, str], Sequence[str]], rank: int, first_year: int = 0
) -> Drift:
    """Compare a plan with what is seen.

    Args:
        choices: the plan.
        seen: (establishment, function) → products in service.
        rank: of the year that has ended or is under way; -1: the horizon has not begun, what was there is expected.
        first_year: calendar year of rank 0.
    """
    gaps = []
    due = done = 0
    for one in choices:
        switch = one.switch_year
        now = tuple(seen.get((one.establishment, one.function), ()))
        planned = one.before if rank < 0 else one.by_year[min(rank, len(one.by_year) - 1)]
        if switch is not None and switch <= rank:
            due += 1
            done += one.by_year[-1] in now
        year = None if switch is None else first_year + switch
        gaps.append(Gap(one.establishment, one.function, planned, now, year, _state(one, now, planned, rank)))
    return Drift(tuple(gaps), due, done)


def _state(choice: Choice, now: tuple[str, ...], planned: str, rank: int) -> State:
    if planned in now or (not planned and not now):
        return State.CONFORME
    final = choice.by_year[-1]
    if final in now and final != choice.before:
        return State.AVANCE
    if choice.before in now or (not now and not choice.before):
        return State.RETARD
    return State.AILLEURS if now else State.DISPARU
