"""Partial assignments of facts, and families of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archipel.programmes.packs.rules.feasible import Linear
from archipel.programmes.packs.values.outcomes import Cellule

MAX_SETS = 256


class Implicant(NamedTuple):
    """A partial assignment: for each fact, the mask of the values left to it; and constraints on their sums."""

    masks: dict[Cellule, int]
    linear: tuple[Linear, ...] = ()


class Family(NamedTuple):
    """The partial assignments that make a condition true, those that make it false; False if some were left out."""

    yes: tuple[Implicant, ...]
    no: tuple[Implicant, ...]
    complete: bool = True


NOTHING = Implicant({})
TRUE, FALSE = Family((NOTHING,), ()), Family((), (NOTHING,))
NEVER = Family((), ())


def prune(found: Iterable[Implicant]) -> tuple[list[Implicant], bool]:
    """Leave out what a looser assignment of fewer facts covers; False if there were too many to keep."""
    kept: list[Implicant] = []
    for one in sorted(found, key=lambda implicant: (len(implicant.masks), len(implicant.linear))):
        if any(_covers(other, one) for other in kept):
            continue
        if len(kept) == MAX_SETS:
            return kept, False
        kept.append(one)
    return kept, True


def _covers(loose: Implicant, tight: Implicant) -> bool:
    if len(loose.masks) > len(tight.masks):
        return False
    for cell, mask in loose.masks.items():
        if tight.masks.get(cell, -1) & ~mask:
            return False
    return set(loose.linear) <= set(tight.linear)


def supports(family: Sequence[Implicant]) -> tuple[frozenset[Cellule], ...]:
    """The facts assigned, the smallest sets only."""
    if len(family) < 2:
        return tuple([frozenset(one.masks) for one in family])
    return smallest(frozenset(one.masks) for one in family)


def smallest(sets: Iterable[frozenset[Cellule]]) -> tuple[frozenset[Cellule], ...]:
    """The sets that include no other one, the shortest first."""
    kept: list[frozenset[Cellule]] = []
    shorter, size = 0, 0
    found = set(sets)
    ordered = found if len(found) < 2 else sorted(found, key=lambda cells: (len(cells), sorted(cells)))
    for one in ordered:
        if len(one) > size:
            shorter, size = len(kept), len(one)
        if not shorter or not any(other <= one for other in kept[:shorter]):
            kept.append(one)
    return tuple(kept)
