"""Pure vocabulary of tension: levels, indicators with their thresholds, the journal.

The five inputs of HET (hôpital en tension) are: beds available, passages of the day before, mean stay of hospitalised
patients, hospitalisation rate, load at 15 h against capacity. No threshold is national: they are the site's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Level(IntEnum):
    """How tense a site or a group is."""

    NORMAL = 0
    VIGILANCE = 1
    TENSION = 2
    FORTE = 3


LEVEL_LABELS: Mapping[Level, str] = MappingProxyType(
    {
        Level.NORMAL: "Normal",
        Level.VIGILANCE: "Vigilance",
        Level.TENSION: "Tension",
        Level.FORTE: "Tension forte",
    }
)


class Signal(StrEnum):
    """An indicator of tension."""

    LITS_DISPONIBLES = "lits_disponibles"
    PASSAGES_VEILLE = "passages_veille"
    DUREE_HOSPITALISES = "duree_hospitalises"
    TAUX_HOSPITALISATION = "taux_hospitalisation"
    CHARGE_15H = "charge_15h"
    CHARGE = "charge"
    ATTENTE_AVAL = "attente_aval"
    COUVERTURE_BJML = "couverture_bjml"


SIGNAL_LABELS: Mapping[Signal, tuple[str, str]] = MappingProxyType(
    {
        Signal.LITS_DISPONIBLES: ("Lits d'aval disponibles", "lits"),
        Signal.PASSAGES_VEILLE: ("Passages de la veille", "passages"),
        Signal.DUREE_HOSPITALISES: ("Durée moyenne du passage des patients hospitalisés, la veille", "min"),
        Signal.TAUX_HOSPITALISATION: ("Taux d'hospitalisation de la veille", "%"),
        Signal.CHARGE_15H: ("Patients présents à 15 h pour 100 places", "%"),
        Signal.CHARGE: ("Patients présents pour 100 places, maintenant", "%"),
        Signal.ATTENTE_AVAL: ("Patients qui attendent un lit", "patients"),
        Signal.COUVERTURE_BJML: ("Lits d'aval disponibles pour 100 lits du BJML", "%"),
    }
)
"""Signal → (words, unit)."""
HET = (
    Signal.LITS_DISPONIBLES,
    Signal.PASSAGES_VEILLE,
    Signal.DUREE_HOSPITALISES,
    Signal.TAUX_HOSPITALISATION,
    Signal.CHARGE_15H,
)
"""The five of HET; the others are ours."""


class Direction(StrEnum):
    """Which side of the threshold is tense."""

    HAUT = "haut"
    BAS = "bas"


class Mode(StrEnum):
    """How thresholds are meant."""

    ABSOLU = "absolu"
    ECART_TYPE = "ecart_type"
    """In standard deviations from the site's own mean."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """When one indicator is at each level; None: it never reaches it."""

    direction: Direction
    mode: Mode
    steps: tuple[float | None, float | None, float | None]
    """Bounds of vigilance, tension, tension forte: reached when met or passed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One indicator at a moment."""

    signal: Signal
    value: float | None
    """None: unknown, and then it counts for nothing."""
    level: Level
    bounds: tuple[float | None, float | None, float | None] = (None, None, None)
    """The thresholds in the unit of the indicator, once the mean and deviation are known."""
    why: str = ""
    """Why the value or the thresholds are unknown (French)."""


class TensionFactKind(StrEnum):
    """A line of the journal."""

    CALCUL = "calcul"
    """The computed level changed."""
    DECLARATION = "declaration"
    """Somebody says that the level is at least this one."""
    CONFIRMATION = "confirmation"
    """Somebody says that the computed level is right."""
    LEVEE = "levee"
    """Somebody says that there is no tension: declarations end, and the computed level is put aside until it rises."""


@dataclass(frozen=True, slots=True)
class TensionFact:
    """One row of the append-only journal of ONE subject."""

    fact_id: int
    kind: TensionFactKind
    level: Level
    effective_at: datetime
    recorded_at: datetime
    actor: str = ""
    reason: str = ""
    until: datetime | None = None
    details: Mapping[str, object] = field(default_factory=dict)


class LevelSource(StrEnum):
    """Who says the level in force."""

    INCONNU = "inconnu"
    CALCUL = "calcul"
    DECLARATION = "declaration"
    LEVEE = "levee"


@dataclass(frozen=True, slots=True)
class Standing:
    """The journal of one subject read at a moment."""

    level: Level
    source: LevelSource
    since: datetime | None
    """Since when this level is in force, None when nothing was ever said."""
    computed: Level | None
    """None: never computed."""
    declared: TensionFact | None = None
    """The declaration in force, even when the computed level is higher."""
    lifted: TensionFact | None = None
    """The lift in force."""
    confirmed: TensionFact | None = None
    """The confirmation of the computed level in force."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day of one emergency department."""

    day: int
    """Proleptic ordinal of the date (:meth:`datetime.date.toordinal`)."""
    passages: int
    ended: int
    hospitalised: int
    hospitalised_minutes: int
    present_at_15: int | None = None


@dataclass(frozen=True, slots=True)
class BedNeed:
    """BJML, besoin journalier minimal en lits: how it was computed."""

    beds: int | None
    """None: not enough days."""
    days: int
    """Days of history used."""
    wanted_days: int
    years: int
    percentile: int
