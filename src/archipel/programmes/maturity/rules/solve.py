"""The least-effort plan, exactly: the question is cut into classes of options, and :mod:`cover` chooses.

- Each entity must reach the level, or some of them: the cheapest way for each entity, then (for a share of the AC) the
  cheapest set of entities.
- The mean of the group: one class per indicator when all is means, per rubric when a rubric is worth its least
  indicator, per entity when an entity is worth its least rubric; gains are weighted by the AC.

Everything is an integer before it is compared: efforts, AC and weights are put over common denominators.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate
from math import ceil, lcm
from typing import NamedTuple

from archipel.programmes.maturity.rules.cover import Choix, Faire, Option, cover, frontier
from archipel.programmes.maturity.rules.effort import (
    IMPOSSIBLE,
    But,
    Entite,
    Lot,
    Pas,
    Plan,
    Point,
    Probleme,
)
from archipel.programmes.maturity.values import Agregation

Ways = list[tuple[Fraction, Option]]
"""(level reached, what it takes): one line of a frontier; gains are not yet integers."""


def least_effort(problem: Probleme) -> Plan:
    """The plan of least effort, or :data:`IMPOSSIBLE` when even every step would not do.

    The AC of every entity is known and positive: an entity whose AC is unknown is left out by the caller, who says so.
    """
    efforts = (e for entity in problem.entites for lot in entity.lots for p in lot.points for e in p.efforts)
    unit = lcm(1, *{effort.denominator for effort in efforts})
    found = _mean(problem, unit) if problem.but is But.MOYENNE else _each(problem, unit)
    if found is None:
        return IMPOSSIBLE
    chosen, relaxed = found
    steps = tuple(step for entity, levels in _gathered(chosen) for step in _steps(entity, levels))
    return Plan(steps, sum((step.effort for step in steps), Fraction(0)), Fraction(relaxed, unit))


Chosen = list[tuple[Entite, Faire]]


def _gathered(chosen: Chosen) -> Iterator[tuple[Entite, dict[str, int]]]:
    """What is done, entity by entity."""
    levels: dict[str, dict[str, int]] = {}
    for entity, done in chosen:
        levels.setdefault(entity.id, {}).update(done)
    entities = {entity.id: entity for entity, _ in chosen}
    return ((entities[id], found) for id, found in levels.items())


def _each(problem: Probleme, unit: int) -> tuple[Chosen, int] | None:
    """Every entity reaches the level; or the cheapest set of entities that carries the share of the AC."""
    ways = [(entity, _cheapest(problem, entity, unit)) for entity in problem.entites if _lots(entity)]
    if problem.but is But.CHACUN:
        done = [(entity, way) for entity, way in ways if way is not None]
        if len(done) < len(ways):
            return None
        return [(entity, way.faire) for entity, way in done], sum(way.relachee for _, way in done)
    scale = lcm(1, *{entity.ac.denominator for entity in problem.entites})
    need = ceil(problem.part * sum(int(entity.ac * scale) for entity in problem.entites))
    classes = [
        [Option(0, 0)] + ([] if way is None else [Option(int(entity.ac * scale), way.cout, way.faire)])
        for entity, way in ways
    ]
    found = cover(classes, need)
    if found is None:
        return None
    return [(entity, o.faire) for (entity, _), o in zip(ways, found.options, strict=True)], found.relachee


class _Way(NamedTuple):
    """How an entity reaches the level: the effort, what is done, and the relaxation's bound."""

    cout: int
    faire: Faire
    relachee: int


def _cheapest(problem: Probleme, entity: Entite, unit: int) -> _Way | None:
    """The cheapest way for one entity to reach the level; None when it cannot."""
    if problem.global_ is Agregation.MINIMUM:
        parts = [_first(_rubric(problem, lot, unit), problem.niveau) for lot in _lots(entity)]
        options = [part for part in parts if part is not None]
        cost = sum(option.cout for option in options)
        return _Way(cost, _joined(options), cost) if len(options) == len(parts) else None
    found = _covered(_classes(problem, entity, unit), problem.niveau)
    return None if found is None else _Way(found.cout, _joined(found.options), found.relachee)


def _joined(options: Iterable[Option]) -> Faire:
    return tuple(pair for option in options for pair in option.faire)


