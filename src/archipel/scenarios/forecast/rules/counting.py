"""From stretches of stay to series by day and by hour; from an imported history to the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

import numpy as np

from archipel.scenarios.forecast.values import Floats, Measure, Moments, Series, SeriesKey, local_hours

EMERGENCY, SHORT_STAY = "URG", "UHCD"
_QUIET = 5.0
"""An establishment with that many movements on an ordinary day is not silent a whole day: it was not heard."""
Place = tuple[str, str]
"""(FINESS EJ, FINESS EG)."""


class Stretch(Protocol):
    """A stay in one filière of one site; those of one patient follow each other."""

    @property
    def establishment(self) -> str:
        """FINESS EJ."""

    @property
    def site(self) -> str:
        """FINESS EG."""

    @property
    def filiere(self) -> str:
        """Code of the filière."""

    @property
    def entered(self) -> datetime:
        """When it began."""

    @property
    def left(self) -> datetime | None:
        """When it ended; None: still there."""

    @property
    def before(self) -> str:
        """The filière just before, without interruption; empty for an entry from outside."""

    @property
    def same_site(self) -> bool:
        """It goes on from a place of the same site."""


@dataclass(slots=True)
class Events:
    """What happened, as local hours."""

    arrivals: dict[Place, list[float]] = field(default_factory=lambda: defaultdict(list))
    admissions: dict[tuple[Place, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    stays: dict[tuple[Place, str], list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    """(entered, left) by place and filière; filière empty: the beds of the site together."""
    heard: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Entries and exits of each establishment."""
    first_exit: dict[str, float] = field(default_factory=dict)

    def moments(self, key: tuple[Place, str]) -> Moments:
        """The stays of one place as arrays."""
        rows = np.array(self.stays.get(key, ()), dtype=np.float64).reshape(-1, 2)
        return Moments(rows[:, 0], rows[:, 1])


def events(stretches: Iterable[Stretch], local: Callable[[datetime], datetime]) -> Events:
    """Count them.

    Args:
        stretches: those of one patient in order, patients one after the other.
        local: gives the local wall-clock moment.

    An admission from the emergency department is the first bed outside of the UHCD that follows it unbroken.
    """
    found = Events()
    from_ed = False
    open_site: list[float] | None = None
    for one in stretches:
        entered = local_hours(local(one.entered))
        left = float("nan") if one.left is None else local_hours(local(one.left))
        place = (one.establishment, one.site)
        _heard(found, one.establishment, entered, left)
        if not one.before:
            from_ed = one.filiere == EMERGENCY
            if from_ed:
                found.arrivals[place].append(entered)
        if one.filiere == EMERGENCY:
            open_site = None
            continue
        if from_ed and one.before and one.filiere != SHORT_STAY:
            found.admissions[place, one.filiere].append(entered)
            found.admissions[place, ""].append(entered)
            from_ed = False
        found.stays[place, one.filiere].append((entered, left))
        if one.before and one.same_site and open_site is not None:
            found.stays[place, ""][-1] = (open_site[0], left)
        else:
            open_site = [entered]
            found.stays[place, ""].append((entered, left))
    return found


def _heard(found: Events, establishment: str, entered: float, left: float) -> None:
    found.heard[establishment].append(entered)
    if left == left:  # not NaN
        found.heard[establishment].append(left)
        found.first_exit[establishment] = min(left, found.first_exit.get(establishment, left))


