"""Conditions made ready to run: each knows how to answer for an entity, and answers with its explanation.

Inside, the three values are True, False and None (unknown): Kleene's strong logic. Every answer stands whatever the
facts still unknown turn out to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from archipel.programmes.packs.rules.comparisons import (
    DateBounds,
    Predicate,
    accepts,
    bounds,
    date_bounds,
    typed,
    within,
)
from archipel.programmes.packs.rules.network import BELOW, Entity
from archipel.programmes.packs.values.base import MAILLE_LABELS, Maille, Number, Source, Value
from archipel.programmes.packs.values.expressions import Expression, Fait, Sur, Test, TypeFait
from archipel.programmes.packs.values.outcomes import Donnee, Expr, Parce

if TYPE_CHECKING:
    from archipel.programmes.packs.rules.engine import Run


class Condition(Expr):
    """A condition of a rule."""

    __slots__ = ()

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """The answer for the entity, and why."""
        raise NotImplementedError


class AllOf(Condition):
    """Yes when all are, no when one is not."""

    __slots__ = ("items",)

    def __init__(self, line: Expression, items: Sequence[Condition]) -> None:
        super().__init__(line)
        self.items = tuple(items)

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """Kleene's conjunction."""
        children = tuple([item.evaluate(run, entity) for item in self.items])
        return Parce(self, entity, conjunction(children), children)


class AnyOf(Condition):
    """Yes when one is, no when none is."""

    __slots__ = ("items",)

    def __init__(self, line: Expression, items: Sequence[Condition]) -> None:
        super().__init__(line)
        self.items = tuple(items)

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """Kleene's disjunction."""
        children = tuple([item.evaluate(run, entity) for item in self.items])
        return Parce(self, entity, disjunction(children), children)


class Not(Condition):
    """The contrary."""

    __slots__ = ("item",)

    def __init__(self, line: Expression, item: Condition) -> None:
        super().__init__(line)
        self.item = item

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """Kleene's negation."""
        child = self.item.evaluate(run, entity)
        return Parce(self, entity, None if child.value is None else not child.value, (child,))


class Constant(Condition):
    """The same answer, always."""

    __slots__ = ("value",)

    def __init__(self, line: Expression, value: bool) -> None:
        super().__init__(line)
        self.value = value

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """That answer."""
        return Parce(self, entity, self.value)


class Today(Condition):
    """A comparison of the day of the evaluation."""

    __slots__ = ("test",)

    def __init__(self, line: Expression, test: Test) -> None:
        super().__init__(line)
        self.test = test

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """Always known, but for a milestone whose day no source gives."""
        found = date_bounds(self.test, run.at, run.milestones)
        holds = within(run.at.toordinal(), found.bounds)
        value = None if holds and found.unknown else holds
        return Parce(self, entity, value, note=UNDATED if value is None else "")


UNDATED = "la source ne donne pas le jour de ce jalon"


class Named(Condition):
    """A rule of the pack: its answer for an entity is worked out once in a run."""

    __slots__ = ("item",)

    def __init__(self, line: object, rule: str, source: Source) -> None:
        super().__init__(line, rule, source)
        self.item: Condition = self

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """The answer of its condition, under its name and source."""
        key = (self.rule, entity)
        known = run.named.get(key)
        if known is None:
            child = self.item.evaluate(run, entity)
            known = run.named[key] = Parce(self, entity, child.value, (child,), note=child.note)
        return known


class At(Condition):
    """A condition read at the containing entity, or at the bearer of the project; worked out once for each there."""

    __slots__ = ("absent", "item", "level")

    def __init__(self, line: Expression, level: str, item: Condition, absent: bool | None) -> None:
        super().__init__(line)
        self.level, self.item, self.absent = level, item, absent

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """The answer there; ``absent`` where there is nothing of that level."""
        there = run.network.containing(entity, self.level)
        if there is None:
            label = "porteur" if self.level == "porteur" else MAILLE_LABELS[Maille(self.level)]
            return Parce(self, entity, self.absent, note=f"aucun rattachement connu de ce niveau ({label})")
        key = (id(self), there)
        known = run.remote.get(key)
        if known is None:
            child = self.item.evaluate(run, there)
            known = run.remote[key] = Parce(self, there, child.value, (child,))
        return known


class Exists(Condition):
    """Whether there is a containing entity of that level."""

    __slots__ = ("level",)

    def __init__(self, line: Expression, level: str) -> None:
        super().__init__(line)
        self.level = level

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """Always known: the graph tells."""
        return Parce(self, entity, run.network.containing(entity, self.level) is not None)


