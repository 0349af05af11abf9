"""What binds a trajectory: each constraint has a name, a French sentence, and can be left out to see what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from archipel.scenarios.trajectory.model import Need, Term, Trajectory, scaled
from archipel.scenarios.trajectory.values import Force
from archipel.scenarios.trajectory.values.problem import NOTHING


@dataclass(frozen=True, slots=True)
class Bind:
    """One constraint that a person can read, relax or meet in a conflict."""

    key: str
    sentence: str
    apply: Callable[[], None]


def binds(model: Trajectory) -> Iterator[Bind]:
    """Every constraint of the problem, in a stable order."""
    yield Bind("precedence", "Chaque fonction ne bascule qu'après celles dont elle dépend", lambda: _precedence(model))
    yield from _deadlines(model)
    yield from _support(model)
    yield from _capacity(model)
    yield from _large(model)
    yield from _budgets(model)
    yield from _sovereignty(model)
    yield from _carbon(model)
    yield from _common(model)
    for rank, force in enumerate(model.problem.forces):
        yield _force(model, rank, force)


def _precedence(model: Trajectory) -> None:
    for (place, _), need in model.needs.items():
        for before in need.function.after:
            first = model.needs.get((place, before))
            if first is None or not first.moves or not need.moves:
                continue
            for year in range(model.problem.years - 1):
                now = mathopt.fast_sum([move for _, move in need.switched_in(year)])
                model.model.add_linear_constraint(now + first.switched_after(year) <= 1.0)


def _deadlines(model: Trajectory) -> Iterator[Bind]:
    for function in model.problem.functions:
        if function.mandatory_from is not None and function.mandatory_from < model.problem.years:
            year = function.mandatory_from

            def apply(name: str = function.id, year: int = year) -> None:
                for (_, served), need in model.needs.items():
                    if served == name and need.before == NOTHING:
                        model.model.add_linear_constraint(need.served(NOTHING, year) <= 0.0)

            label = function.label or function.id
            yield Bind(f"obligation:{function.id}", f"{label} obligatoire à partir de l'année {year + 1}", apply)


def _support(model: Trajectory) -> Iterator[Bind]:
    for product in model.problem.applications:
        if product.last is None or product.last >= model.problem.years - 1:
            continue
        using = [need for need in model.needs.values() if need.before == product.id]
        if using:

            def apply(using: list[Need] = using, name: str = product.id, last: int = product.last) -> None:
                for need in using:
                    model.model.add_linear_constraint(need.served(name, last + 1) <= 0.0)

            yield Bind(
                f"support:{product.id}",
                f"{product.label or product.id} n'est plus maintenu après l'année {product.last + 1}",
                apply,
            )


def _capacity(model: Trajectory) -> Iterator[Bind]:
    for year, days in enumerate(model.problem.rules.capacity[: model.problem.years]):

        def apply(year: int = year, days: int = days) -> None:
            effort = [
                scaled(need.function.effort, need.establishment) * move
                for need in model.needs.values()
                for _, move in need.switched_in(year)
            ]
            model.model.add_linear_constraint(mathopt.fast_sum(effort) <= days)

        yield Bind(f"equipes:{year}", f"Équipes : {days} jours-homme au plus l'année {year + 1}", apply)


def _large(model: Trajectory) -> Iterator[Bind]:
    if not model.problem.rules.one_large:
        return
    for establishment in model.problem.establishments:

        def apply(place: str = establishment.id) -> None:
            for year in range(model.problem.years):
                _one_large(model, place, year)

        name = establishment.label or establishment.id
        yield Bind(f"grande:{establishment.id}", f"{name} : une grande bascule au plus par an", apply)


def _one_large(model: Trajectory, place: str, year: int) -> None:
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
    model.model.add_linear_constraint(mathopt.fast_sum(switches) <= 1.0)


def _budgets(model: Trajectory) -> Iterator[Bind]:
    for establishment in model.problem.establishments:
        for year, most in enumerate(establishment.budget[: model.problem.years]):
            if most is None:
                continue

            def apply(place: str = establishment.id, year: int = year, most: int = most) -> None:
                model.model.add_linear_constraint(mathopt.fast_sum(model.costs[place, year]) <= most)

            name = establishment.label or establishment.id
            yield Bind(f"budget:{establishment.id}:{year}", f"{name} : {most} € au plus l'année {year + 1}", apply)


def _sovereignty(model: Trajectory) -> Iterator[Bind]:
    weight = sum(need.establishment.users for need in model.needs.values())
    for year, share in enumerate(model.problem.rules.sovereign_share[: model.problem.years]):
        if share <= 0:
            continue

        def apply(year: int = year, share: float = share) -> None:
            hosted = [
                need.establishment.users * need.served(product, year)
                for need in model.needs.values()
                for product in need.products
                if product == NOTHING or model.products[product].sovereign
            ]
            model.model.add_linear_constraint(mathopt.fast_sum(hosted) >= share * weight)

        yield Bind(f"souverainete:{year}", f"Hébergement souverain : {share:.0%} au moins l'année {year + 1}", apply)


def _carbon(model: Trajectory) -> Iterator[Bind]:
    for year, most in enumerate(model.problem.rules.carbon[: model.problem.years]):
        if most is None:
            continue

        def apply(year: int = year, most: int = most) -> None:
            emitted = [model.products[p].carbon * use for (_, p, when), use in model.used.items() if when == year]
            model.model.add_linear_constraint(mathopt.fast_sum(emitted) <= most)

        yield Bind(f"carbone:{year}", f"Carbone : {most} kg au plus l'année {year + 1}", apply)


def _common(model: Trajectory) -> Iterator[Bind]:
    for function, share in model.problem.rules.common:

        def apply(function: str = function, share: float = share) -> None:
            needs = [need for (_, served), need in model.needs.items() if served == function]
            last = model.problem.years - 1
            chosen = []
            for product in sorted({p for need in needs for p in need.products} - {NOTHING}):
                picked = model.model.add_binary_variable()
                on_it = mathopt.fast_sum([need.served(product, last) for need in needs])
                model.model.add_linear_constraint(on_it >= share * len(needs) * picked)
                chosen.append(picked)
            model.model.add_linear_constraint(mathopt.fast_sum(chosen) >= 1.0)

        yield Bind(f"cible:{function}", f"{function} : {share:.0%} des membres au moins sur un même produit", apply)


def _force(model: Trajectory, rank: int, force: Force) -> Bind:
    what = force.application or "rien"
    place = next((e.label for e in model.problem.establishments if e.id == force.establishment), force.establishment)
    verb = "imposé" if force.allowed else "interdit"
    when = "" if force.year is None or not force.allowed else f" à partir de l'année {force.year + 1}"
    return Bind(f"choix:{rank}", f"{place}, {force.function} : {what} {verb}{when}", lambda: _apply_force(model, force))


def _apply_force(model: Trajectory, force: Force) -> None:
    need = model.needs.get((force.establishment, force.function))
    if need is None:
        return
    last = model.problem.years - 1
    if not force.allowed:
        for year in range(model.problem.years):
            model.model.add_linear_constraint(need.served(force.application, year) <= 0.0)
        return
    begin = last if force.year is None else force.year
    for year in range(begin, model.problem.years):
        model.model.add_linear_constraint(need.served(force.application, year) >= 1.0)
