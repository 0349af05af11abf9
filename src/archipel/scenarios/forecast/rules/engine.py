"""A series in, a forecast out: by day, by hour, or from the patients present; or what is missing for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from archipel.scenarios.forecast.rules import daily as by_day
from archipel.scenarios.forecast.rules import hourly as by_hour
from archipel.scenarios.forecast.rules import survival
from archipel.scenarios.forecast.rules.backtest import Trial, judge
from archipel.scenarios.forecast.rules.daily import Smoother
from archipel.scenarios.forecast.rules.holidays import Calendar
from archipel.scenarios.forecast.values import Floats, Measure, Moments, Outcome, Series, TooShort

DAYS_AHEAD = 8
"""Today, which is not over, and seven days."""
HOURS_AHEAD = 168
NEEDED = 56
"""Days of history without which nothing is forecast: 28 for the baselines, 28 to measure the error."""
SMOOTHED_FROM = 1.0
"""A series with fewer events a day is left to the calendar: the smoother has nothing to follow."""
_KEPT = 400
"""Days of history that are looked at."""
_HOURLY_STEP = 6
_LEARNT = 28
"""Past days that are enough to choose a model and set its band: where there are twice as many, one in two."""


def missing(series: Series, today: date) -> TooShort | None:
    """What lacks for a forecast by day; None when nothing does."""
    recent = series.daily[-NEEDED:]
    known = int(np.isfinite(recent).sum())
    if len(series.daily) >= NEEDED and known >= NEEDED - 7 and np.isfinite(recent[-7:]).any():
        return None
    begins = not np.isfinite(series.daily).any()  # something came, not yet a whole day
    heard = begins or bool(np.isfinite(series.daily[-3:]).any())
    run = 0
    for value in series.daily[::-1]:
        if not np.isfinite(value):
            break
        run += 1
    return TooShort(run, NEEDED, today + timedelta(NEEDED - run + begins) if heard else None)


def _windows(days: int, judged: int, learning: int) -> tuple[int, int]:
    """(first origin, how many days judge) for a history of that many days."""
    room = days - 28 - 7
    last = min(judged, max(7, room // 2))
    return max(28, days - last - min(learning, max(7, room - last))), last


def forecast_days(series: Series, calendar: Calendar, smoother: Smoother | None) -> Outcome:
    """P10, P50, P90 of today and the seven days to come, with the measured error.

    The caller has made sure that nothing is :func:`missing`.
    """
    values = series.daily[-_KEPT:]
    values = values[_unheard(values) :]
    before = len(series.daily) - len(values)
    first = series.first + timedelta(before)
    total = len(values)
    kinds = calendar.kinds(first, total + DAYS_AHEAD)
    level = series.key.measure == Measure.PRESENTS
    lower = series.key.measure == Measure.ADMISSIONS
    usual = float(np.nanmean(values[-56:]))
    smooth = smoother if usual >= SMOOTHED_FROM else None
    begin, last = _windows(total, 28, 56)
    step = 2 if total - last - begin > _LEARNT else 1
    origins = [o for o in range(begin, total) if o >= total - last or (total - o) % step == 0]
    models: dict[str, list[Floats]] = {}
    bases: dict[str, list[Floats]] = {}
    padded = np.concatenate([values, np.full(DAYS_AHEAD, np.nan)])
    truth = np.array([padded[o : o + DAYS_AHEAD] for o in origins])
    for o in [*origins, total]:
        past, ahead = kinds.part(0, o), kinds.part(o, o + DAYS_AHEAD)
        by_day.merge(models, by_day.candidates(values[:o], past, ahead, smooth, level=level))
        by_day.merge(bases, by_day.baselines(values[:o], DAYS_AHEAD, level=level, lower=lower))
    return judged(np.array(origins) - 1 + before, DAYS_AHEAD, truth, models, bases, last)


def _unheard(values: Floats) -> int:
    """How many values come before the first that is known: what is said there, from nothing, proves nothing."""
    known = np.isfinite(values)
    return int(known.argmax()) if known.any() else 0


def judged(
    origins: np.ndarray,
    horizons: int,
    truth: Floats,
    models: dict[str, list[Floats]],
    bases: dict[str, list[Floats]],
    last: int,
) -> Outcome:
    """Split what was said at each origin, the last of which is now; the ``last`` origins measure the error."""
    now = {name: said[-1] for name, said in (*models.items(), *bases.items())}
    past = [{name: np.array(said[:-1]) for name, said in each.items()} for each in (models, bases)]
    return judge(Trial(origins, np.arange(1, horizons + 1), truth, past[0], past[1], now, last))


@dataclass(frozen=True, slots=True)
class Hours:
    """A forecast by hour, and of the totals from now on."""

    outcome: Outcome
    totals: dict[int, Outcome]
    """Hours ahead → one forecast of what is counted from now until then."""


TOTALS = (1, 2, 4, 8, 12, 24, 48)
"""Hours over which the expected total is told."""


def _hourly_origins(position: int) -> tuple[list[int], int]:
    """Past origins, every six hours up to the present, and how many judge."""
    days = position // 24
    begin, last = _windows(days, 28, 28)
    origins = list(range(position - (days - begin) * 24, position, _HOURLY_STEP))
    return origins, last * 24 // _HOURLY_STEP


def forecast_hours(series: Series, calendar: Calendar) -> Hours:
    """P10, P50, P90 of each of the next 168 hours, and of the totals of :data:`TOTALS`, for a count of events."""
    before = _unheard(series.hourly) // 24
    values = series.hourly[before * 24 :]
    position = len(values)
    kinds = calendar.kinds(series.first + timedelta(before), position // 24 + HOURS_AHEAD // 24 + 2)
    origins, last = _hourly_origins(position)
    models: dict[str, list[Floats]] = {}
    bases: dict[str, list[Floats]] = {}
    for o in [*origins, position]:
        by_day.merge(models, by_hour.models(values[:o], kinds, HOURS_AHEAD))
        by_day.merge(bases, by_hour.baselines(values[:o], HOURS_AHEAD))
    truth = ahead_of(values, origins, HOURS_AHEAD)
    ends = np.array(origins) - 1 + before * 24
    outcome = judged(ends, HOURS_AHEAD, truth, models, bases, last)
    totals = {
        span: judged(
            ends + span - 1, 1, truth[:, :span].sum(axis=1, keepdims=True),
            _summed(models, span), _summed(bases, span), last,
        )
        for span in TOTALS
    }  # fmt: skip
    return Hours(outcome, totals)


def _summed(said: dict[str, list[Floats]], span: int) -> dict[str, list[Floats]]:
    return {name: [one[:span].sum(keepdims=True) for one in each] for name, each in said.items()}


def ahead_of(values: Floats, origins: Sequence[int], hours: int) -> Floats:
    """(origins, hours): what came after each origin; NaN where it has not come yet."""
    padded = np.concatenate([values, np.full(hours, np.nan)])
    return np.array([padded[o : o + hours] for o in origins])


@dataclass(frozen=True, slots=True)
class Presence:
    """What survival says of a place at past origins and now: (origins + 1, hours)."""

    origins: tuple[int, ...]
    """Positions (hours since the first day of the series); the last is now."""
    said: Floats


def presences(groups: Sequence[Moments], first: date, origins: Sequence[int], hours: int) -> list[Presence]:
    """What survival would have said at each origin of each place of one filière, learning from the past alone.

    Args:
        groups: the stays of each place.
        first: the day from which positions count.
        origins: positions in hours, increasing; the last is now.
        hours: how far ahead.
    """
    zero = first.toordinal() * 24.0
    said: list[list[Floats]] = [[] for _ in groups]
    learnt_at = -1e9
    known: list[survival.Hazard] = []
    weekly: list[Floats] = []
    for o in origins:
        now = zero + o
        if o - learnt_at >= 7 * 24:
            learnt_at = o
            known = survival.hazards(groups, max(zero, now - 180 * 24), now)
            weekly = [survival.entries_by_week(one, max(zero, now - 56 * 24), now) for one in groups]
        for n, one in enumerate(groups):
            said[n].append(survival.presence(one, known[n], weekly[n], now, hours))
    return [Presence(tuple(origins), np.array(each)) for each in said]
