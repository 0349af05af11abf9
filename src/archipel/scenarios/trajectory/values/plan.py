"""The answer: which product for which function, where, in which year; its cost and how good it is known to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How the search ended."""

    OPTIMAL = "optimale"
    FEASIBLE = "realisable"
    INFEASIBLE = "impossible"
    UNKNOWN = "inconnue"


@dataclass(frozen=True, slots=True)
class Choice:
    """One establishment, one function: the product before the horizon and in each year (``""``: nothing)."""

    establishment: str
    function: str
    before: str
    by_year: tuple[str, ...]

    @property
    def switch_year(self) -> int | None:
        """The first year in which the product is another one than the year before; None: it never changes."""
        known = (self.before, *self.by_year)
        return next((year for year in range(len(self.by_year)) if known[year + 1] != known[year]), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """A trajectory.

    Attributes:
        status: how the search ended.
        choices: one for each need of each establishment.
        cost: euros over the horizon; 0 when there is no plan.
        bound: no plan has a lower value (proven).
        seconds: time spent.
        value: what is minimised, the cost as the weights count it; None: it is the cost itself.
    """

    status: Status
    choices: tuple[Choice, ...] = ()
    cost: int = 0
    bound: float = 0.0
    seconds: float = 0.0
    value: float | None = None

    @property
    def worth(self) -> float:
        """What is minimised."""
        return self.cost if self.value is None else self.value

    @property
    def gap(self) -> float:
        """Share of what is minimised that a better plan could save at most."""
        return max(0.0, (self.worth - self.bound) / self.worth) if self.worth else 0.0
