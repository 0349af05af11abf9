"""Levels of tension: from indicators to a level, from levels to a group, and the journal read at a moment. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import sqrt

from archipel.domains.flow.values.tension import (
    BedNeed,
    DayCount,
    Direction,
    Level,
    LevelSource,
    Mode,
    Reading,
    Signal,
    Standing,
    TensionFact,
    TensionFactKind,
    Threshold,
)

WEEK = 7


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float] | None:
    """Mean and standard deviation (of the sample); None of less than two values."""
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return mean, sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def bounds_of(
    threshold: Threshold, reference: tuple[float, float] | None
) -> tuple[float | None, float | None, float | None]:
    """The thresholds in the unit of the indicator; all None when they need a reference that is not known."""
    if threshold.mode is Mode.ABSOLU:
        return threshold.steps
    if reference is None:
        return (None, None, None)
    mean, deviation = reference
    sign = 1 if threshold.direction is Direction.HAUT else -1
    low, middle, high = (None if step is None else mean + sign * step * deviation for step in threshold.steps)
    return (low, middle, high)


def read_signal(
    signal: Signal,
    value: float | None,
    threshold: Threshold,
    reference: tuple[float, float] | None = None,
    why: str = "",
) -> Reading:
    """The level of one indicator: the highest whose bound is met; NORMAL when anything is unknown."""
    bounds = bounds_of(threshold, reference)
    if value is None:
        return Reading(signal, None, Level.NORMAL, bounds, why)
    level = Level.NORMAL
    for rank, bound in enumerate(bounds, 1):
        if bound is not None and (value >= bound if threshold.direction is Direction.HAUT else value <= bound):
            level = Level(rank)
    if not why and threshold.mode is Mode.ECART_TYPE and reference is None:
        why = "pas assez de jours d'historique pour une moyenne et un écart-type"
    return Reading(signal, value, level, bounds, why)


def site_level(readings: Iterable[Reading], needed: Mapping[Level, int]) -> Level:
    """The highest level that enough indicators reach.

    Args:
        readings: the indicators of the site.
        needed: level → how many indicators must reach it (1 when not given).
    """
    kept = list(readings)
    found = Level.NORMAL
    for level in (Level.VIGILANCE, Level.TENSION, Level.FORTE):
        if sum(1 for one in kept if one.level >= level) >= max(1, needed.get(level, 1)):
            found = level
    return found


def group_level(levels: Sequence[Level], minimum: int) -> Level:
    """The highest level that ``minimum`` sites reach (all of them when there are fewer); NORMAL without any site."""
    if not levels:
        return Level.NORMAL
    ordered = sorted(levels, reverse=True)
    return ordered[min(max(1, minimum), len(ordered)) - 1]


def kept_level(raw: Level, recent: Iterable[Level]) -> Level:
    """The level kept: a rise counts at once, a fall only when every recent reading is as low."""
    return max((raw, *recent))


# --- the journal --------------------------------------------------------------------------------------


def stand(facts: Iterable[TensionFact], at: datetime, known_at: datetime) -> Standing:
    """Read the journal of ONE subject at a moment; the order in which rows come never matters.

    A declaration holds until its end, a lift or another declaration. A lift puts the computed level aside until it
    rises above what it was, or falls back to normal and rises again. The level in force is the higher of the two.
    """
    rows = [f for f in facts if f.recorded_at <= known_at and f.effective_at <= at]
    rows.sort(key=lambda f: (f.effective_at, f.recorded_at, f.fact_id))
    walk = _Walk()
    for fact in rows:
        walk.lapse(fact.effective_at)
        walk.step(fact)
    walk.lapse(at)
    return walk.standing()


class _Walk:
    """The state along the journal."""

    def __init__(self) -> None:
        self.computed: Level | None = None
        self.declared: TensionFact | None = None
        self.lifted: TensionFact | None = None
        self.over: Level = Level.NORMAL
        """The computed level that the lift puts aside."""
        self.confirmed: TensionFact | None = None
        self.shown: tuple[Level, LevelSource] = (Level.NORMAL, LevelSource.INCONNU)
        self.since: datetime | None = None

    def lapse(self, at: datetime) -> None:
        """What has an end that came before ``at``."""
        declared = self.declared
        if declared is not None and declared.until is not None and declared.until <= at:
            self.declared = None
            self._told(declared.until)

    def step(self, fact: TensionFact) -> None:
        """One row."""
        if fact.kind is TensionFactKind.CALCUL:
            if self.computed != fact.level:
                self.confirmed = None
            self.computed = fact.level
            if self.lifted is not None and (fact.level > self.over or fact.level is Level.NORMAL):
                self.lifted = None
        elif fact.kind is TensionFactKind.DECLARATION:
            self.declared, self.lifted = fact, None
        elif fact.kind is TensionFactKind.CONFIRMATION:
            self.confirmed = fact
        else:
            self.declared, self.confirmed = None, None
            self.over = self.computed or Level.NORMAL
            self.lifted = fact if self.over else None
        self._told(fact.effective_at)

    def _told(self, at: datetime) -> None:
        level, source = self._now()
        if level != self.shown[0] or self.since is None:
            self.since = at
        self.shown = (level, source)

    def _now(self) -> tuple[Level, LevelSource]:
        computed = Level.NORMAL if self.lifted is not None or self.computed is None else self.computed
        if self.declared is not None and self.declared.level >= computed:
            return self.declared.level, LevelSource.DECLARATION
        if self.lifted is not None:
            return Level.NORMAL, LevelSource.LEVEE
        return computed, LevelSource.CALCUL

    def standing(self) -> Standing:
        """What is in force."""
        level, source = self.shown
        return Standing(level, source, self.since, self.computed, self.declared, self.lifted, self.confirmed)


# --- BJML ---------------------------------------------------------------------------------------------


def same_week(day: date, years: int) -> tuple[date, ...]:
    """The days of the same ISO week in each of the last ``years`` years, the most recent year first.

    A year without a week 53 gives its week 52.
    """
    year, week, _ = day.isocalendar()
    found: list[date] = []
    for back in range(1, years + 1):
        last = date(year - back, 12, 28).isocalendar()[1]
        monday = date.fromisocalendar(year - back, min(week, last), 1)
        found += [monday + timedelta(days=n) for n in range(WEEK)]
    return tuple(found)


def bed_need(history: Mapping[date, DayCount], day: date, *, years: int, percentile: int, minimum_days: int) -> BedNeed:
    """BJML: a low percentile of the daily hospitalisations from the emergency department, same week, last years.

    Percentile by the nearest rank. Source: circulaire DGOS/R2/2019/235 of 7 November 2019 and its regional readings
    (P25, 3 years; another source says 7 years): years and percentile are parameters.

    Args:
        history: what is known of each day.
        day: the day whose need is asked.
        years: how many years back.
        percentile: 1 to 99.
        minimum_days: below, nothing is said.
    """
    wanted = same_week(day, years)
    values = sorted(history[one].hospitalised for one in wanted if one in history)
    if len(values) < max(1, minimum_days):
        return BedNeed(None, len(values), len(wanted), years, percentile)
    rank = max(0, -(-percentile * len(values) // 100) - 1)
    return BedNeed(values[rank], len(values), len(wanted), years, percentile)
