"""What a location problem answers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Costs = NDArray[np.float64]
"""A matrix of costs, clients in rows, sites in columns; any unit, the same throughout."""
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class LocationPlan:
    """Sites to open, who goes where, and how far from the best it can be.

    Attributes:
        sites: the columns that are open, sorted.
        assignment: for each client, the column that serves it.
        cost: total cost of the plan, in the unit of the costs.
        bound: no plan costs less than this (proven).
        nodes: subproblems that the proof looked at.
        seconds: time spent.
    """

    sites: tuple[int, ...]
    assignment: tuple[int, ...]
    cost: float
    bound: float
    nodes: int
    seconds: float

    @property
    def gap(self) -> float:
        """How much dearer than the best plan this one may be, as a share of its cost (0: proven the best)."""
        if not self.cost or math.isclose(self.cost, self.bound, rel_tol=1e-9):
            return 0.0
        return max(0.0, (self.cost - self.bound) / abs(self.cost))

    @property
    def proven(self) -> bool:
        """Whether no better plan exists."""
        return self.gap == 0.0
