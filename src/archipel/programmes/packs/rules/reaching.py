"""What must be learnt of the terms of a sum for it to meet a limit for sure: the shortest sets first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from archipel.programmes.packs.rules.comparisons import Interval
from archipel.programmes.packs.rules.feasible import Linear, satisfiable
from archipel.programmes.packs.rules.implicants import MAX_SETS, NOTHING, Implicant
from archipel.programmes.packs.rules.linear import Edge
from archipel.programmes.packs.rules.reaching_apart import MAX_STEPS, Apart, Bounds, Learnt, Row
from archipel.programmes.packs.rules.reaching_apart import State as Sums
from archipel.programmes.packs.values.outcomes import Cellule

NO_NUMBER = Edge(Fraction(0), False)

Merge = Callable[[Implicant, Implicant], Implicant | None]
Pieces = Callable[[Cellule], Sequence[Interval]]


class Choice(NamedTuple):
    """What is learnt of a term, the least it is then worth, and the number that it multiplies, if learnt."""

    implicant: Implicant
    least: Edge
    weighed: tuple[Cellule, Fraction] | None = None


class State(NamedTuple):
    """What is learnt so far, and what the sum is then at least worth, what is not learnt included.

    ``total`` is scaled to an integer; ``endless`` counts the terms that may still go down without end, ``open`` those
    that never reach the least they are worth. ``reach`` is the most that the numbers learnt may add, ``unbounded`` how
    many of them have no end. ``bits`` names the facts taken.
    """

    taken: Implicant
    total: int
    endless: int
    open: int
    weighed: tuple[tuple[Cellule, Fraction], ...] = ()
    reach: int = 0
    unbounded: int = 0
    bits: int = 0


class Reach:
    """A search for the sets of facts under which a sum meets its goal.

    Args:
        terms: for each term, its choices, the first being to learn nothing where that leaves it bounded.
        goal: what the sum must reach (exceed, when ``strict``).
        every: keep larger sets too, because other conditions of the rule read the same facts.
    """

    def __init__(
        self, terms: Sequence[Sequence[Choice]], goal: Fraction, strict: bool, every: bool, merge: Merge, pieces: Pieces
    ) -> None:
        self.goal, self.strict, self.every, self.merge, self.pieces = goal, strict, every, merge, pieces
        ends = {id(one): self._end(one) for term in terms for one in term if one.weighed is not None}
        values = [goal, *(one.least.value for term in terms for one in term if one.least.value is not None)]
        values += [end.value for end in ends.values() if end.value is not None]
        self.scale = lcm(*(value.denominator for value in values))
        self.target = self._scaled(goal)
        self.found: list[Implicant] = []
        self.steps, self.complete, self.cut = 0, True, False
        cells = dict.fromkeys(cell for term in terms for one in term for cell in one.implicant.masks)
        self._bits = {cell: 1 << rank for rank, cell in enumerate(cells)}
        self._seen: list[int] = []
        rows = [self._row(term, ends) for term in terms]
        self.rows = sorted(rows, key=lambda row: (row.gain is not None, -(row.gain or 0)))
        self.bounds = Bounds.of(self.rows)
        self.gains, self.endless, self.bottomless = self.bounds
        read = Counter(cell for term in terms for cell in {cell for one in term for cell in one.implicant.masks})
        self.apart = not any(count > 1 for count in read.values())
        self.bound = any(one.implicant.linear for term in terms for one in term)

    def _row(self, term: Sequence[Choice], ends: Mapping[int, Edge]) -> Row:
        bare = next((one.least for one in term if not one.implicant.masks), Edge(None, False))
        ready = [self._ready(one, ends.get(id(one), NO_NUMBER)) for one in term if one.implicant.masks]
        worth = [self._worth(one) for one in ready]
        least = None if bare.value is None else self._scaled(bare.value)
        gain: int | None = 0
        if worth and (least is None or None in worth):
            gain = None
        elif worth and least is not None:
            gain = max(0, max(end for end in worth if end is not None) - least)
        return Row(least, bare.open, tuple(ready), gain)

    def _ready(self, one: Choice, end: Edge) -> Learnt:
        bits = sum(self._bits[cell] for cell in one.implicant.masks)
        most = None if end.value is None else self._scaled(end.value)
        return Learnt(one, self._scaled(one.least.value or Fraction(0)), most, end.open, bits, len(one.implicant.masks))

    def _worth(self, one: Learnt) -> int | None:
        """The most that a term may be worth once this is learnt; None: without end."""
        if one.choice.weighed is not None:
            return one.most
        return None if one.choice.least.value is None else one.least

    def _scaled(self, value: Fraction) -> int:
        return value.numerator * (self.scale // value.denominator)

    def _end(self, one: Choice) -> Edge:
        """The most that the number multiplied may add, in the intervals that its mask leaves."""
        assert one.weighed is not None
        cell, factor = one.weighed
        mask = one.implicant.masks[cell]
        left = [piece for rank, piece in enumerate(self.pieces(cell)) if mask >> rank & 1]
        end, excluded = (left[-1].high, left[-1].high_open) if factor > 0 else (left[0].low, left[0].low_open)
        return Edge(None, False) if end is None else Edge(factor * Fraction(end), excluded)

    def search(self, max_size: int) -> tuple[list[Implicant], bool]:
        """The sets found, the shortest first; False if some may be missing."""
        start = State(
            NOTHING,
            sum(row.least or 0 for row in self.rows),
            sum(row.least is None for row in self.rows),
            sum(row.open for row in self.rows),
        )
        if self._met(start) is not None:
            return [NOTHING], True
        if self.apart and not self.bound:
            return self._search_apart(start, max_size)
        for size in range(1, max_size + 1):
            self.cut = False
            self._walk(0, start, size)
            if not self.cut or not self.complete:
                break
        return self.found, self.complete and not self.cut

    def _search_apart(self, start: State, max_size: int) -> tuple[list[Implicant], bool]:
        """The same search, when nothing learnt of a term bears on another."""
        found = Apart(self.rows, self.bounds, self.target, self.strict, self.every)
        found.search(Sums((), start.total, start.endless, start.open), max_size)
        return [self._assigned(one) for one in found.found], found.complete

    def _assigned(self, state: Sums) -> Implicant:
        """What was learnt, with the constraint put on the numbers learnt."""
        masks = {cell: mask for one in state.path for cell, mask in one.choice.implicant.masks.items()}
        weighed = tuple(one.choice.weighed for one in state.path if one.choice.weighed is not None)
        if not weighed:
            return Implicant(masks)
        rest = Fraction(self.target - state.total, self.scale)
        return Implicant(masks, (Linear(weighed, rest, self.strict and not state.open),))

    def _walk(self, rank: int, state: State, size: int) -> None:
        """Learn of the terms from ``rank`` on, up to ``size`` facts in all."""
        room = size - len(state.taken.masks)
        if not self._within_reach(rank, state, room):
            return
        for place in range(rank, len(self.rows)):
            if self.apart and not self._within_reach(place, state, room):
                return
            for learnt in self.rows[place].learnt:
                if not self.complete:
                    return
                self._take(place, learnt, state, size)

    def _take(self, place: int, learnt: Learnt, state: State, size: int) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS or len(self.found) >= MAX_SETS:
            self.complete = False
            return
        choice, bits = learnt.choice, state.bits | learnt.bits
        taken = self.merge(state.taken, choice.implicant)
        if taken is None:
            return
        if len(taken.masks) > size:
            self.cut = True
            return
        if not self.every and any(seen & bits == seen for seen in self._seen):
            return
        row = self.rows[place]
        after = State(
            taken,
            state.total - (row.least or 0) + learnt.least,
            state.endless - (row.least is None),
            state.open - row.open + choice.least.open,
            state.weighed if choice.weighed is None else (*state.weighed, choice.weighed),
            state.reach + (learnt.most or 0),
            state.unbounded + (learnt.most is None),
            bits,
        )
        met = self._met(after)
        if met is not None and len(taken.masks) == size:
            self.found.append(met)
            self._seen.append(bits)
        if met is None or self.every:
            self._walk(place + 1, after, size)

    def _within_reach(self, rank: int, state: State, room: int) -> bool:
        """Whether the goal may be reached by learning ``room`` facts more, those that help most; notes what is cut."""
        terms = min(room, len(self.rows) - rank) if self.apart else len(self.rows) - rank
        most = state.total + state.reach + self.gains[rank + terms] - self.gains[rank]
        endless = bool(state.unbounded) or self.endless[rank + terms] > self.endless[rank]
        needed = self.bottomless[-1] - self.bottomless[rank]
        settled = state.endless <= needed and (needed <= terms or not self.apart)
        reachable = settled and (endless or most >= self.target)
        if not reachable and terms < len(self.rows) - rank:
            self.cut = True
        return reachable

    def _met(self, state: State) -> Implicant | None:
        """What is learnt, with the constraint put on the numbers learnt, when the goal is then met for sure."""
        if state.endless:
            return None
        rest = Fraction(self.target - state.total, self.scale)
        strict = self.strict and not state.open
        if not state.weighed:
            return state.taken if rest < 0 or (rest == 0 and not strict) else None
        constraints = (*state.taken.linear, Linear(state.weighed, rest, strict))
        if not satisfiable(constraints, state.taken.masks, self.pieces):
            return None
        return Implicant(state.taken.masks, constraints)
