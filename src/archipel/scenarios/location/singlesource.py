"""Opening sites of limited capacity, each client served by one of them (single-source capacitated location).

The formulation ties every client to the opening of its site as well as every site to its capacity: the bound is much
closer than with capacities alone (Holmberg, Rönnqvist and Yuan 1999 use the same links).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt.python import mathopt

from archipel.kernel.errors import Invalid
from archipel.scenarios.location.values import Costs, LocationPlan


@dataclass(frozen=True, slots=True)
class Capacitated:
    """A problem: what each site holds and costs, what each client needs, and what serving costs.

    Attributes:
        capacity: by site, in units of demand.
        opening: by site, cost of being open.
        demand: by client.
        serving: clients × sites, cost of serving the whole client from the site.
    """

    capacity: NDArray[np.float64]
    opening: NDArray[np.float64]
    demand: NDArray[np.float64]
    serving: Costs

    def check(self) -> None:
        """Raise Invalid when shapes disagree or a number is negative or infinite."""
        clients, sites = self.serving.shape
        if self.capacity.shape != (sites,) or self.opening.shape != (sites,) or self.demand.shape != (clients,):
            raise Invalid("Capacités, coûts d'ouverture et besoins n'ont pas les tailles des coûts.", code="tailles")
        for numbers in (self.capacity, self.opening, self.demand, self.serving):
            if not np.isfinite(numbers).all() or (numbers < 0).any():
                raise Invalid("Des nombres finis et positifs sont attendus.", code="couts")


def solve(problem: Capacitated, *, seconds: float = 60.0, gap: float = 0.0) -> LocationPlan:
    """Open sites and serve every client from one of them, at least total cost.

    Args:
        problem: what is to be decided.
        seconds: when to stop; the plan then says its gap.
        gap: share of the cost under which the search may stop early.

    Raises:
        Invalid: a malformed problem, or one that has no plan (the message says which).
    """
    problem.check()
    began = time.monotonic()
    clients, sites = problem.serving.shape
    model = mathopt.Model(name="single-source")
    opens = [model.add_binary_variable() for _ in range(sites)]
    goes = [[model.add_binary_variable() for _ in range(sites)] for _ in range(clients)]
    for row in goes:
        model.add_linear_constraint(mathopt.fast_sum(row) == 1.0)
        for place, one in enumerate(row):
            model.add_linear_constraint(one <= opens[place])
    for place in range(sites):
        load = mathopt.fast_sum(float(problem.demand[c]) * goes[c][place] for c in range(clients))
        model.add_linear_constraint(load <= float(problem.capacity[place]) * opens[place])
    cost = mathopt.fast_sum(float(problem.opening[j]) * opens[j] for j in range(sites)) + mathopt.fast_sum(
        float(problem.serving[c, j]) * goes[c][j] for c in range(clients) for j in range(sites)
    )
    model.minimize(cost)
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds), relative_gap_tolerance=gap)
    result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=limits)
    if result.termination.reason is mathopt.TerminationReason.INFEASIBLE:
        raise Invalid("Aucun plan ne sert tous les clients avec ces capacités.", code="infaisable")
    if not result.has_primal_feasible_solution():
        raise Invalid("Aucun plan trouvé dans le temps donné.", code="temps")
    values = result.variable_values()
    served = tuple(int(np.argmax([values[one] for one in row])) for row in goes)
    used = tuple(sorted(set(served)))
    found = float(problem.opening[list(used)].sum() + problem.serving[np.arange(clients), list(served)].sum())
    bound = min(result.termination.objective_bounds.dual_bound, found)
    return LocationPlan(used, served, found, bound, 0, time.monotonic() - began)
