"""Checking a trajectory without trusting whoever made it: every constraint, every cost, from the choices alone.

Nothing here is shared with the model: the same problem is read again and counted another way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from archipel.scenarios.trajectory.values import Application, Choice, Establishment, Problem

Served = Mapping[tuple[str, str], Sequence[str]]
"""(establishment, function) → the product of each year."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A constraint that a plan does not keep: its key, and what was found against what was expected."""

    key: str
    sentence: str


class Part(StrEnum):
    """What a cost is made of."""

    LICENCES = "licences"
    RUN = "exploitation"
    FEES = "contrats"
    INTERFACES = "interfaces"
    MIGRATION = "bascules"


Costs = dict[tuple[str, int, Part], float]
"""(establishment, year, part) → euros."""


def cost_of(problem: Problem, choices: Iterable[Choice]) -> int:
    """Euros over the horizon, rounded to the euro."""
    return round(sum(costs_by_part(problem, choices).values()))


def value_of(problem: Problem, choices: Iterable[Choice]) -> float:
    """What was to be minimised: each part of the cost by its weight, and carbon at its price."""
    plan, wanted = tuple(choices), problem.weights
    weights = {Part.LICENCES: wanted.licences, Part.RUN: wanted.run, Part.FEES: wanted.fees,
               Part.INTERFACES: wanted.interfaces, Part.MIGRATION: wanted.migration}  # fmt: skip
    value = sum(weights[part] * euros for (_, _, part), euros in costs_by_part(problem, plan).items())
    return value + wanted.carbon * sum(carbon_by_year(problem, plan))


def carbon_by_year(problem: Problem, choices: Iterable[Choice]) -> list[int]:
    """kg CO2e of the group in each year."""
    found, emitted = [0] * problem.years, {a.id: a.carbon for a in problem.applications}
    for (_, year), names in _present({(c.establishment, c.function): c.by_year for c in choices}).items():
        found[year] += sum(emitted[name] for name in names)
    return found


def costs_by_year(problem: Problem, choices: Iterable[Choice]) -> dict[tuple[str, int], float]:
    """(establishment, year) → euros."""
    costs: dict[tuple[str, int], float] = defaultdict(float)
    for (place, year, _), euros in costs_by_part(problem, choices).items():
        costs[place, year] += euros
    return dict(costs)


def costs_by_part(problem: Problem, choices: Iterable[Choice]) -> Costs:
    """Licences, running, share of the group's fees, interfaces, switches, by establishment and year."""
    plan = tuple(choices)
    served = {(c.establishment, c.function): c.by_year for c in plan}
    costs: Costs = defaultdict(float)
    products = {a.id: a for a in problem.applications}
    own = {(p.establishment, p.application): p for p in problem.prices}
    users = {e.id: e.users for e in problem.establishments}
    for (place, year), names in _present(served).items():
        for name in names:
            product, paid = products[name], own.get((place, name))
            costs[place, year, Part.LICENCES] += paid.licence if paid else product.licence * users[place]
            costs[place, year, Part.RUN] += paid.run if paid else product.run + product.run_user * users[place]
    _contracts(problem, served, costs)
    _fees(problem, served, costs)
    for link in problem.links:
        for establishment in problem.establishments:
            one, two = served.get((establishment.id, link.a)), served.get((establishment.id, link.b))
            for year, (a, b) in enumerate(zip(one or (), two or (), strict=False)):
                if a and b and a != b:
                    costs[establishment.id, year, Part.INTERFACES] += link.cost
    prices = {f.id: f.migration for f in problem.functions}
    for choice in plan:
        for year in _switches(choice):
            moved = sized(prices[choice.function], _member(problem, choice.establishment))
            costs[choice.establishment, year, Part.MIGRATION] += moved
    return dict(costs)


def check(problem: Problem, choices: Iterable[Choice]) -> list[Broken]:
    """Everything that the plan does not keep; empty: it is sound."""
    plan = tuple(choices)
    missing = list(_complete(problem, plan))
    if missing:
        return missing
    served = {(c.establishment, c.function): c.by_year for c in plan}
    return [
        *_possible(problem, plan),
        *_ordered(problem, plan),
        *_obligations(problem, served),
        *_efforts(problem, plan),
        *_large(problem, plan),
        *_budgets(problem, plan),
        *_hosting(problem, served),
        *_emissions(problem, plan),
        *_shared(problem, served),
        *_kept(problem, plan),
        *_forced(problem, served),
    ]


def check_nothing(problem: Problem, choices: Iterable[Choice]) -> list[Broken]:
    """What is not kept when nobody changes anything: why doing nothing, cheaper as it may be, is not a plan."""
    return check(problem, [replace(one, by_year=(one.before,) * len(one.by_year)) for one in choices])


