"""All the series in, what is to be written out: no database here, so that several processes may share the work."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from archipel.scenarios.forecast.rules import engine
from archipel.scenarios.forecast.rules import hourly as by_hour
from archipel.scenarios.forecast.rules.daily import Smoother
from archipel.scenarios.forecast.rules.holidays import Calendar
from archipel.scenarios.forecast.values import (
    Floats,
    Grain,
    Measure,
    Moments,
    Outcome,
    Quality,
    Series,
    SeriesKey,
    TooShort,
)

SURVIVAL_DAYS = 28
"""Days over which survival is held against the truth, after as many to calibrate it and as many to learn from."""
_PRESENT_STEP = 12
RECENT_DAYS, RECENT_HOURS = 28, 72
"""How much of what was seen goes with a curve."""
SMALL = 1.0
"""Fewer events a day than that are not forecast by hour."""


@dataclass(frozen=True, slots=True)
class Made:
    """A curve to write."""

    key: SeriesKey
    establishments: tuple[str, ...]
    grain: Grain
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Beds:
    """The places of one filière, to be told from the survival of the patients present."""

    series: tuple[Series, ...]
    """The patients present at each site."""
    stays: tuple[Moments, ...]
    groups: tuple[tuple[Series, tuple[int, ...]], ...] = field(default=())
    """Series of GHT, each with the ranks of the sites that it adds."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is common to every series."""

    first: date
    days: int
    hours: int
    calendar: Calendar

    @property
    def today(self) -> date:
        """The day that is not over."""
        return self.first + timedelta(self.days)


def of_series(one: Series, ground: Ground, smoother: Smoother | None) -> Iterator[Made]:
    """The curves of one series: by day and, for events, by hour; or what is missing."""
    key = one.key
    lacking = engine.missing(one, ground.today)
    if lacking is not None:
        yield Made(key, one.establishments, Grain.JOUR, {**_short(lacking), **_days(one, ground, {})})
    else:
        outcome = engine.forecast_days(one, ground.calendar, None if key.filiere else smoother)
        moments = [(ground.today + timedelta(n)).isoformat() for n in range(engine.DAYS_AHEAD)]
        yield Made(
            key, one.establishments, Grain.JOUR, {**told_of(outcome, moments), **_days(one, ground, outcome.replayed)}
        )
    if key.measure != Measure.PRESENTS and hourly_possible(one):
        hours = engine.forecast_hours(one, ground.calendar)
        totals = {str(span): told_of(each, [""]) for span, each in hours.totals.items()}
        seen = _seen(one, ground, hours.outcome.replayed)
        content = {**told_of(hours.outcome, _hours(ground)), **seen, "totals": totals}
        yield Made(key, one.establishments, Grain.HEURE, content)


def hourly_possible(one: Series) -> bool:
    """Whether there is enough to forecast by hour."""
    recent = one.hourly[-engine.NEEDED * 24 :]
    if len(one.hourly) < engine.NEEDED * 24 or float(np.isfinite(recent).mean()) < 0.85:
        return False
    return bool(np.isfinite(one.hourly[-24:]).any()) and float(np.nanmean(recent)) * 24 >= SMALL


def of_beds(beds: Beds, ground: Ground) -> Iterator[Made]:
    """The patients present by hour, of one filière: each site, then each GHT."""
    begin = (ground.days - 2 * SURVIVAL_DAYS) * 24
    origins = sorted({*range(begin, ground.hours, _PRESENT_STEP), ground.hours})
    said = engine.presences(beds.stays, ground.first, origins, engine.HOURS_AHEAD)
    every = [(one, said[rank].said) for rank, one in enumerate(beds.series)]
    every += [(one, np.sum([said[n].said for n in ranks], axis=0)) for one, ranks in beds.groups]
    for one, values in every:
        outcome = present_outcome(one, origins, values)
        content = {**told_of(outcome, _hours(ground)), **_seen(one, ground, outcome.replayed)}
        yield Made(one.key, one.establishments, Grain.HEURE, content)


