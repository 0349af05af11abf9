"""Pure vocabulary of beds: what people say about a bed, and what it is at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archipel.domains.flow.values import Place


def bed_label(chambre: str, lit: str) -> str:
    """The bed as people say it: ``12-P``; a bed code that already begins with its room says enough."""
    if chambre and lit.startswith(chambre) and lit != chambre:
        return lit
    return "-".join(part for part in (chambre, lit) if part)


class BedFactKind(StrEnum):
    """What a person, or the feed, may say about a bed."""

    FERMETURE = "fermeture"
    REOUVERTURE = "reouverture"
    RESERVATION = "reservation"
    ANNULATION_RESERVATION = "annulation_reservation"
    NETTOYE = "nettoye"
    A_NETTOYER = "a_nettoyer"
    DESARME = "desarme"
    ARME = "arme"
    ISOLEMENT = "isolement"
    FIN_ISOLEMENT = "fin_isolement"
    SEXE_CHAMBRE = "sexe_chambre"
    ANNULATION = "annulation"
    """Says nothing of its own: takes back the fact that it points to."""


@dataclass(frozen=True, slots=True)
class BedFact:
    """One row of the append-only ledger of ONE bed."""

    fact_id: int
    kind: BedFactKind
    effective_at: datetime
    """For a reservation: when the patient is expected."""
    recorded_at: datetime
    actor: str
    reason: str = ""
    until: datetime | None = None
    """End of a closure, of an un-staffing or of a reservation; None: until told otherwise."""
    subject: str = ""
    """For whom a bed is reserved: an opaque key."""
    value: str = ""
    """fermeture: reopening code of R333 (01 réactivable, 02 non réactivable, 03 indéterminé);
    isolement: its kind (contact, gouttelettes, air, protecteur …); sexe_chambre: F, M or empty."""
    undoes: int | None = None
    """The fact that this one takes back; such a fact says nothing else."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A bed out of use."""

    since: datetime
    reason: str
    reopening: str
    """R333 code, empty when not given."""
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Reservation:
    """A bed kept for a patient who is expected."""

    subject: str
    expected_at: datetime
    until: datetime | None = None
    """The reservation lapses at this moment."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BedLedger:
    """The ledger of one bed read at a moment."""

    closure: Closure | None = None
    unstaffed: Closure | None = None
    reservations: tuple[Reservation, ...] = ()
    """Those that have not lapsed, the first expected first."""
    isolation: str = ""
    isolation_since: datetime | None = None
    sexe: str = ""
    cleaned_at: datetime | None = None
    to_clean_at: datetime | None = None
    next_change_at: datetime | None = None
    """The next moment at which this answer changes without any new fact."""


@dataclass(frozen=True, slots=True)
class Occupant:
    """A venue in a bed; ``present`` is False during a leave of absence."""

    venue: str
    since: datetime
    present: bool = True
    sexe: str = ""
    """F, M, or empty when unknown."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Who is in a place at a moment, who is expected, and when it was last left."""

    place: Place
    occupants: tuple[Occupant, ...]
    vacated_at: datetime | None
    expected: tuple[Reservation, ...] = ()
    """Future segments and plans that name the bed; the subject is the venue key."""


class BedStateKind(StrEnum):
    """The single word shown on a bed."""

    LIBRE = "libre"
    RESERVE = "reserve"
    OCCUPE = "occupe"
    A_NETTOYER = "a_nettoyer"
    FERME = "ferme"
    NON_ARME = "non_arme"


@dataclass(frozen=True, slots=True)
class BedState:
    """A bed at a moment: one word to show, and the separate facts behind it."""

    state: BedStateKind
    since: datetime | None
    installed: bool
    armed: bool
    closed: bool
    occupied: bool
    reserved: bool
    """A known patient is expected within 24 hours (R330, 04)."""
    clean: bool
    available: bool
    """Staffed, not closed, not occupied, not reserved within 24 hours, clean (R330, 02)."""
    conflict: bool
    """Two patients in one bed."""
    reasons: tuple[str, ...] = ()
    """French sentences."""


@dataclass(frozen=True, slots=True)
class RoomBed:
    """One bed of a room, for the rules of the room."""

    lit: str
    sexe: str = ""
    """The sex that the ledger gives to the room through this bed."""
    isolation: str = ""
    occupants: tuple[Occupant, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomState:
    """What a room imposes on a newcomer."""

    sexe: str
    """F or M, empty when free to both."""
    isolation: str
    """Kind of isolation in force, empty when none."""
    conflict: bool
    blocked: tuple[str, ...]
    """Free beds that an isolation in the same room makes unusable."""
    reasons: tuple[str, ...] = ()
