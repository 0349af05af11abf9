"""Sums, counts and weighted shares, compared: each a sum of terms ``weight × (met − offset)`` held to a limit.

A sum counts every member (met is always true, offset 0) and weighs it with a fact; a count weighs 1; a share of at
least r is a sum of ``weight × (met − r)`` of at least 0. A term that is not known lies between two bounds, and so does
the sum: the answer is known as soon as the whole interval is on one side of the limit.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from archipel.programmes.packs.rules.comparisons import Bound, Interval, accepts
from archipel.programmes.packs.rules.conditions import NOBODY, Condition, Walk
from archipel.programmes.packs.rules.network import Entity
from archipel.programmes.packs.values.base import Maille, Number
from archipel.programmes.packs.values.expressions import Expression, Fait, Sur
from archipel.programmes.packs.values.outcomes import Cellule, Donnee, Expr, Parce

if TYPE_CHECKING:
    from archipel.programmes.packs.rules.engine import Run


class Edge(NamedTuple):
    """One end of an interval: a number (None: without end), reached or not."""

    value: Fraction | None
    open: bool


class Term(NamedTuple):
    """A member of a sum: its condition (None: always met), its weight cell (None: a known weight)."""

    met: Parce | None
    cell: Cellule | None
    weight: Fraction | None
    pieces: tuple[Interval, ...]
    """Where the weight may lie while it is not known."""


class Weighed(Walk):
    """The sum of the terms of the members, held to every one of its limits."""

    __slots__ = ("_reader", "fact", "limits", "share")

    def __init__(
        self, line: Expression, over: Sur, level: Maille | None, item: Condition | None, fact: Fait | None,
        limits: list[Bound], share: bool,
    ) -> None:  # fmt: skip
        super().__init__(line, over, level, item)
        self.fact, self.limits, self.share = fact, tuple(limits), share
        self._reader = Expr(fact)

    def evaluate(self, run: Run, entity: Entity) -> Parce:
        """Yes when every limit is met whatever is missing, no when one cannot be."""
        members = self.members(run, entity)
        if not members:
            return Parce(self, entity, None, note=NOBODY)
        met = [self.item.evaluate(run, one) for one in members] if self.item else [None] * len(members)
        weights = [self._weight(run, one) for one in members] if self.fact else [None] * len(members)
        terms = [self.term(run, one, weight) for one, weight in zip(met, weights, strict=True)]
        answers = [self._answer(terms, limit) for limit in self.limits]
        value = False if False in answers else None if None in answers else True
        children = tuple(one for pair in zip(met, weights, strict=True) for one in pair if one is not None)
        return Parce(self, entity, value, children)

    def _weight(self, run: Run, entity: Entity) -> Parce:
        assert self.fact is not None
        cell = (self.fact.id, entity)
        data = run.facts.get(cell, ())
        known = self._known(data)
        return Parce(self._reader, entity, True if known is not None else None, (), cell, data)

    def _known(self, data: tuple[Donnee, ...]) -> Number | None:
        values = {one.valeur for one in data if self.fact is not None and accepts(self.fact, one.valeur)}
        return values.pop() if len(values) == 1 else None  # type: ignore[return-value]

    def term(self, run: Run, met: Parce | None, weight: Parce | None) -> Term:
        """A member as a term of the sum."""
        if weight is None:
            return Term(met, None, Fraction(1), ())
        known = self._known(weight.data)
        if known is not None:
            return Term(met, weight.cell, Fraction(known), ())
        assert self.fact is not None
        return Term(met, weight.cell, None, run.pieces(self.fact, weight.data))

    def terms(self, run: Run, because: Parce) -> list[Term]:
        """The terms of an answer already given, from the children of its explanation."""
        step = (self.item is not None) + (self.fact is not None)
        groups = [because.children[rank : rank + step] for rank in range(0, len(because.children), step)]
        return [
            self.term(run, group[0] if self.item else None, group[-1] if self.fact is not None else None)
            for group in groups
        ]

    def offset(self, limit: Bound) -> Fraction:
        """What is taken from each member before weighing."""
        return Fraction(limit.limit) if self.share else Fraction(0)

    def goal(self, limit: Bound) -> Fraction:
        """What the signed sum is held to."""
        return Fraction(0) if self.share else limit.sign * Fraction(limit.limit)

    def _answer(self, terms: list[Term], limit: Bound) -> bool | None:
        offset, goal = self.offset(limit), self.goal(limit)
        low, high = Edge(Fraction(0), False), Edge(Fraction(0), False)
        weights = {True: Fraction(0), False: Fraction(0), None: Fraction(0)}
        for term in terms:
            if term.weight is not None and term.weight >= 0:
                weights[True if term.met is None else term.met.value] += term.weight
                continue
            below, above = term_range(term, limit.sign, offset)
            low, high = add(low, below), add(high, above)
        met, unmet = factors(limit.sign, offset)
        told = met * weights[True] + unmet * weights[False]
        low = add(low, Edge(told + min(met, unmet) * weights[None], False))
        high = add(high, Edge(told + max(met, unmet) * weights[None], False))
        if reached(low, goal, limit.strict):
            return True
        return None if could_reach(high, goal, limit.strict) else False


def grouped(terms: list[Term]) -> list[Term]:
    """The same sum, the known weights of members under one and the same condition put together."""
    weights: dict[int, Fraction] = {}
    kept: list[Term] = []
    for term in terms:
        if term.met is None or term.met.value is not None or term.weight is None:
            kept.append(term)
        else:
            weights[id(term.met)] = weights.get(id(term.met), Fraction(0)) + term.weight
    conditions = {id(term.met): term.met for term in terms}
    return kept + [Term(conditions[key], None, weight, ()) for key, weight in weights.items()]


def factors(sign: int, offset: Fraction) -> tuple[Fraction, Fraction]:
    """What the weight of a member is multiplied by: when its condition is met, when it is not."""
    return sign * (1 - offset), -sign * offset


def coefficients(term: Term, sign: int, offset: Fraction) -> list[Fraction]:
    """What the weight may be multiplied by, while the condition is not known."""
    met, unmet = factors(sign, offset)
    value = True if term.met is None else term.met.value
    return [met, unmet] if value is None else [met if value else unmet]


def term_range(term: Term, sign: int, offset: Fraction) -> tuple[Edge, Edge]:
    """The least and the most that a term may be worth."""
    edges: list[tuple[Edge, Edge]] = []
    for factor in coefficients(term, sign, offset):
        if term.weight is not None:
            edges.append((Edge(factor * term.weight, False), Edge(factor * term.weight, False)))
        else:
            low, high = ends(term.pieces)
            edges.append((times(low, factor), times(high, factor)) if factor >= 0 else
                         (times(high, factor), times(low, factor)))  # fmt: skip
    return min((one[0] for one in edges), key=_low_key), max((one[1] for one in edges), key=_high_key)


def ends(pieces: tuple[Interval, ...]) -> tuple[Edge, Edge]:
    """The two ends of a set of intervals in increasing order; without any, of all numbers."""
    if not pieces:
        return Edge(None, False), Edge(None, False)
    first, last = pieces[0], pieces[-1]
    return (
        Edge(None if first.low is None else Fraction(first.low), first.low_open),
        Edge(None if last.high is None else Fraction(last.high), last.high_open),
    )


def times(edge: Edge, factor: Fraction) -> Edge:
    """An end multiplied; nothing times without end is nothing."""
    if factor == 0:
        return Edge(Fraction(0), False)
    return edge if edge.value is None else Edge(edge.value * factor, edge.open)


def add(one: Edge, other: Edge) -> Edge:
    """The same end of a sum."""
    if one.value is None or other.value is None:
        return Edge(None, False)
    return Edge(one.value + other.value, one.open or other.open)


def reached(low: Edge, goal: Fraction, strict: bool) -> bool:
    """Whether what is at least ``low`` meets the goal for sure."""
    if low.value is None:
        return False
    return low.value > goal or (low.value == goal and (low.open or not strict))


def could_reach(high: Edge, goal: Fraction, strict: bool) -> bool:
    """Whether what is at most ``high`` may meet the goal."""
    if high.value is None:
        return True
    return high.value > goal or (high.value == goal and not high.open and not strict)


def _low_key(edge: Edge) -> tuple[int, Fraction, bool]:
    return (0, Fraction(0), False) if edge.value is None else (1, edge.value, edge.open)


def _high_key(edge: Edge) -> tuple[int, Fraction, bool]:
    return (1, Fraction(0), True) if edge.value is None else (0, edge.value, not edge.open)