def _mean(problem: Probleme, unit: int) -> tuple[Chosen, int] | None:
    """The AC-weighted mean of the entities reaches the level."""
    held = [entity for entity in problem.entites if _lots(entity)]
    total = sum((entity.ac for entity in held), Fraction(0))
    if not total:
        return None
    classes: list[Ways] = []
    owners: list[Entite] = []
    for entity in held:
        weight = entity.ac / total
        for ways in _classes(problem, entity, unit):
            classes.append([(value * weight, option) for value, option in ways])
            owners.append(entity)
    found = _covered(classes, problem.niveau)
    if found is None:
        return None
    return [(owner, option.faire) for owner, option in zip(owners, found.options, strict=True)], found.relachee


def _covered(classes: Sequence[Ways], need: Fraction) -> Choix | None:
    """:func:`cover`, once gains are integers."""
    scale = lcm(1, *{value.denominator for ways in classes for value, _ in ways})
    made = [
        [Option(value.numerator * (scale // value.denominator), o.cout, o.faire) for value, o in ways]
        for ways in classes
    ]
    return cover(made, ceil(need * scale))


def _classes(problem: Probleme, entity: Entite, unit: int) -> list[Ways]:
    """The independent choices of an entity, whose values add up to its level."""
    lots = _lots(entity)
    if problem.global_ is Agregation.MINIMUM:
        return [_least_rubric(problem, lots, unit)]
    total = sum(lot.poids for lot in lots)
    if problem.par_rubrique is Agregation.MINIMUM:
        return [
            [(value * Fraction(lot.poids, total), option) for value, option in _rubric(problem, lot, unit)]
            for lot in lots
        ]
    return [
        [(value * Fraction(lot.poids * point.poids, total * _weight(lot)), option) for value, option in ways]
        for lot in lots
        for point, ways in ((point, _point(point, unit)) for point in lot.points)
    ]


def _least_rubric(problem: Probleme, lots: Sequence[Lot], unit: int) -> Ways:
    """The levels that the least rubric may reach, each at the sum of what each rubric takes."""
    return _least([_rubric(problem, lot, unit) for lot in lots])


def _least(fronts: Sequence[Ways]) -> Ways:
    """The frontier of a minimum: all of them reach the level."""
    top = min(front[-1][0] for front in fronts)
    found: Ways = []
    for level in sorted({value for front in fronts for value, _ in front if value <= top}):
        options = [option for option in (_first(front, level) for front in fronts) if option is not None]
        found.append((level, Option(0, sum(option.cout for option in options), _joined(options))))
    return found


def _rubric(problem: Probleme, lot: Lot, unit: int) -> Ways:
    """The levels that a rubric may reach, each at its least effort, cheapest first."""
    fronts = [_point(point, unit) for point in lot.points]
    if problem.par_rubrique is Agregation.MINIMUM:
        return _least(fronts)
    best = [Option(0, 0)]
    for point, front in zip(lot.points, fronts, strict=True):
        best = frontier(
            [
                Option(one.gain + int(value) * point.poids, one.cout + more.cout, one.faire + more.faire)
                for one in best
                for value, more in front
            ]
        )
    return [(Fraction(option.gain, _weight(lot)), option) for option in best]


def _point(point: Point, unit: int) -> Ways:
    """The levels of an indicator from the present one up; only what is done above it is told."""
    costs = accumulate((int(effort * unit) for effort in point.efforts), initial=0)
    return [
        (Fraction(point.niveau + rank), Option(0, cost, ((point.indicateur, point.niveau + rank),) if rank else ()))
        for rank, cost in enumerate(costs)
    ]


def _first(front: Ways, level: Fraction) -> Option | None:
    """The cheapest option that reaches the level."""
    reaching = [option for value, option in front if value >= level]
    return min(reaching, key=lambda option: option.cout) if reaching else None


def _lots(entity: Entite) -> list[Lot]:
    return [lot for lot in entity.lots if lot.points]


def _weight(lot: Lot) -> int:
    return sum(point.poids for point in lot.points)


def _steps(entity: Entite, levels: dict[str, int]) -> list[Pas]:
    return [
        Pas(entity.id, lot.rubrique, point.indicateur, point.niveau, levels[point.indicateur],
            point.cout(levels[point.indicateur]))
        for lot in entity.lots
        for point in lot.points
        if levels.get(point.indicateur, point.niveau) > point.niveau
    ]  # fmt: skip