def long_enough(one: Series) -> bool:
    """Whether the patients present were followed for long enough to learn how long they stay."""
    recent = one.hourly[-3 * SURVIVAL_DAYS * 24 :]
    return len(recent) >= 3 * SURVIVAL_DAYS * 24 and float(np.isfinite(recent).mean()) > 0.95


def present_outcome(one: Series, origins: Sequence[int], said: Floats) -> Outcome:
    """Hold what survival said against the truth and the baselines.

    Args:
        one: the series of patients present.
        origins: positions of what was said; the last is now.
        said: (origins, hours).
    """
    hours = said.shape[1]
    bases: dict[str, list[Floats]] = defaultdict(list)
    mixed = []
    for rank, o in enumerate(origins):
        for name, values in by_hour.baselines(one.hourly[:o], hours, level=True).items():
            bases[name].append(values)
        mixed.append((said[rank] + bases["h-168"][-1]) / 2)
    truth = engine.ahead_of(one.hourly, origins[:-1], hours)
    models = {"survie": list(said), "survie-semaine": mixed}
    last = SURVIVAL_DAYS * 24 // _PRESENT_STEP
    return engine.judged(np.array(origins[:-1]) - 1, hours, truth, models, dict(bases), last)


# --- what is written ----------------------------------------------------------------------------------


def _midnight(ground: Ground) -> datetime:
    return datetime(ground.first.year, ground.first.month, ground.first.day)  # noqa: DTZ001 - local wall clock


def _hours(ground: Ground) -> list[str]:
    """The local hours ahead, each named after its beginning."""
    begin = _midnight(ground) + timedelta(hours=ground.hours)
    return [(begin + timedelta(hours=n)).isoformat(timespec="minutes") for n in range(engine.HOURS_AHEAD)]


def number(value: float) -> float | None:
    """A figure for JSON: three decimals, None where there is none."""
    return round(float(value), 3) if math.isfinite(value) else None


def told_of(outcome: Outcome, moments: Sequence[str]) -> dict[str, Any]:
    """A forecast as it is kept."""
    points = [[moment, *(number(v) for v in row)] for moment, row in zip(moments, outcome.points, strict=True)]
    return {
        "state": "modele" if outcome.is_model else "reference",
        "method": outcome.method,
        "points": points,
        "model": _quality(outcome.model),
        "baselines": [_quality(one) for one in outcome.baselines],
    }


def _quality(one: Quality) -> dict[str, Any]:
    found = asdict(one)
    for name in ("mae", "pinball", "coverage"):
        found[name] = number(found[name])
    for name in ("below", "mae_by_horizon"):
        found[name] = [number(value) for value in found[name]]
    return found


def _short(lacking: TooShort) -> dict[str, Any]:
    possible = lacking.possible_on.isoformat() if lacking.possible_on else None
    return {"state": "trop-court", "known": lacking.known, "needed": lacking.needed, "possible_on": possible,
            "points": []}  # fmt: skip


Replayed = Mapping[int, tuple[float, float, float]]


def _days(one: Series, ground: Ground, replayed: Replayed) -> dict[str, Any]:
    begin = max(0, ground.days - RECENT_DAYS)
    seen = [
        [(ground.first + timedelta(n)).isoformat(), number(one.daily[n]), *_told(replayed, n)]
        for n in range(begin, ground.days)
    ]
    return {"seen": seen, "history": one.known_days, "imported": min(one.imported, one.known_days)}


def _seen(one: Series, ground: Ground, replayed: Replayed) -> dict[str, Any]:
    begin, zero = max(0, ground.hours - RECENT_HOURS), _midnight(ground)
    seen = [
        [(zero + timedelta(hours=n)).isoformat(timespec="minutes"), number(one.hourly[n]), *_told(replayed, n)]
        for n in range(begin, ground.hours)
    ]
    return {"seen": seen, "history": one.known_days, "imported": min(one.imported, one.known_days)}


def _told(replayed: Replayed, position: int) -> list[float | None]:
    return [number(value) for value in replayed[position]] if position in replayed else [None, None, None]
