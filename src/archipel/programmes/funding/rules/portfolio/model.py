"""The exact choice by CP-SAT: first the highest total, then the fewest projects and participations.

The linear relaxation goes first: its value bounds every total, and a perimeter whose price exceeds its worth by more
than what separates the bound from a plan in hand is in no better plan. CP-SAT chooses among the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from archipel.programmes.funding.rules.portfolio.board import Board, Column
from archipel.programmes.funding.rules.portfolio.relaxation import Prices, Relaxation

Progress = Callable[[str, int | None, int | None], None]
"""(phase, best total so far, upper bound), in euros."""
Picked = dict[Column, int]
"""Column → how many projects of it."""
_FIRST = 500
"""Perimeters of the first try: the cheapest above their worth."""
_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice; ``value`` and ``bound`` are in euros, without the locked projects."""

    picked: Picked
    value: int
    bound: int

    @property
    def optimal(self) -> bool:
        """Whether nothing can be better."""
        return self.value == self.bound


class _Watch(cp_model.CpSolverSolutionCallback):
    def __init__(self, unit: int, bound: int, told: Progress) -> None:
        super().__init__()
        self.unit, self.bound, self.told = unit, bound, told

    def on_solution_callback(self) -> None:
        """Tell the best total and its bound."""
        self.told("choix", round(self.objective_value) * self.unit, self.bound)


class Chooser:
    """CP-SAT over the useful columns of a board, led by its relaxation."""

    def __init__(
        self,
        board: Board,
        relaxation: Relaxation,
        *,
        seconds: float,
        workers: int,
        told: Progress,
        known: int | None = None,
    ) -> None:
        self.known = known
        self.board, self.seconds, self.workers, self.told = board, seconds, workers, told
        self.root = relaxation.solve(())
        self.excess = self._excess(relaxation, self.root) if self.root else dict.fromkeys(board.columns, 0.0)

    def _excess(self, relaxation: Relaxation, root: Prices) -> dict[Column, float]:
        """How much each column costs above its worth, in euros."""
        found: dict[Column, float] = {}
        for group in range(len(self.board.groups)):
            own = [column for column in self.board.columns if column.group == group]
            if self.board.enumerated:
                cost = relaxation.cost(root, (), group)
                found |= {column: float(cost[column.mask]) - column.value for column in own}
            else:
                apiece = [u + w for u, w in zip(root.u, root.w[group], strict=True)]
                for column in own:
                    total = sum(price for rank, price in enumerate(apiece) if column.mask >> rank & 1) + root.p
                    total += sum(price * f.of(self.board, column) for f, price in root.roundings.items())
                    found[column] = total - column.value
        return found

    @property
    def ceiling(self) -> int:
        """What no total exceeds: the relaxation rounded down to a possible total, or a bound known otherwise."""
        if self.root is None:
            own = sum(column.value for column in self.board.columns) * self.board.instance.rules.per_finess
        else:
            own = int((self.root.value + _TOLERANCE) // self.board.unit) * self.board.unit
        return own if self.known is None else min(own, self.known)

    def within(self, gap: float) -> list[Column]:
        """The columns that cost at most so much above their worth, the cheapest first."""
        kept = [column for column, excess in self.excess.items() if excess <= gap + 1]
        return sorted(kept, key=lambda c: (self.excess[c], c.size, c.mask, c.group))

    def choose(self) -> Chosen | None:
        """The best choice found, with its bound; None when no choice obeys the limits."""
        first = self._solve(self.within(float("inf"))[:_FIRST], self.seconds / 4, {})
        if first is None:
            return None
        picked, value = first
        if value < self.ceiling and self.root is not None:
            complete = self.within(self.root.value - value)
            second = self._solve(complete, self.seconds / 2, picked, proving=True)
            if second is not None:
                picked, value = second
        return Chosen(picked, value, self.proved if value < self.ceiling else value)

    proved = 0
    """The bound of the last complete search, in euros."""

    def _solve(
        self, columns: Sequence[Column], seconds: float, hint: Picked, *, proving: bool = False
    ) -> tuple[Picked, int] | None:
        unit, model = self.board.unit, cp_model.CpModel()
        variables = self._limits(model, columns)
        total = sum((column.value // unit) * x for column, x in zip(columns, variables, strict=True))
        model.add(total <= self.ceiling // unit)
        for column, x in zip(columns, variables, strict=True):
            model.add_hint(x, hint.get(column, 0))
        model.maximize(total)
        solver = self._solver(seconds)
        status = solver.solve(model, _Watch(unit, self.ceiling, self.told))
        self.proved = self.ceiling
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        if proving and columns:
            self.proved = min(self.ceiling, int(solver.best_objective_bound + 1e-6) * unit)
        picked = {column: solver.value(x) for column, x in zip(columns, variables, strict=True) if solver.value(x)}
        return picked, sum(column.value * count for column, count in picked.items())

    def fewest(self, picked: Picked, value: int) -> tuple[Picked, bool]:
        """Among the choices of that total: the fewest projects, then the fewest participations; whether it is sure."""
        columns = self.within(self.root.value - value if self.root else float("inf"))
        columns += [column for column in picked if column not in set(columns)]
        model = cp_model.CpModel()
        variables = self._limits(model, columns)
        model.add(sum(column.value * x for column, x in zip(columns, variables, strict=True)) == value)
        for column, x in zip(columns, variables, strict=True):
            model.add_hint(x, picked.get(column, 0))
        weight = 1 + sum(column.size * count for column, count in picked.items())
        parties = sum(column.size * x for column, x in zip(columns, variables, strict=True))
        model.minimize(weight * cp_model.LinearExpr.sum(variables) + parties)
        solver = self._solver(self.seconds / 8)
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return picked, False
        found = {column: solver.value(x) for column, x in zip(columns, variables, strict=True) if solver.value(x)}
        return found, status == cp_model.OPTIMAL

    def _limits(self, model: cp_model.CpModel, columns: Sequence[Column]) -> list[cp_model.IntVar]:
        board, rules = self.board, self.board.instance.rules
        variables = []
        for column in columns:
            most = min(board.capacity[rank] for rank in range(len(board.codes)) if column.mask >> rank & 1)
            variables.append(model.new_int_var(0, min(most, board.places(column.group)), ""))
        for rank in range(len(board.codes)):
            inside = [(c, x) for c, x in zip(columns, variables, strict=True) if c.mask >> rank & 1]
            model.add(sum(x for _, x in inside) <= board.capacity[rank])
            for group in range(len(board.groups)):
                if board.places(group) < board.capacity[rank]:
                    model.add(sum(x for c, x in inside if c.group == group) <= board.places(group))
        if rules.at_most is not None:
            model.add(cp_model.LinearExpr.sum(variables) <= rules.at_most - len(board.used))
        return variables

    def _solver(self, seconds: float) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = max(1.0, seconds)
        solver.parameters.num_workers = self.workers
        solver.parameters.random_seed = 1
        return solver
