"""The rhythms and durations of the simulated hospitals. Orders of magnitude of French hospitals, not measurements.

Durations in hours unless said otherwise; probabilities between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, exp, log, pi
from types import MappingProxyType

ED_HOURS = (
    2.2, 1.8, 1.5, 1.3, 1.2, 1.4, 1.9, 2.9, 4.4, 5.8, 6.4, 6.3, 5.7, 5.7, 6.0, 5.9, 5.8, 5.9, 6.0, 5.7, 5.2, 4.6, 3.7,
    2.9,
)  # fmt: skip
"""Weight of each local hour in the arrivals of a day."""
ED_WEEKDAYS = (1.09, 1.00, 0.98, 0.98, 1.00, 0.98, 0.97)
"""Weight of each weekday, Monday first."""

OCCUPANCY: Mapping[str, float] = MappingProxyType(
    {"MED": 0.88, "CHI": 0.82, "OBS": 0.80, "PED": 0.78, "GER": 0.90, "SCA": 0.85, "SCP": 0.80, "BRU": 0.78,
     "SMR": 0.90, "PSY": 0.91, "SLD": 0.96, "UHCD": 0.75}
)  # fmt: skip
"""Share of open beds that scheduled admissions aim at."""


@dataclass(frozen=True, slots=True)
class Length:
    """A log-normal length of stay: median in days, sigma of the logarithm."""

    median: float
    sigma: float

    @property
    def mean(self) -> float:
        """Mean, in days."""
        return self.median * exp(self.sigma**2 / 2)

    @property
    def mu(self) -> float:
        """Mean of the logarithm of the days."""
        return log(self.median)


LENGTHS: Mapping[str, Length] = MappingProxyType(
    {
        "MED": Length(5.2, 0.70),
        "CHI": Length(3.6, 0.75),
        "OBS": Length(3.4, 0.35),
        "PED": Length(2.2, 0.65),
        "GER": Length(9.5, 0.55),
        "SCA": Length(3.2, 0.80),
        "SCP": Length(6.0, 0.80),
        "BRU": Length(12.0, 0.80),
        "SMR": Length(27.0, 0.55),
        "PSY": Length(16.0, 0.85),
        "SLD": Length(420.0, 0.90),
        "UHCD": Length(0.65, 0.40),
    }
)
"""Length of stay by filière."""

DEATHS: Mapping[str, float] = MappingProxyType(
    {"MED": 0.035, "CHI": 0.008, "GER": 0.065, "SCA": 0.075, "SCP": 0.008, "BRU": 0.05, "SMR": 0.025, "SLD": 0.75,
     "PSY": 0.002, "UHCD": 0.012, "OBS": 0.0, "PED": 0.001}
)  # fmt: skip
"""Share of stays that end by a death."""

TO_SMR: Mapping[str, float] = MappingProxyType({"MED": 0.04, "CHI": 0.06, "GER": 0.15})
"""Share of stays that go on in a SMR."""

EXIT_HOURS = ((10, 2), (11, 4), (12, 3), (13, 4), (14, 6), (15, 5), (16, 3), (17, 2))
"""Hour of discharge and its weight."""
EXIT_WEEKDAYS = (1.0, 1.0, 1.0, 1.0, 1.0, 0.62, 0.42)
"""Chance that a discharge due on that weekday takes place; otherwise it waits for the next day."""
ELECTIVE_WEEKDAYS = (1.0, 1.0, 0.95, 0.9, 0.6, 0.08, 0.35)
"""Scheduled admissions by weekday, as a share of the ordinary programme."""

AGE_HOSPITALISED = ((16, 0.35), (65, 0.62), (80, 1.75), (200, 2.35))
"""Age below which, relative chance of being hospitalised from the ED."""

NEEDS: tuple[tuple[int, tuple[tuple[str, float], ...]], ...] = (
    (16, (("PED", 0.88), ("SCP", 0.05), ("CHI", 0.07))),
    (65, (("MED", 0.54), ("CHI", 0.28), ("SCA", 0.12), ("PSY", 0.06))),
    (80, (("MED", 0.64), ("CHI", 0.20), ("SCA", 0.12), ("GER", 0.04))),
    (200, (("GER", 0.42), ("MED", 0.40), ("CHI", 0.12), ("SCA", 0.06))),
)
"""Age below which, the filières needed by those hospitalised from the ED."""

TRIAGE = ((1, 0.015), (2, 0.115), (3, 0.42), (4, 0.33), (5, 0.12))
"""Triage level (1 immediate … 5 not urgent) and its share."""
CARE_HOURS: Mapping[int, float] = MappingProxyType({1: 3.0, 2: 3.2, 3: 2.2, 4: 1.1, 5: 0.6})
"""Median time in a box by triage level."""

BIRTH_SHARE = 0.72
"""Share of obstetric stays with a birth."""

AGES: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {"MED": (18, 98, 70), "CHI": (16, 95, 60), "OBS": (17, 46, 31), "PED": (0, 16, 4), "GER": (75, 103, 86),
     "SCA": (18, 94, 68), "SCP": (0, 15, 0), "BRU": (2, 90, 40), "SMR": (18, 100, 78), "PSY": (16, 92, 45),
     "SLD": (65, 106, 87), "UHCD": (16, 100, 58)}
)  # fmt: skip
"""Lowest, highest and most frequent age by filière."""


def season(day_of_year: int) -> float:
    """Weight of the day in the year: winter peak, summer bump; the mean over a year is 1."""
    angle = 2 * pi * day_of_year / 365.25
    return 1.0 + 0.05 * cos(angle - 0.25) + 0.025 * cos(2 * angle - 0.3)
