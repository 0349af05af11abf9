"""Solving a trajectory: the cheapest plan, or how far from it the best one found may be."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import timedelta

from ortools.math_opt.python import mathopt

from archipel.scenarios.trajectory.rules.checker import cost_of, value_of
from archipel.scenarios.trajectory.rules.constraints import binds
from archipel.scenarios.trajectory.rules.model import Trajectory
from archipel.scenarios.trajectory.rules.watch import THOUSANDS, Watch
from archipel.scenarios.trajectory.values import Choice, Plan, Problem, Status

_STATUS = {
    mathopt.TerminationReason.OPTIMAL: Status.OPTIMAL,
    mathopt.TerminationReason.FEASIBLE: Status.FEASIBLE,
    mathopt.TerminationReason.INFEASIBLE: Status.INFEASIBLE,
}


def solve(
    problem: Problem,
    *,
    seconds: float = 120.0,
    gap: float = 0.01,
    without: Collection[str] = frozenset(),
    formulation: type[Trajectory] = Trajectory,
    begin: Sequence[Choice] = (),
    watch: Watch | None = None,
) -> Plan:
    """The cheapest trajectory.

    Args:
        problem: frozen inputs.
        seconds: when to stop.
        gap: share of the cost within which the search may stop.
        without: keys of constraints to leave out (see :mod:`constraints`).
        formulation: how it is written for the solver; another one is for benches.
        begin: a plan to start from; it need not keep the constraints.
        watch: told of every step, and able to say what was found so far.

    Returns:
        The plan, its cost as the checker recomputes it, the proven bound and the status.
    """
    began = time.monotonic()
    trajectory = built(problem, without, formulation)
    left = max(1.0, seconds - (time.monotonic() - began))
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=left), relative_gap_tolerance=gap)
    asked = mathopt.ModelSolveParameters()
    if begin:
        asked.solution_hints.append(mathopt.SolutionHint(variable_values=trajectory.values_of(begin)))
    if watch is not None:
        watch.follow(trajectory, limits)
    heard = None if watch is None else watch.heard
    solver = mathopt.SolverType.HIGHS
    result = mathopt.solve(trajectory.model, solver, params=limits, model_params=asked, msg_cb=heard)
    spent = time.monotonic() - began
    status = _STATUS.get(result.termination.reason, Status.UNKNOWN)
    if not result.has_primal_feasible_solution():
        return Plan(Status.INFEASIBLE if status is Status.INFEASIBLE else Status.UNKNOWN, seconds=spent)
    choices = tuple(trajectory.choices(result.variable_values()))
    bound = result.termination.objective_bounds.dual_bound * THOUSANDS
    return told(problem, choices, bound, status, spent)


def built(
    problem: Problem, without: Collection[str] = frozenset(), formulation: type[Trajectory] = Trajectory
) -> Trajectory:
    """The whole programme, ready for the solver; it counts in thousands of euros."""
    trajectory = formulation(problem)
    for bind in binds(trajectory):
        if bind.key not in without:
            for expression, limit in bind.rows():
                trajectory.model.add_linear_constraint(expression <= limit)
    trajectory.model.minimize(trajectory.total() * (1 / THOUSANDS))
    return trajectory


def told(problem: Problem, choices: tuple[Choice, ...], bound: float, status: Status, seconds: float) -> Plan:
    """A plan with its cost and its value as the checker counts them."""
    value = value_of(problem, choices)
    return Plan(status, choices, cost_of(problem, choices), min(bound, value), seconds, value)