# --- costs


def sized(per_thousand: int, establishment: Establishment) -> int:
    """An amount given for 1,000 users, at the size of this establishment: to the nearest unit, never below one."""
    if not per_thousand:
        return 0
    return max(1, round(per_thousand * establishment.users / 1000))


def _member(problem: Problem, place: str) -> Establishment:
    return next(e for e in problem.establishments if e.id == place)


def _product(problem: Problem, name: str) -> Application:
    return next(a for a in problem.applications if a.id == name)


def _present(served: Served) -> dict[tuple[str, int], set[str]]:
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for (place, _), by_year in served.items():
        for year, product in enumerate(by_year):
            if product:
                found[place, year].add(product)
    return found


def _contracts(problem: Problem, served: Served, costs: Costs) -> None:
    """Licences that a contract makes due though nothing uses them any more."""
    present = _present(served)
    until: dict[tuple[str, str], int] = defaultdict(int)
    for current in problem.current:
        if current.application and (current.establishment, current.function) in served:
            key = current.establishment, current.application
            until[key] = max(until[key], current.paid_until)
    own = {(p.establishment, p.application): p.licence for p in problem.prices}
    for (place, name), end in until.items():
        due = own.get((place, name), _product(problem, name).licence * _member(problem, place).users)
        for year in range(min(end, problem.years)):
            if name not in present.get((place, year), ()):
                costs[place, year, Part.LICENCES] += due


def _fees(problem: Problem, served: Served, costs: Costs) -> None:
    everyone = sum(e.users for e in problem.establishments)
    by_year: dict[int, set[str]] = defaultdict(set)
    for (_, year), products in _present(served).items():
        by_year[year] |= products
    for year, products in by_year.items():
        fees = sum(_product(problem, name).group_fee for name in products)
        for establishment in problem.establishments:
            costs[establishment.id, year, Part.FEES] += fees * establishment.users / everyone


def _switches(choice: Choice) -> list[int]:
    known = (choice.before, *choice.by_year)
    return [year for year in range(len(choice.by_year)) if known[year] != known[year + 1]]


# --- constraints


def _complete(problem: Problem, plan: Sequence[Choice]) -> Iterator[Broken]:
    wanted = {(e.id, f) for e in problem.establishments for f in e.needs} & {
        (e.id, f.id) for e in problem.establishments for f in problem.functions
    }
    counted = Counter((c.establishment, c.function) for c in plan)
    for key in sorted(wanted ^ set(counted)):
        yield Broken("complet", f"{key[0]}, {key[1]} : absent du plan, ou en trop.")
    for key, times in counted.items():
        if times > 1:
            yield Broken("complet", f"{key[0]}, {key[1]} : {times} choix pour un besoin.")
    for choice in plan:
        if len(choice.by_year) != problem.years:
            yield Broken("complet", f"{choice.establishment}, {choice.function} : {len(choice.by_year)} années.")


def _possible(problem: Problem, plan: Sequence[Choice]) -> Iterator[Broken]:
    today = {(c.establishment, c.function): c.application for c in problem.current}
    products = {a.id: a for a in problem.applications}
    for choice in plan:
        where = f"{choice.establishment}, {choice.function}"
        if choice.before != today.get((choice.establishment, choice.function), ""):
            yield Broken("existant", f"{where} : l'existant n'est pas {choice.before or 'rien'}.")
        moves = _switches(choice)
        if len(moves) > 1:
            yield Broken("bascules", f"{where} : {len(moves)} bascules, une au plus attendue.")
        for year, name in enumerate(choice.by_year):
            if name and name != choice.before:
                product = products[name]
                if choice.function not in product.covers or not product.target or year < product.first:
                    yield Broken("produit", f"{where} : {name} n'y est pas possible l'année {year + 1}.")
            if not name and choice.before:
                yield Broken("produit", f"{where} : {choice.before} est retiré sans remplaçant l'année {year + 1}.")
            last = products[name].last if name else None
            if last is not None and year > last:
                yield Broken(f"support:{name}", f"{where} : {name} n'est plus maintenu l'année {year + 1}.")


def _ordered(problem: Problem, plan: Sequence[Choice]) -> Iterator[Broken]:
    moved = {(c.establishment, c.function): c.switch_year for c in plan}
    after = {f.id: f.after for f in problem.functions}
    for (place, function), year in moved.items():
        for first in after[function]:
            earlier = moved.get((place, first))
            if year is not None and earlier is not None and earlier > year:
                yield Broken(
                    "precedence", f"{place} : {function} bascule l'année {year + 1}, {first} l'année {earlier + 1}."
                )


