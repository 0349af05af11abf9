"""Solving a trajectory: the cheapest plan, or how far from it the best one found may be."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta

from ortools.math_opt.python import mathopt

from archipel.scenarios.trajectory.checker import cost_of
from archipel.scenarios.trajectory.constraints import binds
from archipel.scenarios.trajectory.model import Trajectory
from archipel.scenarios.trajectory.values import Plan, Problem, Status

_STATUS = {
    mathopt.TerminationReason.OPTIMAL: Status.OPTIMAL,
    mathopt.TerminationReason.FEASIBLE: Status.FEASIBLE,
    mathopt.TerminationReason.INFEASIBLE: Status.INFEASIBLE,
}
_THOUSANDS = 1000.0
"""The solver counts in thousands of euros: its tolerances are made for numbers of that size."""


def solve(
    problem: Problem,
    *,
    seconds: float = 120.0,
    gap: float = 0.01,
    without: Collection[str] = frozenset(),
    formulation: type[Trajectory] = Trajectory,
) -> Plan:
    """The cheapest trajectory.

    Args:
        problem: frozen inputs.
        seconds: when to stop.
        gap: share of the cost within which the search may stop.
        without: keys of constraints to leave out (see :mod:`constraints`).
        formulation: how it is written for the solver; another one is for benches.

    Returns:
        The plan, its cost as the checker recomputes it, the proven bound and the status.
    """
    began = time.monotonic()
    trajectory = formulation(problem)
    for bind in binds(trajectory):
        if bind.key not in without:
            for expression, limit in bind.rows():
                trajectory.model.add_linear_constraint(expression <= limit)
    trajectory.model.minimize(trajectory.total() * (1 / _THOUSANDS))
    left = max(1.0, seconds - (time.monotonic() - began))
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=left), relative_gap_tolerance=gap)
    result = mathopt.solve(trajectory.model, mathopt.SolverType.HIGHS, params=limits)
    spent = time.monotonic() - began
    status = _STATUS.get(result.termination.reason, Status.UNKNOWN)
    if not result.has_primal_feasible_solution():
        return Plan(Status.INFEASIBLE if status is Status.INFEASIBLE else Status.UNKNOWN, seconds=spent)
    choices = tuple(trajectory.choices(result.variable_values()))
    cost = cost_of(problem, choices)
    bound = min(result.termination.objective_bounds.dual_bound * _THOUSANDS, cost)
    return Plan(status, choices, cost, bound, spent)
