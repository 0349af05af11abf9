"""Every perimeter and what it is worth, then the few that an optimal plan can need.

A perimeter is a set of establishments, written as a mask of bits. Up to 20 establishments every mask is looked at, with
arrays; beyond, and without options, only those that grouping can help are built.

Which perimeters may be left out without losing any optimum:

* a member may leave without the value falling: the smaller perimeter does as well, and frees the member;
* a member alone and the others together are worth strictly more than all together (each uses the same slots, so a plan
  with the whole is never the best) — unless the number of projects is limited.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import gcd

import numpy as np
import numpy.typing as npt

from archipel.programmes.funding.rules.caps import band_of
from archipel.programmes.funding.rules.portfolio.instance import MOST_ENUMERATED, Instance, Lock, Theme, Whose
from archipel.programmes.funding.values import Band

Masks = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """A useful project: perimeter, group of themes, value in euros."""

    mask: int
    group: int
    value: int

    @property
    def size(self) -> int:
        """How many establishments."""
        return self.mask.bit_count()


@dataclass(frozen=True, slots=True)
class Group:
    """Themes that are worth the same for every perimeter: they need not be told apart while optimising."""

    themes: tuple[str, ...]
    allowed: int
    eligible: int


class Board:
    """The instance in numbers: bits for establishments, whole numbers for activities and euros.

    Args:
        instance: a checked instance.
        split: themes are told apart even where they are worth the same.
    """

    def __init__(self, instance: Instance, *, split: bool = False) -> None:
        self.instance = instance
        self.parties = instance.known
        self.codes = [party.finess for party in self.parties]
        self.bit = {code: 1 << rank for rank, code in enumerate(self.codes)}
        activities = [party.activity or Decimal(0) for party in self.parties]
        self.scale = 10 ** max(
            0, *(-int(a.as_tuple().exponent) for a in [*activities, *(b.since for b in instance.bands)])
        )
        self.activity = [int(a * self.scale) for a in activities]
        self.steps = [(int(band.since * self.scale), band.amount) for band in instance.bands]
        self.groups = self._groups(split)
        self.capacity, self.used = self._after_locks()
        self._values: dict[int, Masks] = {}

    @property
    def enumerated(self) -> bool:
        """Whether every perimeter is looked at."""
        return len(self.codes) <= MOST_ENUMERATED

    @cached_property
    def unit(self) -> int:
        """Every total is a multiple of this many euros."""
        if self.instance.spend is not None:
            return 1
        return gcd(*(amount for _, amount in self.steps)) or 1

    def mask(self, codes: Sequence[str] | frozenset[str]) -> int:
        """The mask of a set of establishments."""
        return sum(self.bit[code] for code in codes)

    def members(self, mask: int) -> list[str]:
        """The establishments of a mask."""
        return [code for rank, code in enumerate(self.codes) if mask >> rank & 1]

    def band(self, mask: int) -> Band:
        """The band of a perimeter."""
        return band_of(self.instance.bands, self.sum(mask))

    def sum(self, mask: int) -> Decimal:
        """The activity of a perimeter."""
        return sum((p.activity or Decimal(0) for r, p in enumerate(self.parties) if mask >> r & 1), Decimal(0))

    def worth(self, mask: int, theme: str) -> int:
        """What a project is worth: its ceiling, bounded by the planned spend of its parties where that is asked."""
        amount = self.band(mask).amount
        if self.instance.spend is None:
            return amount
        return min(amount, sum(self.instance.spend.get((code, theme), 0) for code in self.members(mask)))

    def _groups(self, split: bool) -> list[Group]:
        found: dict[tuple[object, ...], list[str]] = {}
        for theme in self.instance.themes:
            key = (*self._who(theme), self._spend(theme), self._locked(theme), theme.id if split else "")
            found.setdefault(key, []).append(theme.id)
        return [Group(tuple(ids), int(str(key[0])), int(str(key[1]))) for key, ids in found.items()]

    def _who(self, theme: Theme) -> tuple[int, int]:
        allowed = self.mask([code for code in self.codes if self.instance.allowed(code, theme)])
        eligible = self.mask([code for code in self.codes if code in theme.eligible]) & allowed
        if self.instance.rules.distinct_themes:
            for lock in self.instance.locks:
                if lock.theme == theme.id:
                    allowed &= ~self.mask(lock.perimeter)
                    eligible &= ~self.mask(lock.perimeter)
        return allowed, eligible

    def _spend(self, theme: Theme) -> tuple[int, ...]:
        spend = self.instance.spend
        return () if spend is None else tuple(spend.get((code, theme.id), 0) for code in self.codes)

    def _locked(self, theme: Theme) -> bool:
        return self.instance.rules.distinct_themes and any(lock.theme == theme.id for lock in self.instance.locks)

    def _after_locks(self) -> tuple[list[int], list[tuple[Lock, int]]]:
        capacity = [self.instance.rules.per_finess] * len(self.codes)
        used = []
        for lock in self.instance.locks:
            mask = self.mask(lock.perimeter)
            used.append((lock, self.worth(mask, lock.theme)))
            capacity = [left - (mask >> rank & 1) for rank, left in enumerate(capacity)]
        return capacity, used

    # --- every perimeter

    @cached_property
    def masks(self) -> Masks:
        """0 … 2^n − 1."""
        return np.arange(1 << len(self.codes), dtype=np.int64)

    def summed(self, values: Sequence[int]) -> Masks:
        """For every perimeter, the sum of its members' whole numbers."""
        total = np.zeros(1, dtype=np.int64)
        for value in values:
            total = np.concatenate([total, total + value])
        return total

    def summed_floats(self, values: Sequence[float]) -> npt.NDArray[np.float64]:
        """For every perimeter, the sum of its members' values."""
        total = np.zeros(1, dtype=np.float64)
        for value in values:
            total = np.concatenate([total, total + value])
        return total

    @cached_property
    def reached(self) -> Masks:
        """For every perimeter, its activity (in the board's whole numbers)."""
        return self.summed(self.activity)

    def reach(self, mask: int) -> int:
        """The activity of a perimeter (in the board's whole numbers)."""
        return sum(activity for rank, activity in enumerate(self.activity) if mask >> rank & 1)

    def places(self, group: int) -> int:
        """How many projects an establishment may have on a group of themes."""
        rules = self.instance.rules
        return len(self.groups[group].themes) if rules.distinct_themes else rules.per_finess

    @cached_property
    def ceilings(self) -> Masks:
        """For every perimeter, the amount of its band."""
        found = np.zeros(len(self.reached), dtype=np.int64)
        for since, amount in self.steps:
            found[self.reached >= since] = amount
        return found

    def values(self, group: int) -> Masks:
        """For every perimeter, its worth in a group of themes; 0: not possible."""
        if group not in self._values:
            self._values[group] = self._valued(group)
        return self._values[group]

    def _valued(self, group: int) -> Masks:
        one, rules = self.groups[group], self.instance.rules
        found = self.ceilings
        if self.instance.spend is not None:
            found = np.minimum(found, self.summed(self._spend(self.instance.theme(one.themes[0]))))
        masks = self.masks
        free = self.mask([code for rank, code in enumerate(self.codes) if self.capacity[rank] > 0])
        possible = (masks & ~(one.allowed & free)) == 0
        possible[0] = False
        if rules.whose is Whose.PORTEUR:
            possible &= (masks & one.eligible) != 0
        if rules.minimum > 1:
            possible &= self.summed([1] * len(self.codes)) >= rules.minimum
        for pair in self.instance.apart:
            if pair <= set(self.codes):
                both = self.mask(pair)
                possible &= (masks & both) != both
        return np.where(possible, found, 0)

    # --- the useful ones

    @cached_property
    def columns(self) -> list[Column]:
        """The projects that an optimal plan can need."""
        if self.enumerated:
            return [one for group in range(len(self.groups)) for one in self._filtered(group)]
        return [one for group in range(len(self.groups)) for one in self._built(group)]

    def _filtered(self, group: int) -> Iterator[Column]:
        values = self.values(group)
        useful = values > 0
        parting = self.instance.rules.at_most is None
        for rank in range(len(self.codes)):
            shape = (-1, 2, 1 << rank)
            halves, kept = values.reshape(shape), useful.reshape(shape)
            without, whole, alone = halves[:, 0, :], halves[:, 1, :], values[1 << rank]
            worse = (without > 0) & (without >= whole)
            if parting and alone > 0:
                worse |= (without > 0) & (without + alone > whole)
            kept[:, 1, :] &= ~worse
        for mask in np.flatnonzero(useful):
            yield Column(int(mask), group, int(values[mask]))

    def _built(self, group: int) -> Iterator[Column]:
        """Perimeters by adding members, from the greatest activity down, while grouping may still help."""
        one = self.groups[group]
        free = [r for r in range(len(self.codes)) if one.allowed >> r & 1 and self.capacity[r] > 0]
        order = sorted(free, key=lambda rank: -self.activity[rank])
        apart = [self.mask(pair) for pair in self.instance.apart if pair <= set(self.codes)]
        best = max(amount for _, amount in self.steps)

        def grow(start: int, mask: int, activity: int, alone: int) -> Iterator[Column]:
            for place in range(start, len(order)):
                rank = order[place]
                bigger, total = mask | 1 << rank, activity + self.activity[rank]
                apiece = alone + self._amount(self.activity[rank])
                if apiece > best and mask:
                    continue
                if any(bigger & both == both for both in apart):
                    continue
                value = self._amount(total)
                if self._is_useful(bigger, total, value):
                    yield Column(bigger, group, value)
                if value < best:
                    yield from grow(place + 1, bigger, total, apiece)

        yield from grow(0, 0, 0, 0)

    def _amount(self, activity: int) -> int:
        return max((s, amount) for s, amount in self.steps if s <= activity)[1]

    def _is_useful(self, mask: int, activity: int, value: int) -> bool:
        if mask.bit_count() == 1:
            return value > 0
        for rank in range(len(self.codes)):
            if mask >> rank & 1:
                rest = self._amount(activity - self.activity[rank])
                if rest >= value or rest + self._amount(self.activity[rank]) > value:
                    return False
        return True
