"""Pure vocabulary of forecasts: what is forecast, where, how well, and what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
QUANTILES = (0.1, 0.5, 0.9)
"""P10, P50, P90."""


class Measure(StrEnum):
    """What is counted."""

    ARRIVEES = "arrivees"
    ADMISSIONS = "admissions"
    SORTIES = "sorties"
    PRESENTS = "presents"


MEASURE_LABELS: dict[str, str] = {
    "arrivees": "Arrivées aux urgences",
    "admissions": "Hospitalisations depuis les urgences",
    "sorties": "Sorties",
    "presents": "Patients présents",
}
MEASURE_HELP: dict[str, str] = {
    "arrivees": "Passages qui commencent aux urgences.",
    "admissions": "Entrées dans un lit de la filière qui suivent sans interruption un passage aux urgences ou en UHCD.",
    "sorties": "Patients qui quittent les lits de la filière (du site, toutes filières) : sortie ou mutation ailleurs.",
    "presents": "Patients qui occupent ou gardent un lit de la filière, à la fin de l'heure ou de la journée.",
}


class Grain(StrEnum):
    """By day (local, midnight to midnight) or by hour (local)."""

    JOUR = "jour"
    HEURE = "heure"


class Level(StrEnum):
    """Of what."""

    SITE = "site"
    GHT = "ght"


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """One series: ``code`` is a FINESS EG or the code of a GHT; ``filiere`` is empty for all of them."""

    level: str
    code: str
    measure: str
    filiere: str = ""

    @property
    def name(self) -> str:
        """A stable name: ``site:210987731:presents:MED``."""
        return ":".join((self.level, self.code, self.measure, self.filiere))


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of a series. NaN: nothing is known of that day or hour (never zero)."""

    key: SeriesKey
    establishments: tuple[str, ...]
    first: date
    daily: Floats
    """One value a day, up to yesterday."""
    hourly: Floats
    """24 values a day, up to the last full hour; empty when only days are known."""
    imported: int = 0
    """Days that come from an imported history."""

    @property
    def known_days(self) -> int:
        """Days of which something is known."""
        return int(np.isfinite(self.daily).sum())


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a method did on the days that it had not seen."""

    method: str
    mae: float
    """Mean absolute error of P50, in the unit of the series."""
    pinball: float
    """Mean pinball loss over P10, P50, P90: the error of the three quantiles together."""
    below: tuple[float, float, float]
    """Share of the truth under P10, P50 and P90 (ties count for a half), between 0 and 1."""
    coverage: float
    """Share of the truth between P10 and P90, both included."""
    count: int
    """How many (origin, horizon) pairs it rests on."""
    mae_by_horizon: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A forecast, the method that is shown and how each one did."""

    method: str
    is_model: bool
    """False: no model did better than the baselines; the best of them is shown."""
    points: Floats
    """(horizons, 3): P10, P50, P90."""
    model: Quality
    """The best model, shown or not."""
    baselines: tuple[Quality, ...]
    """The baselines, the best first."""
    replayed: Mapping[int, tuple[float, float, float]] = field(default_factory=dict)
    """Position of a past day or hour → what is shown, as it would have been told just before (P10, P50, P90)."""

    @property
    def shown(self) -> Quality:
        """The quality of what is shown."""
        return self.model if self.is_model else self.baselines[0]


@dataclass(frozen=True, slots=True)
class TooShort:
    """There is not enough history yet."""

    known: int
    needed: int
    possible_on: date | None
    """When it will be possible if nothing is missing from now on; None when nothing is received."""


@dataclass(frozen=True, slots=True)
class SchoolPeriod:
    """School holidays of a zone; both days included."""

    zone: str
    first: date
    last: date
    name: str = ""


@dataclass(frozen=True, slots=True)
class Moments:
    """Stretches of stay in one place: local hours since 0001-01-01, as floats; NaN: still there."""

    entered: Floats
    left: Floats

    def __len__(self) -> int:
        return len(self.entered)


def local_hours(moment: datetime) -> float:
    """A local moment as hours since 0001-01-01: day × 24 + hour. The hour that clocks repeat counts twice."""
    return moment.toordinal() * 24.0 + moment.hour + moment.minute / 60.0 + moment.second / 3600.0


METHOD_LABELS: dict[str, str] = {
    "j-7": "Même jour de la semaine passée",
    "moyenne-28": "Moyenne des 28 derniers jours",
    "bjml": "BJML (25e centile)",
    "derniere": "Dernière valeur connue",
    "h-168": "Même heure de la semaine passée",
    "moyenne-28-heure": "Moyenne de la même heure sur 28 jours",
    "calendrier": "Niveau récent et calendrier",
    "calendrier-court": "Niveau des derniers jours et calendrier",
    "theta": "Thêta et calendrier",
    "melange": "Moyenne du thêta et du calendrier",
    "profil": "Profil horaire et calendrier",
    "profil-ajuste": "Profil horaire, recalé sur les dernières 24 h",
    "survie": "Survie des patients présents",
    "survie-semaine": "Survie des patients présents et même heure de la semaine passée",
}
