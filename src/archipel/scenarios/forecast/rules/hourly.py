"""Forecasts by hour: the days forecast, spread over the hours as they usually are, and what the last hours say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from archipel.scenarios.forecast.rules.daily import adjusted, effects, recent_level
from archipel.scenarios.forecast.rules.holidays import DayKinds
from archipel.scenarios.forecast.values import Floats

_PRIOR_DAYS = 10.0
"""How many days of the common shape the shape of a kind of day is drawn towards."""
_MEMORY = 12.0
"""Hours after which what the last 24 hours said in excess is worth 1/e."""


def day_group(kinds: DayKinds) -> np.ndarray:
    """0 weekdays, 1 Saturdays, 2 Sundays and public holidays."""
    group = np.where(kinds.weekday == 5, 1, np.where(kinds.weekday == 6, 2, 0))
    return np.where(kinds.holiday, 2, group)


def shares(hourly: Floats, kinds: DayKinds) -> Floats:
    """(3, 24) share of each hour in its day, by group of days; each sums to 1.

    Args:
        hourly: 24 values a day of whole days; days with a hole are left out.
        kinds: of these days.
    """
    days = hourly.reshape(-1, 24)
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(days).all(axis=1))
    common = np.where(whole[:, None], days, 0.0).sum(axis=0) + 1e-6
    common /= common.sum()
    group = day_group(kinds)
    mean = float(days[whole].sum(axis=1).mean()) if whole.any() else 1.0
    found = np.empty((3, 24))
    for one in range(3):
        seen = days[whole & (group == one)].sum(axis=0) + common * max(mean, 0.1) * _PRIOR_DAYS
        found[one] = seen / seen.sum()
    return found


def models(hourly: Floats, kinds: DayKinds, hours: int) -> dict[str, Floats]:
    """What each model says of the next hours.

    Args:
        hourly: up to the last full hour, from the first hour of the first day; NaN: unknown.
        kinds: of the days past and of those to forecast.
        hours: how many to forecast.
    """
    position = len(hourly)
    whole = position // 24
    past = hourly[: whole * 24]
    days = past.reshape(-1, 24).sum(axis=1)
    known = effects(days, kinds.part(0, whole))
    level = recent_level(adjusted(days, kinds.part(0, whole), known))
    spread = shares(past, kinds.part(0, whole))
    begin = max(0, position - 24)
    reach = -(-(position + hours) // 24)
    first = begin // 24
    around = kinds.part(first, reach)
    expected = (level * known.of(around)[:, None] * spread[day_group(around)]).ravel()[begin - first * 24 :]
    last, ahead = expected[: position - begin], expected[position - begin : position - begin + hours]
    seen = hourly[begin:position]
    heard = np.isfinite(seen)
    excess = (seen[heard].sum() + 100.0) / (last[heard].sum() + 100.0)
    fade = np.exp(-np.arange(1, hours + 1) / _MEMORY)
    return {"profil": ahead, "profil-ajuste": ahead * (1.0 + (excess - 1.0) * fade)}


def baselines(hourly: Floats, hours: int, *, level: bool = False) -> dict[str, Floats]:
    """The same hour a week ago, the mean of the same hour over 28 days and, for levels, the last value."""
    recent = hourly[-28 * 24 :]
    usable = recent[len(recent) % 24 :].reshape(-1, 24)
    known = np.isfinite(usable)
    total, count = np.where(known, usable, 0.0).sum(axis=0), known.sum(axis=0)
    mean = np.divide(total, count, out=np.zeros(24), where=count > 0)
    same = np.resize(mean, hours)
    week = hourly[-168:]
    week = np.where(np.isfinite(week), week, np.resize(mean, len(week)))
    found: dict[str, Floats] = {"h-168": np.resize(week, hours), "moyenne-28-heure": same}
    if level:
        last = hourly[np.isfinite(hourly)]
        found["derniere"] = np.full(hours, last[-1] if len(last) else 0.0)
    return found
