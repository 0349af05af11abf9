"""The cheapest way to gather enough: one option in each class, gains that add up to a need, at the least total cost.

(A multiple-choice knapsack turned into a covering problem.) Exact, in integers of any size, in three moves:

1. A Lagrange multiplier, read off the convex hulls of the classes, gives a lower bound; filling the hulls in the order
   of their slopes gives a plan. The two are never further apart than one step.
2. For a cost in between, an option whose reduced cost exceeds the room left above the bound is in no plan of that cost:
   it is put aside, and most classes are settled by it.
3. The few that remain are tried together, keeping for each cost the most that can be gathered: a plan of that cost, or
   the proof that there is none. Room is made little by little from the bound up, so that most questions end at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

Faire = tuple[tuple[str, int], ...]


class Option(NamedTuple):
    """What choosing it brings and costs; ``faire`` names what is done: (indicator, level) pairs of one entity."""

    gain: int
    cout: int
    faire: Faire = ()


Front = list[Option]


@dataclass(frozen=True, slots=True)
class Choix:
    """An option per class and the total cost: no choice that gathers enough costs less.

    ``relachee`` is the bound of the relaxation alone; between it and the cost, everything was tried.
    """

    options: tuple[Option, ...]
    cout: int
    relachee: int


class _Trail(NamedTuple):
    """How a state was reached: the option taken in a class, and what was before."""

    rank: int
    option: Option
    before: _Trail | None


def frontier(options: Sequence[Option]) -> Front:
    """The options that no other beats: costs and gains both strictly increasing."""
    kept: Front = []
    for option in sorted(options, key=lambda o: (o.cout, -o.gain)):
        if not kept or option.gain > kept[-1].gain:
            kept.append(option)
    return kept


def cover(classes: Sequence[Sequence[Option]], need: int) -> Choix | None:
    """The cheapest choice that gathers ``need``; None when all together cannot.

    Args:
        classes: each with at least one option; costs are not negative.
        need: what the gains must add up to.
    """
    fronts = [frontier(one) for one in classes]
    if sum(front[-1].gain for front in fronts) < need:
        return None
    chosen, rate = _filled(fronts, need)
    best = sum(option.cout for option in chosen)
    dual = _Dual(fronts, need, rate)
    limit, more = min(dual.bound, best - 1), 1
    while limit >= dual.bound:
        found = _within(dual, limit)
        if found is not None:
            return Choix(tuple(found), sum(option.cout for option in found), dual.bound)
        if limit == best - 1:
            break
        limit, more = min(limit + more, best - 1), 2 * more
    return Choix(tuple(chosen), best, min(dual.bound, best))


# --- a first plan, from the convex hulls ----------------------------------------------------------------


def _filled(fronts: Sequence[Front], need: int) -> tuple[Front, Fraction]:
    """A plan by filling hulls in the order of their slopes, bettered at its last step; and the slope of that step."""
    steps = []
    for rank, front in enumerate(fronts):
        hull = _hull(front)
        for before, after in pairwise(hull):
            gain, cost = after.gain - before.gain, after.cout - before.cout
            steps.append((cost / gain, rank, after.gain, after, (cost, gain)))
    steps.sort(key=lambda step: step[:3])
    chosen = [front[0] for front in fronts]
    gathered, rate = sum(option.gain for option in chosen), Fraction(0)
    for _, rank, _, option, slope in steps:
        if gathered >= need:
            break
        rate = Fraction(*slope)
        short = need - gathered
        if option.gain - chosen[rank].gain >= short:
            rank, option = _cheapest_end(fronts, chosen, short)
        gathered += option.gain - chosen[rank].gain
        chosen[rank] = option
    return chosen, rate


def _cheapest_end(fronts: Sequence[Front], chosen: Sequence[Option], short: int) -> tuple[int, Option]:
    """The one change that brings what is missing for the least."""
    found = (
        (option.cout - chosen[rank].cout, rank, option)
        for rank, front in enumerate(fronts)
        for option in front
        if option.gain - chosen[rank].gain >= short
    )
    _, rank, option = min(found, key=lambda one: one[:2])
    return rank, option


def _hull(front: Front) -> Front:
    hull: Front = []
    for option in front:
        while len(hull) >= 2 and _above(hull[-2], hull[-1], option):
            hull.pop()
        hull.append(option)
    return hull


def _above(a: Option, b: Option, c: Option) -> bool:
    """Whether b lies on or above the line from a to c."""
    return (b.cout - a.cout) * (c.gain - a.gain) >= (c.cout - a.cout) * (b.gain - a.gain)


# --- the bound, and what lies within it -----------------------------------------------------------------


class _Dual:
    """The Lagrangian relaxation at a rate p/q: gains are sold at the rate, and the need bought at it.

    All its numbers are multiplied by q, to stay integers.
    """

    def __init__(self, fronts: Sequence[Front], need: int, rate: Fraction) -> None:
        self.fronts, self.need = fronts, need
        self.p, self.q = rate.numerator, rate.denominator
        self.reduced = [[self.q * option.cout - self.p * option.gain for option in front] for front in fronts]
        self.least = [min(row) for row in self.reduced]
        self.floor = self.p * need + sum(self.least)

    @property
    def bound(self) -> int:
        """The least cost that the relaxation allows."""
        return -(-self.floor // self.q)


def _within(dual: _Dual, limit: int) -> Front | None:
    """A choice that gathers enough for at most ``limit``, the cheapest there is; None when there is none."""
    room = dual.q * limit - dual.floor
    chosen: Front = [front[0] for front in dual.fronts]
    open_classes = []
    cost = gain = 0
    for rank, (front, row, least) in enumerate(zip(dual.fronts, dual.reduced, dual.least, strict=True)):
        kept = [(value - least, option) for value, option in zip(row, front, strict=True) if value - least <= room]
        if len(kept) == 1:
            chosen[rank] = kept[0][1]
            cost, gain = cost + kept[0][1].cout, gain + kept[0][1].gain
        else:
            open_classes.append((rank, kept))
    states: dict[int, tuple[int, int, _Trail | None]] = {cost: (gain, 0, None)}
    for rank, kept in sorted(open_classes, key=lambda one: len(one[1])):
        states = _widened(states, rank, kept, room)
    enough = [cost for cost, (gain, _, _) in states.items() if gain >= dual.need and cost <= limit]
    if not enough:
        return None
    trail = states[min(enough)][2]
    while trail is not None:
        chosen[trail.rank] = trail.option
        trail = trail.before
    return chosen


def _widened(
    states: dict[int, tuple[int, int, _Trail | None]], rank: int, kept: list[tuple[int, Option]], room: int
) -> dict[int, tuple[int, int, _Trail | None]]:
    """The states after one more class: for each cost, the most gathered, within the room of reduced cost."""
    made: dict[int, tuple[int, int, _Trail | None]] = {}
    for cost, (gain, spent, trail) in states.items():
        for extra, option in kept:
            if spent + extra > room:
                continue
            total, gathered = cost + option.cout, gain + option.gain
            known = made.get(total)
            if known is None or known[0] < gathered:
                made[total] = (gathered, spent + extra, _Trail(rank, option, trail))
    return made