class FactIs(Condition):
    """A fact of the entity, compared."""

    __slots__ = ("_fixed", "_predicate", "fact", "test")

    def __init__(self, line: Expression, fact: Fait, test: Test) -> None:
        super().__init__(line)
        self.fact, self.test = fact, test
        self._predicate = None if fact.type is TypeFait.DATE else predicate(fact, test)
        self._fixed = bounds(test)

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """Unknown when the fact is missing, or when its values disagree on the answer, bounds taken into account."""
        cell = (self.fact.id, entity)
        data = run.facts.get(cell, ())
        holds, undated = (self._predicate, False) if self._predicate else self.dated(run)
        if len(data) == 1 and accepts(self.fact, data[0].valeur):
            answer: bool | None = holds(data[0].valeur)
        elif data:
            answer = same([holds(value) for value in run.possible(self.fact, data)])
        else:
            if self not in run.untold:
                run.untold[self] = same([holds(value) for value in run.possible(self.fact, data)])
            answer = run.untold[self]
        if undated and answer:
            return Parce(self, entity, None, (), cell, data, UNDATED)
        return Parce(self, entity, answer, (), cell, data)

    def dated(self, run: Run) -> tuple[Predicate, bool]:
        """What a date is held to on the day of the run, and whether a milestone without a day is left aside."""
        found = run.dated.get(id(self))
        if found is None:
            held = date_bounds(self.test, run.at, run.milestones)
            found = run.dated[id(self)] = (self._date_predicate(held), held.unknown)
        return found

    def _date_predicate(self, held: DateBounds) -> Predicate:
        wanted, refused = typed(self.fact, self.test.vaut), typed(self.fact, self.test.differe)

        def holds(value: Value) -> bool:
            if not isinstance(value, date) or not within(value.toordinal(), held.bounds):
                return False
            return wanted in (None, value) and value != refused

        return holds

    def masks(self, run: Run, data: tuple[Donnee, ...]) -> tuple[int, int]:
        """Among the values that the fact may have, those that make the test hold, and those that make it fail."""
        holds, undated = (self._predicate, False) if self._predicate else self.dated(run)
        values = run.possible(self.fact, data)
        met = sum(1 << rank for rank, value in enumerate(values) if holds(value))
        unmet = (1 << len(values)) - 1 - met
        return (0 if undated else met), unmet

    def limits(self, run: Run) -> list[Number]:
        """The numbers that its domain must be cut at."""
        if self.fact.type is TypeFait.DATE:
            days: list[Number] = [one.limit for one in date_bounds(self.test, run.at, run.milestones).bounds]
            named = [typed(self.fact, one) for one in (self.test.vaut, self.test.differe) if one is not None]
            return days + [one.toordinal() for one in named if isinstance(one, date)]
        extra = self.test.differe
        numeric = [] if extra is None or isinstance(extra, bool | str | date) else [extra]
        return [one.limit for one in self._fixed] + numeric


def same(answers: Sequence[bool]) -> bool | None:
    """The answer that all give; None when they differ."""
    return answers[0] if answers and answers.count(answers[0]) == len(answers) else None


def predicate(fact: Fait, test: Test) -> Predicate:
    """What a value of the fact is held to; for booleans, numbers and choices."""
    if fact.type is TypeFait.NOMBRE:
        limits = bounds(test)
        refused = test.differe
        return lambda value: within(value, limits) and value != refused  # type: ignore[arg-type]
    wanted = test.vaut
    among = frozenset(test.parmi)
    refused = test.differe
    return lambda value: (
        (wanted is None or value == wanted) and (refused is None or value != refused) and (not among or value in among)
    )


class Walk(Condition):
    """What aggregates share: the members walked, and the condition read at each."""

    __slots__ = ("item", "level", "over")

    def __init__(self, line: Expression, over: Sur, level: Maille | None, item: Condition | None) -> None:
        super().__init__(line)
        self.over, self.level, self.item = over, level, item

    def members(self, run: Run, entity: Entity) -> tuple[Entity, ...]:
        """The entities walked."""
        if self.over is Sur.PERIMETRE:
            return run.network.perimeter(entity)
        return run.network.members(entity, self.level or BELOW.get(entity[0], Maille.EG))


class Each(Walk):
    """All members (``every``), or at least one, meet the condition; with no member at all, unknown."""

    __slots__ = ("every",)

    def __init__(self, line: Expression, over: Sur, level: Maille | None, item: Condition, every: bool) -> None:
        super().__init__(line, over, level, item)
        self.every = every

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """Kleene's conjunction or disjunction over the members."""
        assert self.item is not None
        children = tuple([self.item.evaluate(run, one) for one in self.members(run, entity)])
        if not children:
            return Parce(self, entity, None, note=NOBODY)
        value = conjunction(children) if self.every else disjunction(children)
        return Parce(self, entity, value, children)


NOBODY = "aucun membre connu"


def conjunction(children: Sequence[Parce]) -> bool | None:
    """False if one is, else None if one is, else True."""
    value: bool | None = True
    for child in children:
        if child.value is False:
            return False
        if child.value is None:
            value = None
    return value


def disjunction(children: Sequence[Parce]) -> bool | None:
    """True if one is, else None if one is, else False."""
    value: bool | None = False
    for child in children:
        if child.value is True:
            return True
        if child.value is None:
            value = None
    return value
