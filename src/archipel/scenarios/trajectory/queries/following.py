"""What the inventory shows today, beside the trajectory that the group chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from archipel.domains.systems import public as systems
from archipel.domains.systems.public import Reader
from archipel.scenarios.trajectory.queries.scenarios import Chosen, Solution, chosen, solution
from archipel.scenarios.trajectory.rules.drift import Drift, drift


@dataclass(frozen=True, slots=True)
class Followed:
    """The chosen trajectory and how the inventory stands to it on a day.

    Attributes:
        year: the year of the plan that the day is compared with; before the horizon, what was there is expected.
        started: whether the horizon has begun.
    """

    chosen: Chosen
    solution: Solution
    day: date
    year: int
    started: bool
    drift: Drift
    names: dict[str, str]
    labels: dict[str, str]


def followed(day: date | None = None) -> Followed | None:
    """The chosen trajectory beside the inventory of a day (today by default); None when there is none."""
    held = chosen()
    found = solution(held.info, held.run) if held is not None else None
    if held is None or found is None or not found.sound:
        return None
    on, problem = day or timezone.localdate(), found.built.problem
    rank = min(on.year - problem.first_year, problem.years - 1)
    labels = {one.id: one.label for one in problem.functions}
    names = {one.id: one.label for one in problem.establishments}
    gaps = drift(found.choices, seen_on(on), rank, problem.first_year)
    return Followed(held, found, on, problem.first_year + max(rank, 0), rank >= 0, gaps, names, labels)


def seen_on(day: date) -> dict[tuple[str, str], tuple[str, ...]]:
    """(establishment, function) → products in service on a day."""
    known = systems.inventory(day)
    reader = Reader(known)
    seen: dict[tuple[str, str], list[str]] = {}
    for one in known.live():
        for function in reader.functions(one):
            seen.setdefault((one.key.establishment, function), []).append(reader.product(one))
    return {key: tuple(dict.fromkeys(products)) for key, products in seen.items()}