def known_days(heard: Iterable[float], first_exit: float | None, first: date, days: int) -> np.ndarray:
    """Which days of an establishment count: from the day after its first exit, less those when nothing came.

    Args:
        heard: moments of its entries and exits, local hours.
        first_exit: the first of its exits; None: nothing is known.
        first: the first day.
        days: how many.
    """
    if first_exit is None:
        return np.zeros(days, dtype=np.bool_)
    zero = first.toordinal()
    position = np.floor(np.asarray(list(heard), dtype=np.float64) / 24.0).astype(np.int64) - zero
    seen = np.bincount(position[(position >= 0) & (position < days)], minlength=days)
    begin = int(first_exit // 24) - zero + 1
    known = np.arange(days) >= begin
    usual = float(np.median(seen[known])) if known.any() else 0.0
    return known & ((seen > 0) | (usual < _QUIET))


def per_hour(moments: Iterable[float], first: date, hours: int) -> Floats:
    """How many events in each hour from the first midnight on."""
    position = np.floor(np.asarray(list(moments), dtype=np.float64)).astype(np.int64) - first.toordinal() * 24
    return np.bincount(position[(position >= 0) & (position < hours)], minlength=hours).astype(np.float64)


def present(stays: Moments, first: date, hours: int) -> Floats:
    """How many are there at the end of each hour."""
    zero = first.toordinal() * 24.0
    step = np.zeros(hours + 1)
    entered = np.clip(np.ceil(stays.entered - zero).astype(np.int64) - 1, 0, hours)
    gone = stays.left[np.isfinite(stays.left)]
    left = np.clip(np.ceil(gone - zero).astype(np.int64) - 1, 0, hours)
    np.add.at(step, entered, 1.0)
    np.add.at(step, left, -1.0)
    return np.cumsum(step)[:hours]


@dataclass(frozen=True, slots=True)
class Frame:
    """The period that series cover: whole days from ``first`` to yesterday, hours up to the last full one."""

    first: date
    days: int
    """Up to yesterday."""
    hours: int
    """Up to the last full hour of today."""

    @classmethod
    def up_to(cls, now: datetime, days: int) -> Frame:
        """The frame that ends at a local moment."""
        return cls(now.date() - timedelta(days), days, days * 24 + now.hour)


def live_series(found: Events, frame: Frame) -> dict[SeriesKey, Series]:
    """The series of each site, from what was received: NaN on days when the establishment was not heard."""
    made: dict[SeriesKey, Series] = {}
    masks = {
        place: known_days(found.heard[place], found.first_exit.get(place), frame.first, frame.days + 1)
        for place in found.heard
    }

    def add(place: Place, measure: Measure, filiere: str, hourly: Floats) -> None:
        mask = np.repeat(masks[place[0]], 24)[: frame.hours]
        values = np.where(mask, hourly, np.nan)
        days = values[: frame.days * 24].reshape(-1, 24)
        total = days[:, -1] if measure is Measure.PRESENTS else days.sum(axis=1)
        key = SeriesKey("site", place[1], measure.value, filiere)
        made[key] = Series(key, (place[0],), frame.first, total, values)

    for place, moments in found.arrivals.items():
        add(place, Measure.ARRIVEES, "", per_hour(moments, frame.first, frame.hours))
    for (place, filiere), moments in found.admissions.items():
        add(place, Measure.ADMISSIONS, filiere, per_hour(moments, frame.first, frame.hours))
    for place, filiere in list(found.stays):
        stays = found.moments((place, filiere))
        left = stays.left[np.isfinite(stays.left)]
        add(place, Measure.SORTIES, filiere, per_hour(left, frame.first, frame.hours))
        add(place, Measure.PRESENTS, filiere, present(stays, frame.first, frame.hours))
    return made


Told = Mapping[tuple[SeriesKey, str], Mapping[date, tuple[float, ...]]]
"""(series, FINESS EJ) → day → one value, or 24: an imported history."""


def with_imported(live: Mapping[SeriesKey, Series], told: Told, frame: Frame) -> dict[SeriesKey, Series]:
    """Complete what was received with an imported history; where both speak of a day, what was received prevails."""
    made = dict(live)
    empty = np.full(frame.hours, np.nan)
    for (key, establishment), days in told.items():
        before = made.get(key)
        daily = np.full(frame.days, np.nan) if before is None else before.daily.copy()
        hourly = empty.copy() if before is None or not len(before.hourly) else before.hourly.copy()
        imported = 0
        for day, values in days.items():
            place = (day - frame.first).days
            if not 0 <= place < frame.days or np.isfinite(daily[place]):
                continue
            imported += 1
            daily[place] = values[-1] if key.measure == Measure.PRESENTS else sum(values)
            if len(values) == 24:
                hourly[place * 24 : place * 24 + 24] = values
        places = before.establishments if before else (establishment,)
        made[key] = Series(key, places, frame.first, daily, hourly, imported)
    return made


def grouped(series: Mapping[SeriesKey, Series], ghts: Mapping[str, str]) -> dict[SeriesKey, Series]:
    """The series of each GHT: the sum of its sites, on the days when all that usually speak do.

    Args:
        series: of the sites.
        ghts: FINESS EJ → code of its GHT.
    """
    members: dict[SeriesKey, list[Series]] = defaultdict(list)
    for key, one in series.items():
        code = ghts.get(one.establishments[0], "")
        if code:
            members[SeriesKey("ght", code, key.measure, key.filiere)].append(one)
    made = {}
    for key, each in members.items():
        speaking = [one for one in each if np.isfinite(one.daily).any()] or each
        daily = np.sum([one.daily for one in speaking], axis=0)
        hourly = np.sum([one.hourly for one in speaking], axis=0)
        places = tuple(sorted({place for one in speaking for place in one.establishments}))
        made[key] = Series(key, places, speaking[0].first, daily, hourly, max(one.imported for one in speaking))
    return made
