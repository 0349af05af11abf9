"""Pure vocabulary of the search for a downstream bed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class BedRequest:
    """What a patient needs. Coordinates are WGS 84 degrees; an empty text or None is unknown or indifferent."""

    filiere: str
    sexe: str = ""
    """F or M."""
    isolement: str = ""
    age: int | None = None
    """Years."""
    origin_eg: str = ""
    """FINESS of the site where the patient is."""
    latitude: float | None = None
    longitude: float | None = None
    single_room: bool = False
    """A single room is asked for."""


@dataclass(frozen=True, slots=True)
class BedCandidate:
    """A bed that might do, with what is known of it at the moment of the search."""

    key: str
    """Unique, stable key of the bed; the last tie-breaker."""
    establishment: str
    eg: str
    uf: str
    label: str
    filiere: str
    available: bool
    unavailable_reason: str = ""
    """French, shown when not available."""
    in_hours: float | None = None
    """Hours before it is expected to be free; None when unknown or already available."""
    single: bool = False
    isolation_capable: bool = False
    room_sexe: str = ""
    """Sex that the room imposes, F or M."""
    room_isolation: str = ""
    """Kind of isolation in force in the room."""
    protected_for: str = ""
    """FINESS of the site whose ED this bed is kept for; empty when not protected."""
    age_min: int | None = None
    age_max: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    travel_minutes: float | None = None


class ProtectedRule(StrEnum):
    """Who may use a bed kept for the ED of its site."""

    JAMAIS = "jamais"
    URGENCES_DU_SITE = "urgences_du_site"
    TOUJOURS = "toujours"


@dataclass(frozen=True, slots=True)
class RankingRules:
    """Parameters of the ranking; points are integers so that scores are exact."""

    compatibility: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Filière asked → other filière that may host it → points (0 to ``exact``). Absent: excluded."""
    exact: int = 100
    same_site: int = 40
    single_asked: int = 25
    single_for_isolation: int = 20
    isolation_wasted: int = -10
    """An isolation room given to a patient who needs none."""
    single_wasted: int = -5
    same_sex_room: int = 10
    opens_room: int = 0
    """An empty double room takes the patient's sex."""
    protected_own: int = 15
    protected_other: int = -60
    per_km: int = -1
    per_minute: int = -1
    unknown_distance: int = -30
    per_hour_of_wait: int = -8
    protected: ProtectedRule = ProtectedRule.URGENCES_DU_SITE
    max_km: float | None = None
    max_minutes: float | None = None
    accept_within_hours: float = 0.0
    """A bed not available yet is ranked when it is expected free within this delay."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a bed is ranked where it is. ``points`` is 0 for a plain remark and for an exclusion."""

    text: str
    points: int = 0
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class RankedBed:
    """A candidate with its place in the answer; excluded ones come last, with the reason."""

    candidate: BedCandidate
    rank: int
    """1 is the best; 0 for an excluded bed."""
    score: int
    distance_km: float | None
    excluded: bool
    reasons: tuple[Reason, ...]
