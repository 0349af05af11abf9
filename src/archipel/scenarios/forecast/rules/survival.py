"""Who is still there: survival of the patients present by elapsed stay, and of those who will come.

The hazard of leaving a place is the product of a function of the elapsed stay and of the hour of the week, which is not
the same for those of the day (hospital of the day) and for those who have slept there. Both are learnt from the exits
and from the time spent at risk in a window, so that stays that began before it or that go on after it count for what
was seen of them (left truncation, right censoring). A filière with few exits is drawn towards all sites together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archipel.scenarios.forecast.values import Floats, Moments

AGES = np.array([0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 21, 28, 35, 45, 60, 90, 180]) * 24.0
"""Where the steps of elapsed stay begin, in hours."""
SLEPT = 16.0
"""Hours after which somebody has slept there."""
_PRIOR_EXITS = 8.0
"""How many exits the common hazard is worth in a step."""
_PRIOR_WEEK = 6.0


@dataclass(frozen=True, slots=True)
class Hazard:
    """How fast a place empties."""

    rate: Floats
    """Exits per hour at risk, by step of elapsed stay."""
    week: Floats
    """(2, 168) multiplier by hour of the week (0: Monday midnight), of those of the day and of the others."""

    def at(self, elapsed: Floats, hour: np.ndarray) -> Floats:
        """The hazard of elapsed stays (hours) at hours of the week."""
        return np.asarray(self.rate[step_of(elapsed)] * self.week[(elapsed >= SLEPT).astype(np.int64), hour])


def _exposure(stays: Moments, begin: float, end: float) -> Floats:
    """Hours at risk in the window by step of elapsed stay."""
    left = np.where(np.isfinite(stays.left), np.minimum(stays.left, end), end)
    low = np.maximum(stays.entered, begin) - stays.entered
    high = left - stays.entered
    kept = high > low
    edges = np.append(AGES, np.inf)
    found = np.zeros(len(AGES))
    for n in range(len(AGES)):
        part = np.minimum(high[kept], edges[n + 1]) - np.maximum(low[kept], edges[n])
        found[n] = np.maximum(part, 0.0).sum()
    return found


def _exits(stays: Moments, begin: float, end: float) -> tuple[Floats, Floats]:
    """Elapsed stay, and moment, of the exits in the window."""
    kept = np.isfinite(stays.left) & (stays.left > begin) & (stays.left <= end)
    return stays.left[kept] - stays.entered[kept], stays.left[kept]


def step_of(elapsed: Floats) -> NDArray[np.int64]:
    """The step of elapsed stays in hours."""
    return np.clip(np.searchsorted(AGES, elapsed, side="right") - 1, 0, len(AGES) - 1)


def hour_of_week(moment: NDArray[Any]) -> NDArray[np.int64]:
    """0 to 167, from local hours since 0001-01-01 (a Monday is the day of ordinal 1)."""
    return np.asarray(np.mod(np.floor(moment) - 24.0, 168.0), dtype=np.int64)


def _counts(stays: Moments, begin: float, end: float) -> tuple[Floats, Floats]:
    elapsed, _ = _exits(stays, begin, end)
    return np.bincount(step_of(elapsed), minlength=len(AGES)).astype(np.float64), _exposure(stays, begin, end)


def at_risk(stays: Moments, begin: float, end: float, low: float, high: float) -> Floats:
    """Hours spent at each hour of the week, in the window, by those whose elapsed stay is in [low, high)."""
    start = np.maximum(stays.entered + low, begin)
    until = np.where(np.isfinite(stays.left), stays.left, end)
    stop = np.minimum(np.minimum(until, stays.entered + high), end)
    kept = stop > start
    hours = int(np.ceil(end - begin)) + 1
    step = np.zeros(hours + 1)
    np.add.at(step, np.floor(start[kept] - begin).astype(np.int64), 1.0)
    np.add.at(step, np.minimum(np.floor(stop[kept] - begin).astype(np.int64), hours), -1.0)
    there = np.cumsum(step)[:hours] + 0.0
    return np.asarray(np.bincount(hour_of_week(begin + np.arange(hours)), there, 168), dtype=np.float64)


def _week(stays: Moments, begin: float, end: float, low: float, high: float) -> Floats:
    """Exits per hour at risk by hour of the week over their mean, each hour drawn towards its day and its time."""
    elapsed, moments = _exits(stays, begin, end)
    seen = np.bincount(hour_of_week(moments[(elapsed >= low) & (elapsed < high)]), minlength=168).astype(np.float64)
    risk = at_risk(stays, begin, end, low, high)
    if seen.sum() <= 0 or risk.sum() <= 0:
        return np.ones(168)
    mean = seen.sum() / risk.sum()
    grid, hours = seen.reshape(7, 24), risk.reshape(7, 24)
    by_day = (grid.sum(axis=1) + 1.0) / (hours.sum(axis=1) * mean + 1.0)
    by_time = (grid.sum(axis=0) + 1.0) / (hours.sum(axis=0) * mean + 1.0)
    separate = np.outer(by_day, by_time).ravel()
    return np.asarray((seen + _PRIOR_WEEK * separate) / (risk * mean + _PRIOR_WEEK))


def hazards(groups: Sequence[Moments], begin: float, end: float) -> list[Hazard]:
    """The hazard of each group, from what was seen in the window [begin, end).

    Args:
        groups: the stays of each place of one filière (the same filière at each site).
        begin: beginning of the window, local hours.
        end: its end: nothing later is looked at.
    """
    counts = [_counts(one, begin, end) for one in groups]
    exits = sum((one for one, _ in counts), np.zeros(len(AGES)))
    risk = sum((one for _, one in counts), np.zeros(len(AGES)))
    overall = exits.sum() / risk.sum() if risk.sum() > 0 else 0.0
    common = (exits + _PRIOR_EXITS * 1.0) / (risk + _PRIOR_EXITS / overall) if overall > 0 else np.zeros(len(AGES))
    together = Moments(np.concatenate([g.entered for g in groups]), np.concatenate([g.left for g in groups]))
    parts = (0.0, SLEPT, 1e9)
    week = np.array([_week(together, begin, end, parts[n], parts[n + 1]) for n in range(2)])
    found = []
    for left, spent in counts:
        rate = common
        if overall > 0:
            rate = (left + _PRIOR_EXITS) / (spent + np.divide(_PRIOR_EXITS, common, out=np.full(len(AGES), 1e9),
                                                              where=common > 0))  # fmt: skip
        found.append(Hazard(rate, week))
    return found


def staying(hazard: Hazard, elapsed: Floats, now: float, hours: int) -> Floats:
    """(patients, hours): the chance that each patient present is still there at the end of each hour ahead.

    Args:
        hazard: of the place.
        elapsed: hours already spent there by each.
        now: the present, local hours.
        hours: how far ahead.
    """
    ahead = np.arange(hours)
    rate = hazard.at(elapsed[:, None] + ahead[None, :] + 0.5, hour_of_week(now + ahead)[None, :])
    return np.exp(-np.cumsum(rate, axis=1))


def newcomers(hazard: Hazard, entries: Floats, now: float) -> Floats:
    """(hours,): how many of those expected to enter are there at the end of each hour ahead.

    Args:
        hazard: of the place.
        entries: expected entries in each hour ahead.
        now: the present, local hours.
    """
    hours = len(entries)
    ahead = np.arange(hours)
    age = ahead[None, :] - ahead[:, None]
    rate = hazard.at(np.maximum(age, 0) + 0.25, hour_of_week(now + ahead)[None, :])
    rate = np.where(age >= 0, rate, 0.0)
    rate[ahead, ahead] *= 0.5
    alive = np.where(age >= 0, np.exp(-np.cumsum(rate, axis=1)), 0.0)
    return np.asarray(entries @ alive)


def entries_by_week(stays: Moments, begin: float, end: float) -> Floats:
    """Mean entries by hour of the week in the window, each hour drawn towards its day and its time."""
    inside = stays.entered[(stays.entered >= begin) & (stays.entered < end)]
    weeks = max((end - begin) / 168.0, 1e-9)
    seen = np.bincount(hour_of_week(inside), minlength=168).reshape(7, 24) / weeks
    total = seen.sum()
    if total <= 0:
        return np.zeros(168)
    separate = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / total
    return np.asarray(((weeks * seen + 8.0 * separate) / (weeks + 8.0)).ravel())


def presence(stays: Moments, hazard: Hazard, weekly: Floats, now: float, hours: int) -> Floats:
    """Expected number present at the end of each hour ahead: those there who stay, and those who come."""
    there = (stays.entered <= now) & ~(stays.left <= now)
    entries = weekly[hour_of_week(now + np.arange(hours))]
    kept = staying(hazard, now - stays.entered[there], now, hours).sum(axis=0)
    return np.asarray(kept + newcomers(hazard, entries, now))
