"""The trajectory of a group: cost, proven gap and time; beside a plan by hand and the formulation that comes first.

12 establishments, 40 functions, 6 years, 300 applications unless told; made up from a seed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator

from ortools.math_opt.python import mathopt

from archipel.scenarios.trajectory.rules import greedy
from archipel.scenarios.trajectory.rules.checker import check
from archipel.scenarios.trajectory.rules.model import Need, Term, Trajectory
from archipel.scenarios.trajectory.rules.solve import solve
from archipel.scenarios.trajectory.values import Application, Status
from archipel.scenarios.trajectory.values.problem import NOTHING
from bench.trajectory_instance import instance


class Naive(Trajectory):
    """What one writes first: one link for all the functions of a product, an interface when two products differ."""

    def _use_here(self, needs: list[Need], product: Application) -> None:
        establishment = needs[0].establishment
        paid_until = max((n.paid_until for n in needs if n.before == product.id), default=0)
        licence, run = self._here(establishment, product)
        for year in self.years:
            use = self.model.add_binary_variable()
            self.used[establishment.id, product.id, year] = use
            served = mathopt.fast_sum([need.served(product.id, year) for need in needs])
            self.model.add_linear_constraint(served <= float(len(needs)) * use)
            paid = 1.0 if year < paid_until else use
            self._pay(establishment.id, year, "licences", licence * paid)
            self._pay(establishment.id, year, "run", run * use)

    def _apart(self, a: Need, b: Need, year: int) -> Term:
        apart = self.model.add_variable(lb=0.0, ub=1.0)
        for row in self._differences(a, b, year):
            self.model.add_linear_constraint(apart >= row)
        return apart

    def _differences(self, a: Need, b: Need, year: int) -> Iterator[Term]:
        for product in a.products - {NOTHING}:
            yield a.served(product, year) - b.served(product, year) - b.served(NOTHING, year)


def say(figure: str, value: float, unit: str, peer: float | str | None = None) -> None:
    """One line of the report."""
    ratio = round(value / peer, 4) if isinstance(peer, int | float) and peer else None
    line = {"bench": "trajectory", "figure": figure, "value": value, "unit": unit, "peer": peer, "ratio": ratio}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def main() -> None:
    """Solve, check, compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=12)
    parser.add_argument("--functions", type=int, default=40)
    parser.add_argument("--years", type=int, default=6)
    parser.add_argument("--applications", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120.0)
    asked = parser.parse_args()
    for seed in range(1, asked.seeds + 1):
        problem = instance(asked.members, asked.functions, asked.years, asked.applications, seed)
        found = solve(problem, seconds=asked.seconds)
        began = time.monotonic()
        broken = check(problem, found.choices)
        checked = time.monotonic() - began
        by_hand = greedy.plan(problem)
        naive = solve(problem, seconds=asked.seconds, formulation=Naive)
        honest = by_hand.cost if by_hand.status is Status.FEASIBLE else None
        name = f"seed {seed}"
        say(f"{name} cost", found.cost, "EUR", naive.cost or "no plan")
        say(f"{name} cost, by hand ({'sound' if honest else 'breaks constraints'})", found.cost, "EUR", by_hand.cost)
        say(f"{name} gap", round(100 * found.gap, 4), "%", round(100 * naive.gap, 4) if naive.cost else "no plan")
        say(f"{name} time", round(found.seconds, 1), "s", round(naive.seconds, 1))
        say(f"{name} constraints broken, by the checker", len(broken), "constraints")
        say(f"{name} time of the check", round(checked, 2), "s")


if __name__ == "__main__":
    main()
