"""What the bound left open of a p-median, settled by a mixed-integer solver.

Prices that nearly meet the best known cost rule out almost every (client, site) pair; the pairs left make a small
model. Its answer is a better plan, or the proof that there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt.python import mathopt

from archipel.scenarios.location.values import Costs, Indices


@dataclass(frozen=True, slots=True)
class Residual:
    """What the solver said: sites of a better plan (None: none found), and a proven bound on what was left."""

    sites: Indices | None
    bound: float


def settle(costs: Costs, p: int, columns: Indices, pairs: NDArray[np.bool_], cutoff: float, seconds: float) -> Residual:
    """Look for a plan cheaper than ``cutoff`` that uses only the pairs given.

    Args:
        costs: clients × sites.
        p: sites to open.
        columns: the sites that may open.
        pairs: clients × ``columns``: whether the client may be served there.
        cutoff: plans that cost this or more are of no use.
        seconds: when to give up; the bound then is what was proven until there.
    """
    model = mathopt.Model(name="p-median")
    opens = [model.add_binary_variable(name=f"y{j}") for j in columns]
    model.add_linear_constraint(mathopt.fast_sum(opens) == p)
    objective = []
    for client in range(len(costs)):
        served = []
        for place in np.flatnonzero(pairs[client]):
            goes = model.add_variable(lb=0.0, ub=1.0)
            model.add_linear_constraint(goes <= opens[place])
            objective.append(float(costs[client, columns[place]]) * goes)
            served.append(goes)
        model.add_linear_constraint(mathopt.fast_sum(served) == 1.0)
    model.minimize(mathopt.fast_sum(objective))
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=max(seconds, 0.1)))
    result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=limits)
    if result.termination.reason is mathopt.TerminationReason.INFEASIBLE:
        return Residual(None, cutoff)
    bound = min(result.termination.objective_bounds.dual_bound, cutoff)
    if not result.has_primal_feasible_solution():
        return Residual(None, bound)
    values = result.variable_values()
    return Residual(columns[np.array([values[one] > 0.5 for one in opens])], bound)
