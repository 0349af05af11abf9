"""What binds a trajectory: each constraint has a key and a French sentence, and can be left out to see what it costs.

A constraint is a list of rows ``expression ≤ limit``: the solver takes them as they are, the search for a conflict
takes them with a way out of each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from archipel.scenarios.trajectory.rules.model import Need, Term, Trajectory, scaled
from archipel.scenarios.trajectory.values import Application, Common, Establishment, Force, Function
from archipel.scenarios.trajectory.values.problem import NOTHING

Row = tuple[Term, float]
"""An expression, and the most that it may be."""


@dataclass(frozen=True, slots=True)
class Bind:
    """One constraint that a person can read, relax or meet in a conflict."""

    key: str
    sentence: str
    rows: Callable[[], Iterator[Row]]


def binds(model: Trajectory) -> Iterator[Bind]:
    """Every constraint of the problem, in a stable order."""
    yield Bind("precedence", "Chaque fonction bascule au plus tôt avec celles dont elle dépend", lambda: _order(model))
    if model.problem.rules.keep:
        yield Bind("garder", "Ce qui marche et reste maintenu ne change pas", lambda: _keep(model))
    yield from _calendar(model)
    yield from _by_establishment(model)
    yield from _by_year(model)
    for rank, wanted in enumerate(model.problem.rules.common):
        if any(_concerned(wanted, *key) for key in model.needs):
            yield _common(model, rank, wanted)
    for rank, force in enumerate(model.problem.forces):
        yield _force(model, rank, force)


def _calendar(model: Trajectory) -> Iterator[Bind]:
    for function in model.problem.functions:
        if function.mandatory_from is not None and function.mandatory_from < model.problem.years:
            yield _obligation(model, function, function.mandatory_from)
    for product in model.problem.applications:
        if product.last is not None and product.last < model.problem.years - 1:
            yield from _support(model, product, product.last)


def _by_establishment(model: Trajectory) -> Iterator[Bind]:
    for establishment in model.problem.establishments:
        if model.problem.rules.one_large:
            yield _large(model, establishment)
        for year, most in enumerate(establishment.budget[: model.problem.years]):
            if most is not None:
                yield _budget(model, establishment, year, most)


def _by_year(model: Trajectory) -> Iterator[Bind]:
    rules, years = model.problem.rules, model.problem.years
    for year, days in enumerate(rules.capacity[:years]):
        yield _capacity(model, year, days)
    for year, share in enumerate(rules.sovereign_share[:years]):
        if share > 0:
            yield _sovereign(model, year, share)
    for year, limit in enumerate(rules.carbon[:years]):
        if limit is not None:
            yield _carbon(model, year, limit)


def named(establishment: Establishment) -> str:
    """How a sentence calls an establishment."""
    return establishment.label or establishment.id


def spaced(number: float) -> str:
    """A number as French reads it."""
    return f"{number:,.0f}".replace(",", "\u202f")


def _order(model: Trajectory) -> Iterator[Row]:
    for (place, _), need in model.needs.items():
        for before in need.function.after:
            first = model.needs.get((place, before))
            if first is None or not first.moves or not need.moves:
                continue
            for year in range(model.problem.years - 1):
                now = mathopt.fast_sum([move for _, move in need.switched_in(year)])
                yield now + first.switched_after(year), 1.0


def _obligation(model: Trajectory, function: Function, year: int) -> Bind:
    def rows() -> Iterator[Row]:
        for (_, served), need in model.needs.items():
            if served == function.id and need.before == NOTHING:
                yield need.served(NOTHING, year), 0.0

    label = function.label or function.id
    return Bind(f"obligation:{function.id}", f"{label} : obligatoire {model.problem.since(year)}", rows)


def _support(model: Trajectory, product: Application, last: int) -> Iterator[Bind]:
    using = [need for need in model.needs.values() if need.before == product.id]

    def rows() -> Iterator[Row]:
        for need in using:
            yield need.served(product.id, last + 1), 0.0

    if using:
        label = product.label or product.id
        yield Bind(f"support:{product.id}", f"{label} : plus maintenu {model.problem.when(last + 1)}", rows)


def _capacity(model: Trajectory, year: int, days: int) -> Bind:
    def rows() -> Iterator[Row]:
        effort = [
            scaled(need.function.effort, need.establishment) * move
            for need in model.needs.values()
            for _, move in need.switched_in(year)
        ]
        yield mathopt.fast_sum(effort), float(days)

    return Bind(f"equipes:{year}", f"Équipes : {spaced(days)} jours-homme au plus {model.problem.when(year)}", rows)


def _large(model: Trajectory, establishment: Establishment) -> Bind:
    def rows() -> Iterator[Row]:
        for year in range(model.problem.years):
            yield from _one_large(model, establishment.id, year)

    return Bind(f"grande:{establishment.id}", f"{named(establishment)} : une grande bascule au plus par an", rows)


def _one_large(model: Trajectory, place: str, year: int) -> Iterator[Row]:
    towards: dict[str, list[Term]] = {}
    for (where, _), need in model.needs.items():
        if where == place:
            for product, move in need.switched_in(year):
                if model.products[product].large:
                    towards.setdefault(product, []).append(move)
    if len(towards) < 2:
        return
    switches = []
    for moves in towards.values():
        begun = model.model.add_variable(lb=0.0, ub=1.0)
        for move in moves:
            model.model.add_linear_constraint(move <= begun)
        switches.append(begun)
    yield mathopt.fast_sum(switches), 1.0


def _budget(model: Trajectory, establishment: Establishment, year: int, most: int) -> Bind:
    def rows() -> Iterator[Row]:
        yield mathopt.fast_sum(model.costs[establishment.id, year]), float(most)

    sentence = f"{named(establishment)} : {spaced(most)} € au plus {model.problem.when(year)}"
    return Bind(f"budget:{establishment.id}:{year}", sentence, rows)


def _sovereign(model: Trajectory, year: int, share: float) -> Bind:
    def rows() -> Iterator[Row]:
        weight = sum(need.establishment.users for need in model.needs.values())
        elsewhere = [
            need.establishment.users * need.served(product, year)
            for need in model.needs.values()
            for product in need.products
            if product != NOTHING and not model.products[product].sovereign
        ]
        yield mathopt.fast_sum(elsewhere), (1.0 - share) * weight

    return Bind(
        f"souverainete:{year}",
        f"Hébergement souverain : {share:.0%} des besoins au moins {model.problem.when(year)}",
        rows,
    )


def _carbon(model: Trajectory, year: int, most: int) -> Bind:
    def rows() -> Iterator[Row]:
        emitted = [model.products[p].carbon * use for (_, p, when), use in model.used.items() if when == year]
        yield mathopt.fast_sum(emitted), float(most)

    return Bind(f"carbone:{year}", f"Carbone : {spaced(most)} kg au plus {model.problem.when(year)}", rows)


def _concerned(wanted: Common, place: str, function: str) -> bool:
    return function == wanted.function and (not wanted.members or place in wanted.members)


def _common(model: Trajectory, rank: int, wanted: Common) -> Bind:
    def rows() -> Iterator[Row]:
        needs = [need for key, need in model.needs.items() if _concerned(wanted, *key)]
        last, least = model.problem.years - 1, math.ceil(wanted.share * len(needs) - 1e-9)
        able = sorted({p for need in needs for p in need.products} - {NOTHING})
        chosen = []
        for product in [wanted.product] if wanted.product else able:
            on_it = mathopt.fast_sum([need.served(product, last) for need in needs])
            if wanted.product:
                yield float(least) - on_it, 0.0
                return
            picked = model.model.add_binary_variable()
            model.model.add_linear_constraint(least * picked - on_it <= 0.0)
            chosen.append(picked)
        yield 1.0 - mathopt.fast_sum(chosen), 0.0

    name = next((f.label for f in model.problem.functions if f.id == wanted.function), "") or wanted.function
    product = model.products[wanted.product].label or wanted.product if wanted.product in model.products else ""
    on = product or wanted.product or "un même produit"
    sentence = f"{name} : {100 * wanted.share:.0f}\u202f% {wanted.label or 'des membres'} au moins sur {on}"
    return Bind(f"cible:{rank}:{wanted.function}", sentence, rows)


def _keep(model: Trajectory) -> Iterator[Row]:
    for need in model.needs.values():
        if need.before != NOTHING and model.problem.supported(need.before):
            yield 1.0 - need.stay, 0.0


def _force(model: Trajectory, rank: int, force: Force) -> Bind:
    place = next((named(e) for e in model.problem.establishments if e.id == force.establishment), force.establishment)
    verb = "imposé" if force.allowed else "interdit"
    when = "" if force.year is None or not force.allowed else f" {model.problem.since(force.year)}"
    known, names = model.products.get(force.application), {f.id: f.label for f in model.problem.functions}
    product = (known.label if known else "") or force.application or "rien"
    sentence = f"{place}, {names.get(force.function) or force.function} : {product} {verb}{when}"
    return Bind(f"choix:{rank}", sentence, lambda: _force_rows(model, force))


def _force_rows(model: Trajectory, force: Force) -> Iterator[Row]:
    need: Need | None = model.needs.get((force.establishment, force.function))
    if need is None:
        return
    last = model.problem.years - 1
    if not force.allowed:
        for year in range(model.problem.years):
            yield need.served(force.application, year), 0.0
        return
    for year in range(last if force.year is None else force.year, model.problem.years):
        yield 1.0 - need.served(force.application, year), 0.0
