"""Questions to the optimiser, and the answer by exhaustion, which shares no code with it: every plan is looked at."""

from __future__ import annotations

import random
from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from archipel.programmes.funding.rules.portfolio.instance import Instance, Rules, Theme, Whose
from archipel.programmes.funding.values import Band, Party

HOPEN2 = (
    Band("A", 35_000, Decimal(0), Decimal(7_000)),
    Band("B", 51_000, Decimal(7_000), Decimal(60_000)),
    Band("C", 85_000, Decimal(60_000), Decimal(230_000)),
    Band("D", 205_000, Decimal(230_000), None),
)
THEMES = ("urgences", "logistique", "temps-rh", "rattrapage")


def codes(count: int) -> list[str]:
    """FINESS numbers of a test group."""
    return [f"21000{rank:04d}" for rank in range(1, count + 1)]


def question(
    activities: Iterable[object], eligible: Iterable[Iterable[int]] | None = None, **rules: object
) -> Instance:
    """An instance on the HOP'EN 2 bands: an activity for each establishment, for each theme the ranks eligible."""
    values = list(activities)
    names = codes(len(values))
    parties = tuple(
        Party(code, f"CH {rank}", code, None if value is None else Decimal(str(value)), "essai")
        for rank, (code, value) in enumerate(zip(names, values, strict=True))
    )
    able = [set(range(len(values)))] * len(THEMES) if eligible is None else [set(ranks) for ranks in eligible]
    themes = tuple(
        Theme(name, name.capitalize(), frozenset(names[rank] for rank in ranks))
        for name, ranks in zip(THEMES, able, strict=False)
    )
    return Instance(parties, themes, HOPEN2, Rules(**rules))  # type: ignore[arg-type]


def drawn(seed: int, count: int = 20, **rules: object) -> Instance:
    """A group of that many establishments, of very different sizes as real ones, four fifths of them eligible."""
    chance = random.Random(seed)
    sizes = [round(chance.lognormvariate(10.8, 1.2)) for _ in range(count)]
    main = [rank for rank in range(count) if chance.random() < 0.8]
    late = [rank for rank in range(count) if chance.random() < 0.4]
    return question(sizes, [main, main, main, late], **rules)


def exhaustive(instance: Instance) -> int | None:
    """The greatest total of all plans; None when the locks fit no plan. Up to eight establishments."""
    known = [party for party in instance.parties if party.activity is not None]
    rank = {party.finess: place for place, party in enumerate(known)}
    rules, count = instance.rules, len(known)
    base = rules.per_finess + 1
    powers = [base**place for place in range(count)]
    start, locked = 0, 0
    busy: dict[str, int] = {}
    for lock in instance.locks:
        locked += _worth(instance, [party for party in known if party.finess in lock.perimeter], lock.theme)
        for code in lock.perimeter:
            start += powers[rank[code]]
            busy[lock.theme] = busy.get(lock.theme, 0) | 1 << rank[code]
    left = count * rules.per_finess if rules.at_most is None else rules.at_most - len(instance.locks)
    states = np.arange(base**count)
    digits = np.array([states // power % base for power in powers])
    best = np.full((left + 1, base**count), -1, dtype=np.int64)
    best[0, start] = 0
    limited = rules.at_most is not None
    if rules.distinct_themes:
        for theme in instance.themes:
            values = _values(instance, known, theme.id, busy.get(theme.id, 0))
            best = _with_theme(best, values, digits, powers, rules.per_finess, limited=limited)
    else:
        every = [_values(instance, known, theme.id, 0) for theme in instance.themes]
        for mask, value in enumerate(map(max, zip(*every, strict=True))):
            for _ in range(rules.per_finess if value else 0):
                best = _with_project(best, mask, value, digits, powers, rules.per_finess, limited=limited)
    found = int(best.max())
    return None if found < 0 else found + locked


def _worth(instance: Instance, members: list[Party], theme: str) -> int:
    total = sum((party.activity for party in members if party.activity is not None), Decimal(0))
    amount = max(band.amount for band in instance.bands if band.since <= total)
    if instance.spend is None:
        return amount
    return min(amount, sum(instance.spend.get((party.finess, theme), 0) for party in members))


def _values(instance: Instance, known: list[Party], theme: str, busy: int) -> list[int]:
    able = next(one.eligible for one in instance.themes if one.id == theme)
    found = [0] * (1 << len(known))
    for mask in range(1, 1 << len(known)):
        members = [party for place, party in enumerate(known) if mask >> place & 1]
        names = {party.finess for party in members}
        if mask & busy or len(members) < instance.rules.minimum or any(pair <= names for pair in instance.apart):
            continue
        if any((name, theme) in instance.barred for name in names) or not names & able:
            continue
        if instance.rules.whose is Whose.TOUS and not names <= able:
            continue
        found[mask] = _worth(instance, members, theme)
    return found


def _with_project(
    best: np.ndarray, mask: int, value: int, digits: np.ndarray, powers: list[int], limit: int, *, limited: bool
) -> np.ndarray:
    """Every plan so far, with and without one more project on that perimeter."""
    inside = [place for place in range(len(powers)) if mask >> place & 1]
    free = np.flatnonzero((digits[inside] < limit).all(axis=0))
    after, more, step = best.copy(), int(limited), sum(powers[place] for place in inside)
    for so_far in range(best.shape[0] - more):
        before = best[so_far, free]
        reached = np.where(before >= 0, before + value, -1)
        after[so_far + more, free + step] = np.maximum(after[so_far + more, free + step], reached)
    return after


def _with_theme(
    best: np.ndarray, values: list[int], digits: np.ndarray, powers: list[int], limit: int, *, limited: bool
) -> np.ndarray:
    """Every way to share some establishments out between projects of one theme, added to every plan so far."""
    count = len(powers)
    shared: list[dict[int, int]] = [{0: 0}]
    for whole in range(1, 1 << count):
        low = whole & -whole
        ways: dict[int, int] = {}
        part = whole
        while part:
            if part & low and values[part]:
                for number, value in shared[whole ^ part].items():
                    key = number + 1 if limited else 0
                    ways[key] = max(ways.get(key, -1), value + values[part])
            part = (part - 1) & whole
        shared.append(ways)
    after = best.copy()
    for whole in range(1, 1 << count):
        if not shared[whole]:
            continue
        inside = [place for place in range(count) if whole >> place & 1]
        step = sum(powers[place] for place in inside)
        free = np.flatnonzero((digits[inside] < limit).all(axis=0))
        for number, value in shared[whole].items():
            for so_far in range(best.shape[0] - number):
                before = best[so_far, free]
                after[so_far + number, free + step] = np.maximum(
                    after[so_far + number, free + step], np.where(before >= 0, before + value, -1)
                )
    return after