def _obligations(problem: Problem, served: Served) -> Iterator[Broken]:
    for function in problem.functions:
        begin = function.mandatory_from
        for (place, name), by_year in served.items():
            if name == function.id and begin is not None and "" in by_year[begin:]:
                yield Broken(f"obligation:{name}", f"{place} : {name} manque après l'année {begin + 1}.")


def _efforts(problem: Problem, plan: Sequence[Choice]) -> Iterator[Broken]:
    days = {f.id: f.effort for f in problem.functions}
    spent = [0] * problem.years
    for choice in plan:
        for year in _switches(choice):
            spent[year] += sized(days[choice.function], _member(problem, choice.establishment))
    for year, most in enumerate(problem.rules.capacity[: problem.years]):
        if spent[year] > most:
            yield Broken(f"equipes:{year}", f"Année {year + 1} : {spent[year]} jours-homme, {most} au plus.")


def _large(problem: Problem, plan: Sequence[Choice]) -> Iterator[Broken]:
    large = {a.id for a in problem.applications if a.large}
    towards: dict[tuple[str, int], set[str]] = defaultdict(set)
    for choice in plan:
        for year in _switches(choice):
            if choice.by_year[year] in large:
                towards[choice.establishment, year].add(choice.by_year[year])
    for (place, year), products in towards.items():
        if problem.rules.one_large and len(products) > 1:
            yield Broken(f"grande:{place}", f"{place}, année {year + 1} : {len(products)} grandes bascules.")


def _budgets(problem: Problem, plan: Sequence[Choice]) -> Iterator[Broken]:
    costs = costs_by_year(problem, plan)
    for establishment in problem.establishments:
        for year, most in enumerate(establishment.budget[: problem.years]):
            spent = costs.get((establishment.id, year), 0.0)
            if most is not None and spent > most + 1.0:
                yield Broken(f"budget:{establishment.id}:{year}", f"{spent:.0f} € dépensés, {most} au plus.")


def _hosting(problem: Problem, served: Served) -> Iterator[Broken]:
    users = {e.id: e.users for e in problem.establishments}
    weight = sum(users[place] for place, _ in served)
    sovereign = {a.id for a in problem.applications if a.sovereign} | {""}
    for year, share in enumerate(problem.rules.sovereign_share[: problem.years]):
        held = sum(users[place] for (place, _), by_year in served.items() if by_year[year] in sovereign)
        if held < share * weight - 1e-6:
            yield Broken(
                f"souverainete:{year}", f"Année {year + 1} : {held / weight:.1%} souverain, {share:.0%} attendu."
            )


def _emissions(problem: Problem, plan: Sequence[Choice]) -> Iterator[Broken]:
    totals = carbon_by_year(problem, plan)
    for year, most in enumerate(problem.rules.carbon[: problem.years]):
        if most is not None and totals[year] > most:
            yield Broken(f"carbone:{year}", f"Année {year + 1} : {totals[year]} kg, {most} au plus.")


def _shared(problem: Problem, served: Served) -> Iterator[Broken]:
    for rank, wanted in enumerate(problem.rules.common):
        last = [
            by_year[-1]
            for (place, name), by_year in served.items()
            if name == wanted.function and (place in wanted.members or not wanted.members)
        ]
        counts = Counter(product for product in last if product)
        most = counts[wanted.product] if wanted.product else max(counts.values(), default=0)
        if last and most < wanted.share * len(last) - 1e-9:
            yield Broken(
                f"cible:{rank}:{wanted.function}",
                f"{wanted.function} : {most} membres sur {len(last)} sur {wanted.product or 'un même produit'}, "
                f"{wanted.share:.0%} attendus.",
            )


def _kept(problem: Problem, plan: Sequence[Choice]) -> Iterator[Broken]:
    over = {a.id for a in problem.applications if a.last is not None and a.last < problem.years - 1}
    for choice in plan if problem.rules.keep else ():
        if choice.before and choice.before not in over and _switches(choice):
            yield Broken("garder", f"{choice.establishment}, {choice.function} : {choice.before} devait rester.")


def _forced(problem: Problem, served: Served) -> Iterator[Broken]:
    for rank, force in enumerate(problem.forces):
        by_year = served.get((force.establishment, force.function))
        if by_year is None:
            continue
        begin = len(by_year) - 1 if force.year is None else force.year
        kept = all(p == force.application for p in by_year[begin:])
        if kept != force.allowed if force.allowed else force.application in by_year:
            yield Broken(f"choix:{rank}", f"{force.establishment}, {force.function} : le choix imposé n'est pas tenu.")
