"""Whether numbers in given intervals can meet linear constraints: exact, by Fourier and Motzkin's elimination."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from archipel.programmes.packs.rules.comparisons import Interval
from archipel.programmes.packs.values.outcomes import Cellule

MAX_COMBINATIONS = 256


class Linear(NamedTuple):
    """The weighted sum of some numbers is at least ``goal`` (more than it, when ``strict``)."""

    terms: tuple[tuple[Cellule, Fraction], ...]
    goal: Fraction
    strict: bool


class Row(NamedTuple):
    """A constraint being eliminated: the sum of the coefficients times their unknowns is at least ``goal``."""

    factors: Mapping[Cellule, Fraction]
    goal: Fraction
    strict: bool


def satisfiable(
    constraints: Sequence[Linear],
    masks: Mapping[Cellule, int],
    pieces: Callable[[Cellule], Sequence[Interval]],
) -> bool:
    """Whether some numbers, each in the intervals that its mask leaves, meet all constraints.

    Beyond ``MAX_COMBINATIONS`` ways to choose an interval for each, the answer is yes only if one of the first does.
    """
    if len(constraints) == 1:
        return _attains(constraints[0], masks, pieces)
    cells = list(dict.fromkeys(cell for one in constraints for cell, _ in one.terms))
    rows = [Row(_sum(one.terms), one.goal, one.strict) for one in constraints]
    ranges = [_joined(pieces(cell), masks[cell]) for cell in cells]
    for rank, chosen in enumerate(product(*ranges)):
        if rank == MAX_COMBINATIONS:
            return False
        if _feasible([*rows, *(row for cell, one in zip(cells, chosen, strict=True) for row in _bounds(cell, one))]):
            return True
    return False


def _attains(one: Linear, masks: Mapping[Cellule, int], pieces: Callable[[Cellule], Sequence[Interval]]) -> bool:
    """Whether the most that a sum may be worth meets its goal: its numbers do not depend on one another."""
    most, attained = Fraction(0), True
    for cell, factor in _sum(one.terms).items():
        left = [piece for rank, piece in enumerate(pieces(cell)) if masks[cell] >> rank & 1]
        if not left:
            return False
        if factor == 0:
            continue
        end, excluded = (left[-1].high, left[-1].high_open) if factor > 0 else (left[0].low, left[0].low_open)
        if end is None:
            return True
        most += factor * Fraction(end)
        attained = attained and not excluded
    return most > one.goal or (most == one.goal and attained and not one.strict)


def _sum(terms: Sequence[tuple[Cellule, Fraction]]) -> dict[Cellule, Fraction]:
    factors: dict[Cellule, Fraction] = {}
    for cell, factor in terms:
        factors[cell] = factors.get(cell, Fraction(0)) + factor
    return factors


def _joined(pieces: Sequence[Interval], mask: int) -> list[Interval]:
    """The intervals that a mask leaves, those that touch made one."""
    found: list[Interval] = []
    last = -2
    for rank, piece in enumerate(pieces):
        if not mask >> rank & 1:
            continue
        if rank == last + 1 and found and found[-1].high == piece.low and not (found[-1].high_open and piece.low_open):
            found[-1] = Interval(found[-1].low, piece.high, found[-1].low_open, piece.high_open)
        else:
            found.append(piece)
        last = rank
    return found


def _bounds(cell: Cellule, interval: Interval) -> list[Row]:
    rows = []
    if interval.low is not None:
        rows.append(Row({cell: Fraction(1)}, Fraction(interval.low), interval.low_open))
    if interval.high is not None:
        rows.append(Row({cell: Fraction(-1)}, -Fraction(interval.high), interval.high_open))
    return rows


def _feasible(rows: list[Row]) -> bool:
    """Eliminate the unknowns one after the other, those that multiply the constraints least first."""
    while True:
        open_rows = [row for row in rows if row.factors]
        for row in rows:
            if not row.factors and (row.goal > 0 or (row.goal == 0 and row.strict)):
                return False
        if not open_rows:
            return True
        names = {name for row in open_rows for name in row.factors}
        rows = _without(min(names, key=lambda name: _growth(open_rows, name)), open_rows)


def _growth(rows: list[Row], name: Cellule) -> tuple[int, Cellule]:
    up = sum(1 for row in rows if row.factors.get(name, 0) > 0)
    down = sum(1 for row in rows if row.factors.get(name, 0) < 0)
    return up * down - up - down, name


def _without(name: Cellule, rows: list[Row]) -> list[Row]:
    """The constraints on the other unknowns that hold exactly when some value of this one meets all."""
    kept = [row for row in rows if name not in row.factors]
    above = [row for row in rows if row.factors.get(name, 0) > 0]
    below = [row for row in rows if row.factors.get(name, 0) < 0]
    for low in above:
        for high in below:
            one, other = -high.factors[name], low.factors[name]
            factors: dict[Cellule, Fraction] = {}
            for row, scale in ((low, one), (high, other)):
                for cell, factor in row.factors.items():
                    if cell != name:
                        factors[cell] = factors.get(cell, Fraction(0)) + scale * factor
            goal = one * low.goal + other * high.goal
            kept.append(Row({cell: f for cell, f in factors.items() if f}, goal, low.strict or high.strict))
    return kept
