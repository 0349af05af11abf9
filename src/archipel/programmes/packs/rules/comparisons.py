"""Comparisons: what a test says of a value, and the finite domain that the tests of a fact cut its values into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from archipel.programmes.packs.values.base import Number, Value
from archipel.programmes.packs.values.expressions import Ecart, Fait, Jalon, Jour, Test, TypeFait

Predicate = Callable[[Value], bool]
Milestones = Callable[[str], date | None]


class Interval(NamedTuple):
    """Numbers from ``low`` to ``high`` (None: without end), ends left out where ``open``."""

    low: Number | None
    high: Number | None
    low_open: bool = False
    high_open: bool = False


class Bound(NamedTuple):
    """A comparison with one number: ``sign`` +1 for « at least », -1 for « at most »; ``strict`` without equality."""

    sign: int
    limit: Number
    strict: bool


def bounds(test: Test) -> list[Bound]:
    """The numeric comparisons of a test, ``differe`` left aside."""
    found = []
    if test.ge is not None:
        found.append(Bound(1, test.ge, False))
    if test.gt is not None:
        found.append(Bound(1, test.gt, True))
    if test.le is not None:
        found.append(Bound(-1, test.le, False))
    if test.lt is not None:
        found.append(Bound(-1, test.lt, True))
    if test.entre is not None:
        found += [Bound(1, test.entre[0], False), Bound(-1, test.entre[1], False)]
    if test.vaut is not None and not isinstance(test.vaut, bool | str | date):
        found += [Bound(1, test.vaut, False), Bound(-1, test.vaut, False)]
    return found


def resolve(day: Jour, at: date, milestones: Milestones) -> date | None:
    """The date meant; None for a milestone without a day."""
    if isinstance(day, Jalon):
        return milestones(day.jalon)
    if isinstance(day, Ecart):
        return at + timedelta(days=day.evaluation)
    return day


class DateBounds(NamedTuple):
    """What a test asks of a date; ``unknown`` when it compares with a milestone whose day no source gives."""

    bounds: tuple[Bound, ...]
    unknown: bool = False


def date_bounds(test: Test, at: date, milestones: Milestones) -> DateBounds:
    """The comparisons of a test as bounds on the ordinal of a date."""
    found: list[Bound] = []
    unknown = False
    for day, sign, strict in (
        (test.avant, -1, True), (test.au_plus_tard, -1, False), (test.apres, 1, True), (test.a_partir_du, 1, False),
    ):  # fmt: skip
        if day is None:
            continue
        limit = resolve(day, at, milestones)
        if limit is None:
            unknown = True
        else:
            found.append(Bound(sign, limit.toordinal(), strict))
    return DateBounds(tuple(found), unknown)


def within(value: Number, limits: Iterable[Bound]) -> bool:
    """Whether a number meets all bounds."""
    for sign, limit, strict in limits:
        if strict:
            if not (value > limit if sign > 0 else value < limit):
                return False
        elif not (value >= limit if sign > 0 else value <= limit):
            return False
    return True


def accepts(fact: Fait, value: Value) -> bool:
    """Whether the value is one that the fact may hold: its type, its bounds, its choices."""
    if fact.type is TypeFait.BOOLEEN:
        return isinstance(value, bool)
    if fact.type is TypeFait.DATE:
        return isinstance(value, date)
    if fact.type is TypeFait.CHOIX:
        return isinstance(value, str) and any(one.id == value for one in fact.choix)
    if isinstance(value, bool | str | date):
        return False
    above = fact.min is None or (value > fact.min if fact.min_exclu else value >= fact.min)
    return above and (fact.max is None or value <= fact.max)


def typed(fact: Fait, value: Value | None) -> Value | None:
    """A literal of a file as a value of the fact: dates are written as text there."""
    if fact.type is TypeFait.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    return value


class Domain(NamedTuple):
    """The values of a fact, cut into classes that no test of the pack tells apart.

    ``samples`` has one value of each class; for a number, ``intervals`` has the class itself. A set of classes is a
    mask of bits.
    """

    samples: tuple[Value, ...]
    intervals: tuple[Interval, ...] = ()

    @property
    def full(self) -> int:
        """The mask of all classes."""
        return (1 << len(self.samples)) - 1


def domain(fact: Fait, limits: Sequence[Number]) -> Domain:
    """The domain of a fact, its tests comparing it with these numbers (ordinals for a date)."""
    if fact.type is TypeFait.BOOLEEN:
        return Domain((False, True))
    if fact.type is TypeFait.CHOIX:
        return Domain(tuple(one.id for one in fact.choix))
    if fact.type is TypeFait.DATE:
        days = {int(limit) + step for limit in limits for step in (-1, 0, 1)} or {date(2000, 1, 1).toordinal()}
        return Domain(tuple(date.fromordinal(day) for day in sorted(days) if day > 0))
    return _numbers(fact, sorted(set(limits)))


def _numbers(fact: Fait, limits: Sequence[Number]) -> Domain:
    """Points and the open intervals between them, inside the bounds of the fact."""
    cuts = [one for one in limits if (fact.min is None or one > fact.min) and (fact.max is None or one < fact.max)]
    pieces: list[Interval] = []
    low, low_open = fact.min, True
    if fact.min is not None and not fact.min_exclu:
        pieces.append(Interval(fact.min, fact.min))
    for cut in cuts:
        pieces += [Interval(low, cut, low_open, True), Interval(cut, cut)]
        low = cut
    if fact.max is None:
        pieces.append(Interval(low, None, True, False))
    elif fact.max != fact.min:
        pieces += [Interval(low, fact.max, True, True), Interval(fact.max, fact.max)]
    return Domain(tuple(map(_sample, pieces)), tuple(pieces))


def _sample(piece: Interval) -> Number:
    if piece.low is None:
        return 0 if piece.high is None else piece.high - 1
    if piece.high is None:
        return piece.low + 1
    return piece.low if piece.low == piece.high else (Decimal(piece.low) + Decimal(piece.high)) / 2
