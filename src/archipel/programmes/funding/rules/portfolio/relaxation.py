"""The linear relaxation (GLOP) and its prices, with every perimeter priced: what bounds any plan from above."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from ortools.linear_solver import pywraplp

from archipel.programmes.funding.rules.portfolio.board import Board, Column
from archipel.programmes.funding.rules.portfolio.features import Feature, Nature

_BIG = 1e6
"""What breaking a branch costs, in thousands of euros: far more than any plan."""
_EXCESS = 0.01
"""Euros by which a perimeter may exceed its price before it is added."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A half of the question: at most ``k`` of a feature, or at least."""

    feature: Feature
    k: int
    most: bool


@dataclass(frozen=True, slots=True)
class Prices:
    """The dual prices, in euros: of slots (``u``), places on groups (``w``), projects (``p``), branches, roundings."""

    value: float
    u: list[float]
    w: list[list[float]]
    p: float
    branches: list[float]
    roundings: dict[Feature, float]
    solution: dict[Column, float]


class Relaxation:
    """One linear programme, kept from node to node: rows of branches are opened and closed, columns only added."""

    def __init__(self, board: Board, columns: Iterable[Column]) -> None:
        self.board = board
        self.lp: Any = pywraplp.Solver.CreateSolver("GLOP")
        self.objective = self.lp.Objective()
        self.objective.SetMaximization()
        self.infinity = self.lp.infinity()
        self.slots = [self.lp.Constraint(-self.infinity, left) for left in board.capacity]
        self.places = [
            [self.lp.Constraint(-self.infinity, board.places(g)) for _ in board.codes] for g in range(len(board.groups))
        ]
        most = board.instance.rules.at_most
        self.limited = most is not None
        self.whole = self.lp.Constraint(-self.infinity, self.infinity if most is None else most - len(board.used))
        self.rows: dict[tuple[Feature, bool], Any] = {}
        self.roundings: dict[Feature, Any] = {}
        self.variables: dict[Column, Any] = {}
        self.seen: set[tuple[int, int]] = set()
        for column in columns:
            self.add(column)

    def add(self, column: Column) -> None:
        """A column more."""
        self.seen.add((column.mask, column.group))
        x = self.lp.NumVar(0, self.infinity, "")
        self.variables[column] = x
        self.objective.SetCoefficient(x, column.value / 1000)
        for rank in range(len(self.board.codes)):
            if column.mask >> rank & 1:
                self.slots[rank].SetCoefficient(x, 1)
                self.places[column.group][rank].SetCoefficient(x, 1)
        self.whole.SetCoefficient(x, 1)
        for (feature, _), row in self.rows.items():
            row.SetCoefficient(x, feature.of(self.board, column))
        for feature, row in self.roundings.items():
            row.SetCoefficient(x, feature.of(self.board, column))

    def _row(self, branch: Branch) -> Any:
        key = (branch.feature, branch.most)
        if key not in self.rows:
            row = self.lp.Constraint(-self.infinity, self.infinity)
            slack = self.lp.NumVar(0, self.infinity, "")  # a branch that nothing can satisfy still has prices
            self.objective.SetCoefficient(slack, -_BIG)
            row.SetCoefficient(slack, -1 if branch.most else 1)
            for column, x in self.variables.items():
                row.SetCoefficient(x, branch.feature.of(self.board, column))
            self.rows[key] = row
        return self.rows[key]

    def solve(self, branches: tuple[Branch, ...]) -> Prices | None:
        """The prices under some branches (of two on one feature the later holds); None when GLOP gives up.

        Perimeters that are worth more than their price are added until none is, where every perimeter can be looked at.
        """
        for row in self.rows.values():
            row.SetBounds(-self.infinity, self.infinity)
        last = {(branch.feature, branch.most): branch for branch in branches}
        for branch in last.values():
            self._row(branch).SetBounds(*((-self.infinity, branch.k) if branch.most else (branch.k, self.infinity)))
        for _ in range(200):
            if self.lp.Solve() != pywraplp.Solver.OPTIMAL:
                return None
            prices = self._prices(branches, last)
            if not (self.board.enumerated and self._price(prices, branches)) and not self._round(prices):
                return prices
        return None

    def _prices(self, branches: tuple[Branch, ...], last: dict[tuple[Feature, bool], Branch]) -> Prices:
        active = [last[branch.feature, branch.most] is branch for branch in branches]
        return Prices(
            value=self.objective.Value() * 1000,
            u=[row.dual_value() * 1000 for row in self.slots],
            w=[[row.dual_value() * 1000 for row in rows] for rows in self.places],
            p=self.whole.dual_value() * 1000 if self.limited else 0.0,
            branches=[
                self._row(branch).dual_value() * 1000 if on else 0.0
                for branch, on in zip(branches, active, strict=True)
            ],
            roundings={f: row.dual_value() * 1000 for f, row in self.roundings.items() if row.dual_value() > 1e-9},
            solution={c: x.solution_value() for c, x in self.variables.items() if x.solution_value() > 1e-7},
        )

    def cost(self, prices: Prices, branches: tuple[Branch, ...], group: int) -> npt.NDArray[np.float64]:
        """The price of every perimeter on a group of themes, in euros."""
        board = self.board
        apiece = [u + w for u, w in zip(prices.u, prices.w[group], strict=True)]
        total = board.summed_floats(apiece) + prices.p
        for branch, price in zip(branches, prices.branches, strict=True):
            if price:
                total = total + price * branch.feature.everywhere(board, group)
        for feature, price in prices.roundings.items():
            total = total + price * feature.everywhere(board, group)
        return total

    def _price(self, prices: Prices, branches: tuple[Branch, ...]) -> bool:
        found = False
        for group in range(len(self.board.groups)):
            values = self.board.values(group)
            excess = np.where(values > 0, values - self.cost(prices, branches, group), -1.0)
            wrong = np.flatnonzero(excess > _EXCESS)
            for mask in wrong[np.argsort(-excess[wrong])][:100]:
                if (int(mask), group) not in self.seen:
                    self.add(Column(int(mask), group, int(values[mask])))
                    found = True
        return found

    def _round(self, prices: Prices) -> bool:
        """Add the roundings that the solution breaks; whether there were any."""
        found = False
        for feature in self._candidates(prices):
            if feature in self.roundings:
                continue
            used = sum(feature.of(self.board, column) * x for column, x in prices.solution.items())
            if used > feature.rounded(self.board) + 1e-4:
                row = self.lp.Constraint(-self.infinity, feature.rounded(self.board))
                for column, x in self.variables.items():
                    row.SetCoefficient(x, feature.of(self.board, column))
                self.roundings[feature] = row
                found = True
        return found

    def _candidates(self, prices: Prices) -> Iterable[Feature]:
        """Roundings worth trying: everybody by two to five; threes by two, where shared perimeters are undecided."""
        everyone = (1 << len(self.board.codes)) - 1
        groups = [None, *range(len(self.board.groups))] if len(self.board.groups) > 1 else [None]
        undecided = 0
        for column, amount in prices.solution.items():
            if abs(amount - round(amount)) > 1e-5 and column.size > 1:
                undecided |= column.mask
        bits = [1 << rank for rank in range(len(self.board.codes)) if undecided >> rank & 1]
        for group in groups:
            for q in (2, 3, 4, 5):
                yield Feature(Nature.ARRONDI, everyone, q=q, group=group)
            for trio in combinations(bits, 3):
                yield Feature(Nature.ARRONDI, sum(trio), q=2, group=group)
