"""French public holidays, computed, and the kind of each day; school holidays are given by the site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from archipel.scenarios.forecast.values import SchoolPeriod


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (algorithm known as Butcher's, 1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=256)
def public_holidays(year: int, alsace_moselle: bool = False) -> dict[date, str]:
    """The public holidays of a year (Code du travail, article L. 3133-1), and the two of local law when asked for.

    Args:
        year: Gregorian.
        alsace_moselle: add Good Friday and 26 December (Code du travail, article L. 3134-13).
    """
    sunday = easter(year)
    found = {
        date(year, 1, 1): "Jour de l'an",
        sunday + timedelta(1): "Lundi de Pâques",
        date(year, 5, 1): "Fête du Travail",
        date(year, 5, 8): "Victoire de 1945",
        sunday + timedelta(39): "Ascension",
        sunday + timedelta(50): "Lundi de Pentecôte",
        date(year, 7, 14): "Fête nationale",
        date(year, 8, 15): "Assomption",
        date(year, 11, 1): "Toussaint",
        date(year, 11, 11): "Armistice de 1918",
        date(year, 12, 25): "Noël",
    }
    if alsace_moselle:
        found |= {sunday - timedelta(2): "Vendredi saint", date(year, 12, 26): "Saint-Étienne"}
    return found


@dataclass(frozen=True, slots=True)
class DayKinds:
    """The kind of consecutive days."""

    first: date
    weekday: NDArray[np.int64]
    """0 Monday … 6 Sunday."""
    holiday: NDArray[np.bool_]
    school: NDArray[np.bool_]
    """School holidays of the zone."""

    def __len__(self) -> int:
        return len(self.weekday)

    def part(self, begin: int, end: int) -> DayKinds:
        """The days [begin, end)."""
        return DayKinds(
            self.first + timedelta(begin), self.weekday[begin:end], self.holiday[begin:end], self.school[begin:end]
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a site says of its calendar."""

    alsace_moselle: bool = False
    periods: tuple[SchoolPeriod, ...] = ()
    """School holidays of the zone of the site; empty: not given."""
    known_until: date | None = field(default=None)
    """The last day that the periods cover."""

    def kinds(self, first: date, days: int) -> DayKinds:
        """The kind of ``days`` days from ``first`` on."""
        every = [first + timedelta(n) for n in range(days)]
        weekday = np.array([day.weekday() for day in every], dtype=np.int64)
        holiday = np.array([day in public_holidays(day.year, self.alsace_moselle) for day in every], dtype=np.bool_)
        school = np.zeros(days, dtype=np.bool_)
        for period in self.periods:
            begin, end = (period.first - first).days, (period.last - first).days + 1
            school[max(0, begin) : max(0, end)] = True
        return DayKinds(first, weekday, holiday, school)


def read_periods(lines: Iterable[str], zone: str) -> tuple[SchoolPeriod, ...]:
    """The school holidays of a zone from lines ``zone;first;last;name`` (ISO dates, both included).

    Raises:
        ValueError: naming the line, what was found and what was expected (French).
    """
    found = []
    for rank, line in enumerate(lines, 1):
        text = line.strip().lstrip("\ufeff")
        if not text or text.startswith("#") or text.lower().startswith("zone"):
            continue
        cells = [cell.strip() for cell in text.split(";")]
        try:
            first, last = date.fromisoformat(cells[1]), date.fromisoformat(cells[2])
        except (IndexError, ValueError):
            message = f"ligne {rank} : trouvé « {text[:60]} », attendu zone;AAAA-MM-JJ;AAAA-MM-JJ;nom"
            raise ValueError(message) from None
        if last < first:
            raise ValueError(f"ligne {rank} : la fin ({last}) précède le début ({first})")
        if cells[0].upper() == zone.upper():
            found.append(SchoolPeriod(cells[0].upper(), first, last, cells[3] if len(cells) > 3 else ""))
    return tuple(found)
