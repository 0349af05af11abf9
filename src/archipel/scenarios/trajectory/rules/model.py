"""The trajectory as a mixed-integer programme.

Each need of an establishment switches at most once in the horizon, to a product and in a year; everything else follows
from those binary choices. Two things keep the bound close to the best cost: a product is "in use" as soon as one of its
functions is served by it (one link for each function, never a sum), and two functions exchange nothing only if one and
the same product serves both (one variable for each product that could).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ortools.math_opt.python import mathopt

from archipel.scenarios.trajectory.values import Application, Choice, Establishment, Function, Problem
from archipel.scenarios.trajectory.values.problem import NOTHING

Term = Any
"""An expression of the solver: a variable, a sum, or a number."""


@dataclass
class Need:
    """One function that one establishment needs: what serves it now, and the switches that are possible."""

    establishment: Establishment
    function: Function
    before: str
    paid_until: int
    stay: Term
    moves: dict[tuple[str, int], Term] = field(default_factory=dict)

    @cached_property
    def products(self) -> frozenset[str]:
        """Everything that may serve it in some year."""
        return frozenset({self.before, *(product for product, _ in self.moves)})

    def served(self, product: str, year: int) -> Term:
        """1 when the product serves it in that year."""
        terms = [move for (to, when), move in self.moves.items() if to == product and when <= year]
        if product == self.before:
            terms += [self.stay, *(move for (_, when), move in self.moves.items() if when > year)]
        return mathopt.fast_sum(terms)

    def switched_after(self, year: int) -> Term:
        """1 when it switches later than that year."""
        return mathopt.fast_sum([move for (_, when), move in self.moves.items() if when > year])

    def switched_in(self, year: int) -> list[tuple[str, Term]]:
        """The switches of that year."""
        return [(to, move) for (to, when), move in self.moves.items() if when == year]


def scaled(per_thousand: int, establishment: Establishment) -> int:
    """An amount given for 1,000 users, for this establishment (rounded, at least 1 when not null)."""
    return max(1, round(per_thousand * establishment.users / 1000)) if per_thousand else 0


class Trajectory:
    """The model of one problem, its costs by establishment and year, and the reading of its answer."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model = mathopt.Model(name="trajectory")
        self.products = {a.id: a for a in problem.applications}
        self.by_function: dict[str, list[Application]] = defaultdict(list)
        for application in problem.applications:
            for function in application.covers:
                self.by_function[function].append(application)
        self.years = range(problem.years)
        self.needs = self._needs()
        self.used: dict[tuple[str, str, int], Term] = {}
        self.costs: dict[tuple[str, int], list[Term]] = {
            (e.id, t): [] for e in problem.establishments for t in self.years
        }
        self.parts: dict[str, list[Term]] = defaultdict(list)
        self.prices = {(p.establishment, p.application): p for p in problem.prices}
        self.group: dict[tuple[str, int], Term] = {}
        self._use()
        self._exchange()
        self._migrate()

    # --- choices

    def _needs(self) -> dict[tuple[str, str], Need]:
        now = {(c.establishment, c.function): c for c in self.problem.current}
        made = {}
        for establishment in self.problem.establishments:
            for function in self.problem.functions:
                if function.id in establishment.needs:
                    today = now.get((establishment.id, function.id))
                    need = Need(
                        establishment,
                        function,
                        today.application if today else NOTHING,
                        today.paid_until if today else 0,
                        self.model.add_binary_variable(),
                    )
                    self._moves(need)
                    made[establishment.id, function.id] = need
        return made

    def _moves(self, need: Need) -> None:
        for product in self.by_function[need.function.id]:
            last = self.problem.years - 1 if product.last is None else product.last
            if product.target and product.id != need.before and last >= self.problem.years - 1:
                for year in range(max(0, product.first), self.problem.years):
                    need.moves[product.id, year] = self.model.add_binary_variable()
        self.model.add_linear_constraint(mathopt.fast_sum([need.stay, *need.moves.values()]) == 1.0)

    # --- what follows

    def _pay(self, place: str, year: int, part: str, euros: Term) -> None:
        """Count an amount in the cost of an establishment, and in its part of the cost (see :class:`Weights`)."""
        self.costs[place, year].append(euros)
        self.parts[part].append(euros)

    def _here(self, establishment: Establishment, product: Application) -> tuple[int, int]:
        """Licence and running cost of a product in an establishment, euros a year."""
        today = self.prices.get((establishment.id, product.id))
        if today is not None:
            return today.licence, today.run
        return product.licence * establishment.users, product.run + product.run_user * establishment.users

    def _use(self) -> None:
        """A product in use in an establishment, and in the group; licences, running costs, fees."""
        serving: dict[tuple[str, str], list[Need]] = defaultdict(list)
        for need in self.needs.values():
            for product in need.products - {NOTHING}:
                serving[need.establishment.id, product].append(need)
        places: dict[str, list[str]] = defaultdict(list)
        for (place, product), needs in serving.items():
            places[product].append(place)
            self._use_here(needs, self.products[product])
        everyone = sum(e.users for e in self.problem.establishments)
        for product, where in places.items():
            fee = self.products[product].group_fee
            for year in self.years if fee else ():
                active = self.model.add_variable(lb=0.0, ub=1.0)
                self.group[product, year] = active
                for place in where:
                    self.model.add_linear_constraint(self.used[place, product, year] <= active)
                for establishment in self.problem.establishments:
                    self._pay(establishment.id, year, "fees", fee * establishment.users / everyone * active)

    def _use_here(self, needs: list[Need], product: Application) -> None:
        establishment = needs[0].establishment
        paid_until = max((n.paid_until for n in needs if n.before == product.id), default=0)
        licence, run = self._here(establishment, product)
        for year in self.years:
            use = self.model.add_variable(lb=0.0, ub=1.0)
            self.used[establishment.id, product.id, year] = use
            for need in needs:
                self.model.add_linear_constraint(need.served(product.id, year) <= use)
            paid = 1.0 if year < paid_until else use
            self._pay(establishment.id, year, "licences", licence * paid)
            self._pay(establishment.id, year, "run", run * use)

    def _exchange(self) -> None:
        """Interfaces between functions that two products serve."""
        for link in self.problem.links:
            for establishment in self.problem.establishments:
                a, b = self.needs.get((establishment.id, link.a)), self.needs.get((establishment.id, link.b))
                if a is None or b is None:
                    continue
                for year in self.years:
                    self._pay(establishment.id, year, "interfaces", link.cost * self._apart(a, b, year))

    def _apart(self, a: Need, b: Need, year: int) -> Term:
        together = []
        for product in a.products & b.products - {NOTHING}:
            both = self.model.add_variable(lb=0.0, ub=1.0)
            self.model.add_linear_constraint(both <= a.served(product, year))
            self.model.add_linear_constraint(both <= b.served(product, year))
            together.append(both)
        empty = [need.served(NOTHING, year) for need in (a, b) if need.before == NOTHING]
        if not empty:
            return 1.0 - mathopt.fast_sum(together)
        apart = self.model.add_variable(lb=0.0, ub=1.0)
        self.model.add_linear_constraint(apart >= 1.0 - mathopt.fast_sum(together) - mathopt.fast_sum(empty))
        return apart

    def _migrate(self) -> None:
        for (place, _), need in self.needs.items():
            price = scaled(need.function.migration, need.establishment)
            for (_, year), move in need.moves.items():
                self._pay(place, year, "migration", price * move)

    # --- the answer

    def total(self) -> Term:
        """What is minimised: euros over the horizon, each part by its weight, and carbon at its price."""
        weights = self.problem.weights
        counted = [getattr(weights, part) * term for part, terms in self.parts.items() for term in terms]
        if weights.carbon:
            counted += [weights.carbon * self.products[name].carbon * use for (_, name, _), use in self.used.items()]
        return mathopt.fast_sum(counted)

    def values_of(self, choices: Iterable[Choice]) -> dict[Any, float]:
        """The binary choices that a plan makes, to start a search from it; what the model does not know is left out."""
        values: dict[Any, float] = {}
        for choice in choices:
            need = self.needs.get((choice.establishment, choice.function))
            if need is not None:
                year = choice.switch_year
                picked = need.stay if year is None else need.moves.get((choice.by_year[year], year))
                if picked is not None:
                    values |= {one: float(one is picked) for one in (need.stay, *need.moves.values())}
        return values

    def choices(self, values: dict[Any, float]) -> Iterable[Choice]:
        """What a solution says."""
        for (place, function), need in self.needs.items():
            moved = next(((to, when) for (to, when), move in need.moves.items() if values[move] > 0.5), None)
            to, when = moved or (need.before, self.problem.years)
            by_year = tuple(to if year >= when else need.before for year in self.years)
            yield Choice(place, function, need.before, by_year)
