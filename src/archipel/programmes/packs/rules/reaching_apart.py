"""The search for sets of facts when the terms of a sum read different facts: whole numbers only.

Nothing learnt of a term then bears on another, so that what a set is worth is a sum. ``reaching.Reach`` walks the same
way, in the same order, where terms share facts or put constraints on one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from archipel.programmes.packs.rules.implicants import MAX_SETS

if TYPE_CHECKING:
    from archipel.programmes.packs.rules.reaching import Choice

MAX_STEPS = 4_000


class Learnt(NamedTuple):
    """A choice, the least that the term is then worth and the most that its number may add, scaled to integers.

    ``most`` is None when the number has no end; ``short`` tells that it never quite reaches its end. ``bits`` names the
    facts, ``size`` counts them.
    """

    choice: Choice
    least: int
    most: int | None
    short: bool
    bits: int
    size: int


class Row(NamedTuple):
    """A term: the least it is worth (None: without end), what may be learnt, and the most that this may add."""

    least: int | None
    open: bool
    learnt: tuple[Learnt, ...]
    gain: int | None


class Bounds(NamedTuple):
    """Of the rows up to each rank, added up: the most they may add, those without end above, and below."""

    gains: Sequence[int]
    endless: Sequence[int]
    bottomless: Sequence[int]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Bounds:
        """Those of rows in the order of the search."""
        gains, endless, bottomless = [0], [0], [0]
        for row in rows:
            gains.append(gains[-1] + (row.gain or 0))
            endless.append(endless[-1] + (row.gain is None))
            bottomless.append(bottomless[-1] + (row.least is None))
        return cls(gains, endless, bottomless)


class State(NamedTuple):
    """What is learnt so far, and what the sum is then worth (see ``reaching.State``)."""

    path: tuple[Learnt, ...]
    total: int
    endless: int
    open: int
    reach: int = 0
    unbounded: int = 0
    short: int = 0
    bits: int = 0


class Apart:
    """The search: ``found`` holds what must be learnt, the shortest first.

    ``complete`` is False if some may be missing.

    Args:
        rows: the terms, those that help most first.
        target: what the sum must reach, scaled (exceed, when ``strict``).
        every: keep larger sets too.
    """

    def __init__(self, rows: Sequence[Row], bounds: Bounds, target: int, strict: bool, every: bool) -> None:
        self.rows, self.bounds, self.target, self.strict, self.every = rows, bounds, target, strict, every
        self.found: list[State] = []
        self.seen: list[int] = []
        self.steps, self.complete, self.cut = 0, True, False

    def search(self, start: State, max_size: int) -> None:
        """Look for sets of one fact, then two, until no larger one may be of use."""
        for size in range(1, max_size + 1):
            self.cut = False
            self._walk(0, start, size)
            if not self.cut or not self.complete:
                break
        self.complete = self.complete and not self.cut

    def _walk(self, rank: int, state: State, room: int) -> None:
        """Learn of the terms from ``rank`` on, ``room`` facts more at most."""
        gains, endless, bottomless = self.bounds
        last, rows = len(self.rows), self.rows
        for place in range(rank, last):
            end = min(place + room, last)
            needed = bottomless[last] - bottomless[place]
            if not (
                state.endless <= needed <= end - place
                and (
                    state.unbounded
                    or endless[end] > endless[place]
                    or state.total + state.reach + gains[end] - gains[place] >= self.target
                )
            ):
                self.cut = self.cut or end < last
                return
            row = rows[place]
            for learnt in row.learnt:
                self.steps += 1
                if self.steps > MAX_STEPS or len(self.found) >= MAX_SETS:
                    self.complete = False
                    return
                if learnt.size > room:
                    self.cut = True
                    continue
                self._take(place, row, learnt, state, room - learnt.size)
                if not self.complete:
                    return

    def _take(self, place: int, row: Row, learnt: Learnt, state: State, room: int) -> None:
        bits = state.bits | learnt.bits
        if not self.every:
            for seen in self.seen:
                if seen & bits == seen:
                    return
        total = state.total - (row.least or 0) + learnt.least
        endless = state.endless - (row.least is None)
        below = state.open - row.open + learnt.choice.least.open
        reach = state.reach + (learnt.most or 0)
        unbounded = state.unbounded + (learnt.most is None)
        short = state.short + learnt.short
        over = total + reach - self.target
        enough = unbounded or over > 0 or (over == 0 and not short and not (self.strict and not below))
        met = enough and not endless
        if not (met or room):
            self.cut = self.cut or place + 1 < len(self.rows)
            return
        after = State((*state.path, learnt), total, endless, below, reach, unbounded, short, bits)
        if met and not room:
            self.found.append(after)
            self.seen.append(bits)
        if not met or self.every:
            self._walk(place + 1, after, room)
