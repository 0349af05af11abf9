"""Why there is no trajectory: the smallest set of constraints that cannot hold together.

Implicit hitting sets (Ignatiev, Previti, Liffiton and Marques-Silva 2015): whatever must be given up to have a plan
meets every conflict; the smallest set that meets everything that could be given up, and is still impossible, is a
smallest conflict.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model

from archipel.scenarios.trajectory.rules.constraints import binds
from archipel.scenarios.trajectory.rules.model import Term, Trajectory
from archipel.scenarios.trajectory.values import Problem


@dataclass(frozen=True, slots=True)
class Conflict:
    """Constraints that cannot hold together.

    Attributes:
        sentences: key → French sentence of each of them.
        smallest: whether no smaller conflict exists (False: the time was over).
    """

    sentences: dict[str, str]
    smallest: bool


class _Elastic:
    """The problem where every constraint has a way out, that can be shut."""

    def __init__(self, problem: Problem) -> None:
        self.trajectory = Trajectory(problem)
        self.sentences: dict[str, str] = {}
        self.way_out: dict[str, Term] = {}
        model = self.trajectory.model
        for bind in binds(self.trajectory):
            out = model.add_binary_variable()
            self.sentences[bind.key], self.way_out[bind.key] = bind.sentence, out
            for expression, limit in bind.rows():
                model.add_linear_constraint(expression - _excess(expression, limit) * out <= limit)
        model.minimize(mathopt.fast_sum(self.way_out.values()))

    def given_up(self, kept: Iterable[str], seconds: float) -> frozenset[str] | None:
        """The fewest constraints to give up, those ``kept`` being held; None: impossible even so."""
        held = set(kept)
        for key, out in self.way_out.items():
            out.upper_bound = 0.0 if key in held else 1.0
        limits = mathopt.SolveParameters(time_limit=timedelta(seconds=max(1.0, seconds)))
        result = mathopt.solve(self.trajectory.model, mathopt.SolverType.HIGHS, params=limits)
        if not result.has_primal_feasible_solution():
            if result.termination.reason is not mathopt.TerminationReason.INFEASIBLE:
                raise TimeoutError
            return None
        values = result.variable_values()
        return frozenset(key for key, out in self.way_out.items() if values[out] > 0.5)


def _excess(expression: Term, limit: float) -> float:
    """By how much the expression can pass its limit, at most."""
    flat = mathopt.as_flat_linear_expression(expression)
    most = float(flat.offset)
    for variable, factor in flat.terms.items():
        most += factor * (variable.upper_bound if factor > 0 else variable.lower_bound)
    return max(0.0, most - limit)


def smallest_conflict(problem: Problem, *, seconds: float = 60.0) -> Conflict | None:
    """The smallest set of constraints that conflict; None when a plan exists."""
    until = time.monotonic() + seconds
    elastic = _Elastic(problem)
    seen: list[frozenset[str]] = []
    kept: frozenset[str] = frozenset()
    try:
        if elastic.given_up(elastic.way_out, until - time.monotonic()) is not None:
            return None
        while (given := elastic.given_up(kept, until - time.monotonic())) is not None:
            seen.append(given)
            kept = smallest_hitting_set(seen)
    except TimeoutError:
        everything = frozenset().union(*seen) if seen else frozenset(elastic.sentences)
        return Conflict({key: elastic.sentences[key] for key in sorted(everything)}, smallest=False)
    return Conflict({key: elastic.sentences[key] for key in sorted(kept)}, smallest=True)


def smallest_hitting_set(sets: Sequence[frozenset[str]]) -> frozenset[str]:
    """The fewest elements that meet every set; ties go to the first in alphabetical order."""
    model = cp_model.CpModel()
    names = sorted(frozenset().union(*sets))
    taken = {name: model.new_bool_var(name) for name in names}
    for one in sets:
        model.add_bool_or([taken[name] for name in sorted(one)])
    model.minimize(sum(taken.values()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.solve(model)
    return frozenset(name for name in names if solver.boolean_value(taken[name]))
