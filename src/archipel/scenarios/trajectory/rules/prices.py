"""What each constraint costs: the search is made again without it. Both have a gap, so the price has bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from archipel.scenarios.trajectory.rules.constraints import binds
from archipel.scenarios.trajectory.rules.model import Trajectory
from archipel.scenarios.trajectory.rules.solve import solve
from archipel.scenarios.trajectory.values import Plan, Problem, Status

TOGETHER = {
    "equipes": "Capacité des équipes, toutes années",
    "grande": "Une grande bascule au plus par an et par établissement",
    "obligation": "Fonctions obligatoires",
    "support": "Fins de support",
    "budget": "Budgets des établissements",
    "souverainete": "Hébergement au niveau de souveraineté attendu",
    "carbone": "Limite de carbone",
}
"""Families of constraints that are left out together."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Constraints left out together: the first key names them."""

    key: str
    sentence: str
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Price:
    """What a constraint costs over the horizon, in euros (weighted as the scenario says): at least, found, at most.

    ``found`` None: no plan was found without it in the time given.
    """

    key: str
    sentence: str
    least: float
    found: float | None
    most: float | None
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """For the database."""
        return asdict(self)


def bundles(problem: Problem) -> list[Bundle]:
    """What may be left out, in the order of the constraints."""
    families: dict[str, set[str]] = {}
    found: list[Bundle] = []
    for bind in binds(Trajectory(problem)):
        family = bind.key.partition(":")[0]
        if family in TOGETHER:
            families.setdefault(family, set()).add(bind.key)
        else:
            found.append(Bundle(bind.key, bind.sentence, frozenset({bind.key})))
    return [*found, *(Bundle(name, TOGETHER[name], frozenset(keys)) for name, keys in families.items())]


def prices(
    problem: Problem, plan: Plan, *, seconds: float, gap: float, told: Callable[[str], bool] | None = None
) -> Iterator[Price]:
    """The price of each bundle, one search each.

    Args:
        problem: frozen inputs.
        plan: the best plan under every constraint, with its bound.
        seconds: time given to each search.
        gap: share of the cost within which a search may stop.
        told: called with the sentence of each; False stops there.
    """
    for one in bundles(problem):
        if told is not None and not told(one.sentence):
            return
        free = solve(problem, seconds=seconds, gap=gap, without=one.keys, begin=plan.choices)
        if free.status is Status.UNKNOWN or not free.choices:
            yield Price(one.key, one.sentence, 0.0, None, None, free.seconds)
            continue
        # The plan keeps every constraint, so it also solves the problem without one: the price is never negative.
        value = min(free.worth, plan.worth)
        least = max(0.0, plan.bound - value)
        yield Price(one.key, one.sentence, least, plan.worth - value, plan.worth - min(free.bound, value), free.seconds)
