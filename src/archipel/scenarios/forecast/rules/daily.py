"""Forecasts by day: calendar effects and recent level, a smoother given from outside, and the baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from archipel.scenarios.forecast.rules.holidays import DayKinds
from archipel.scenarios.forecast.values import Floats

Smoother = Callable[[Floats, int], Floats]
"""(a series without holes, horizon) → its continuation; the forecasting library, or nothing in tests."""
HALF_LIVES = {"calendrier": 42.0, "calendrier-court": 10.0}
"""Days after which an observation weighs half in the recent level, by model: counts of events."""
LEVEL_HALF_LIVES = {"calendrier": 10.0, "calendrier-court": 2.0}
"""The same for levels (patients present), which go on from where they are."""
_HOLIDAY_SPREAD, _SCHOOL_SPREAD = 0.15, 0.08
"""How far from 1 the effects of holidays are believed to be before anything is seen (standard deviations)."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What multiplies the level of a day."""

    weekday: Floats
    holiday: float
    school: float

    def of(self, kinds: DayKinds) -> Floats:
        """The factor of each day."""
        found = self.weekday[kinds.weekday].copy()
        found[kinds.holiday] *= self.holiday
        found[kinds.school] *= self.school
        return found


def effects(values: Floats, kinds: DayKinds) -> Effects:
    """The effects of weekdays, public holidays and school holidays, each drawn towards 1 as far as it is uncertain.

    Weekdays: empirical Bayes, the spread between them net of the noise of counts says how much to believe each.
    """
    level = _trend(values)
    known = np.isfinite(values) & (level > 0)
    noise = _dispersion(values[known], level[known])
    ordinary = known & ~kinds.holiday
    total = np.bincount(kinds.weekday[ordinary], values[ordinary], 7)
    expected = np.bincount(kinds.weekday[ordinary], level[ordinary], 7)
    raw = np.divide(total, expected, out=np.ones(7), where=expected > 0)
    raw /= raw.mean() or 1.0
    variance = np.divide(noise, expected, out=np.full(7, 1e9), where=expected > 0)
    believed = max(0.0, float(np.var(raw) - np.mean(np.minimum(variance, 1.0))))
    weekday = 1.0 + (raw - 1.0) * believed / (believed + variance)
    weekday /= weekday.mean()
    base = level * weekday[kinds.weekday]
    holiday = _one(values, base, known & kinds.holiday, noise, _HOLIDAY_SPREAD)
    school = _one(values, base, known & kinds.school & ~kinds.holiday, noise, _SCHOOL_SPREAD)
    return Effects(weekday, holiday, school)


def _one(values: Floats, base: Floats, on: np.ndarray, noise: float, spread: float) -> float:
    """One factor: what was seen over what was expected, with as many events at 1 as the prior is worth."""
    prior = noise / spread**2
    return float((values[on].sum() + prior) / (base[on].sum() + prior))


def _trend(values: Floats, window: int = 28) -> Floats:
    """The mean around each day over four weeks, whatever days are missing."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    total = np.concatenate([[0.0], np.cumsum(filled)])
    count = np.concatenate([[0.0], np.cumsum(known)])
    begin = np.clip(np.arange(len(values)) - window // 2, 0, None)
    end = np.clip(begin + window, None, len(values))
    begin = np.clip(end - window, 0, None)
    found = np.divide(total[end] - total[begin], count[end] - count[begin], out=np.zeros(len(values)),
                      where=count[end] > count[begin])  # fmt: skip
    return np.asarray(found, dtype=np.float64)


def _dispersion(values: Floats, level: Floats) -> float:
    """Variance over mean: 1 for counts that nothing drives together."""
    if len(values) < 14:
        return 1.0
    return float(np.clip(np.mean((values - level) ** 2 / np.maximum(level, 0.25)), 0.2, 20.0))


def adjusted(values: Floats, kinds: DayKinds, known: Effects) -> Floats:
    """The series without its calendar, holes filled with the recent level."""
    bare = values / np.maximum(known.of(kinds), 0.05)
    trend = _trend(bare)
    return np.where(np.isfinite(bare), bare, trend)


def recent_level(bare: Floats, half_life: float = 42.0) -> float:
    """The mean, the most recent days weighing most."""
    weights = 0.5 ** (np.arange(len(bare))[::-1] / half_life)
    return float(np.dot(weights, bare) / weights.sum())


def candidates(
    values: Floats, past: DayKinds, ahead: DayKinds, smoother: Smoother | None, *, level: bool = False
) -> dict[str, Floats]:
    """What each model says of the days ahead, from the days past.

    Args:
        values: one a day; NaN where nothing is known.
        past: their kinds.
        ahead: the kinds of the days to forecast.
        smoother: continues a series without holes; None: the models that need none.
        level: the series is a level, not a count of events.
    """
    known = effects(values, past)
    bare = adjusted(values, past, known)
    future = known.of(ahead)
    lives = LEVEL_HALF_LIVES if level else HALF_LIVES
    found = {name: recent_level(bare, life) * future for name, life in lives.items()}
    if smoother is not None:
        found["theta"] = np.maximum(smoother(bare, len(ahead)), 0.0) * future
        found["melange"] = (found["calendrier"] + found["theta"]) / 2
    return found


def baselines(values: Floats, days: int, *, level: bool = False, lower: bool = False) -> dict[str, Floats]:
    """What anybody would say: last week, the mean of four weeks, the last value (levels), the BJML (admissions).

    Args:
        values: one a day, NaN where nothing is known.
        days: how many to say.
        level: the series is a level (patients present), not a count of events.
        lower: add the BJML, here the 25th centile of the last seven days (flow facts: years and centile vary).
    """
    recent = values[-28:]
    mean = float(np.nanmean(recent)) if np.isfinite(recent).any() else 0.0
    week = np.where(np.isfinite(values[-7:]), values[-7:], mean)
    found: dict[str, Floats] = {"j-7": np.resize(week, days), "moyenne-28": np.full(days, mean)}
    if level:
        last = values[np.isfinite(values)]
        found["derniere"] = np.full(days, last[-1] if len(last) else 0.0)
    if lower:
        found["bjml"] = np.full(days, float(np.quantile(week, 0.25)))
    return found


def merge(into: dict[str, list[Floats]], found: Mapping[str, Floats]) -> None:
    """Add what was said at one origin to what was said at the others."""
    for name, values in found.items():
        into.setdefault(name, []).append(values)
