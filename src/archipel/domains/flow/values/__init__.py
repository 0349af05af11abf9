"""Pure vocabulary of patient flow: movements, places, venues and what folds out of them.

Keys are texts, unique inside one establishment:

- *venue key*: ``"<authority>|<number>"`` (PID-18, or PV1-19 where PV1-51 is ``V``);
- *patient key*: ``"<authority>|<ipp>"`` (see :mod:`archipel.identity.values`);
- *movement key*: ``"<authority>|<ZBE-1>"``; a sender without ZBE gets a key beginning with ``~``.

A *stamp* sorts in the sender's order of emission and never depends on arrival (see identity values).
All times are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

CANCELLED_TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "A11": ("A01", "A04"),
    "A12": ("A02",),
    "A13": ("A03",),
    "A38": ("A05",),
    "A06": ("A07",),
    "A07": ("A06",),
    "A27": ("A14",),
    "A26": ("A15",),
    "A25": ("A16",),
    "A52": ("A21",),
    "A53": ("A22",),
    "A55": ("A54",),
}
"""Event of a CANCEL → the triggers that it may cancel (IHE PAM France 2.11, pairs of events).

A06 and A07 cancel each other only when ZBE-4 says CANCEL.
"""


class Action(StrEnum):
    """ZBE-4."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """PV1-3: UF d'hébergement, chambre, lit; an empty text is unknown."""

    uf: str = ""
    chambre: str = ""
    lit: str = ""


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class MovementFact:
    """One message about one movement: a row of the append-only log."""

    movement: str
    action: Action
    event: str
    """MSH-9.2 as received (A01, A12, Z99 …)."""
    trigger: str
    """The trigger of the movement itself: ZBE-6 for UPDATE and CANCEL, else the event."""
    effective_at: datetime
    """ZBE-2."""
    stamp: str
    venue: str
    patient: str
    patient_class: str = ""
    """PV1-2: I, E, O, P, R, B, N …; empty when not given."""
    place: Place | None = None
    """PV1-3, or None when the message gives none."""
    uf_medicale: str = ""
    uf_soins: str = ""
    nature: str = ""
    """ZBE-9 as a sorted set of letters, e.g. "HMS"."""
    expected_exit: datetime | None = None
    """PV2-9, or the date of an A16."""
    exit_mode: str = ""
    """ZFM-2 (mode de sortie PMSI), as received."""
    wish: str = ""
    """What a pending admission or transfer asks for (UF or filière), as received."""
    cancels: tuple[str, ...] = ()
    """Only for a CANCEL without ZBE-1: the triggers that it may cancel."""
    fact_id: int = field(default=0, compare=False)
    """The row of the log, 0 before it is written; never part of the state."""


@dataclass(frozen=True, slots=True)
class VenueOwnerFact:
    """The venue belongs to this patient (A44, and implicitly every movement)."""

    venue: str
    patient: str
    stamp: str


class VenueStatus(StrEnum):
    """Where a venue stands at a moment."""

    INCONNUE = "inconnue"
    PREADMISE = "preadmise"
    PRESENTE = "presente"
    ABSENTE = "absente"
    SORTIE = "sortie"
    ANNULEE = "annulee"


@dataclass(frozen=True, slots=True)
class Movement:
    """The winning version of one movement key; ``cancelled`` when a CANCEL was ever received for it."""

    movement: str
    venue: str
    trigger: str
    effective_at: datetime
    stamp: str
    patient: str
    patient_class: str
    place: Place | None
    uf_medicale: str
    uf_soins: str
    nature: str
    expected_exit: datetime | None
    exit_mode: str
    wish: str
    cancelled: bool
    fact_id: int = field(default=0, compare=False)
    """The row of the log that won; never part of the state."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a venue during which nothing that matters changed; half-open [begin, end)."""

    begin: datetime
    end: datetime | None
    """None: open."""
    place: Place
    uf_medicale: str
    uf_soins: str
    patient_class: str
    present: bool
    """False during a leave of absence (A21 to A22): the bed is kept."""
    movement: str
    """The movement that opened the segment."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Something announced that has not happened: a pre-admission, pending admission, transfer or discharge."""

    kind: str
    """A05, A14, A15, A16."""
    at: datetime
    place: Place | None
    wish: str
    movement: str
    stamp: str = ""
    """When it was announced, in the sender's order of emission; never part of the canonical state."""


@dataclass(frozen=True, slots=True)
class VenueTimeline:
    """The whole life of a venue as folded from its movements; a pure function of them, without any clock."""

    venue: str
    patient: str
    segments: tuple[Segment, ...]
    plans: tuple[Plan, ...]
    discharged_at: datetime | None
    exit_mode: str
    expected_exit: datetime | None
    cancelled: bool
    """True when every admission of the venue was cancelled."""
    remarks: tuple[str, ...] = ()
    """French sentences on what the feed got wrong (two admissions, movement after discharge …)."""


@dataclass(frozen=True, slots=True)
class VenueState:
    """The timeline read at one moment."""

    status: VenueStatus
    segment: Segment | None
    since: datetime | None
    """When the present segment's place was entered."""
    upcoming: Segment | None
    """The next segment that is still in the future: a reservation."""
    next_change_at: datetime | None
    """The next moment at which this answer changes without any new message."""
