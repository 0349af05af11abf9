"""A unit as its plan shows it: frozen values, some empty where the scope sees no names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from archipel.domains.flow.values.beds import BedState, RoomState, bed_label
from archipel.territory import public as territory


@dataclass(frozen=True, slots=True)
class Stay:
    """A venue as the unit's plan shows it. ``key`` and what follows are empty where the scope sees no names."""

    venue: int
    since: datetime
    present: bool
    sexe: str
    key: str = ""
    name: str = ""
    birth: date | None = None
    expected_exit: datetime | None = None
    """Announced by the feed (PV2-9, or A16)."""
    moving_to: str = ""
    """Bed for which a move was asked."""
    moving_bed: str = ""
    """The same, as ``uf/chambre/lit``."""


@dataclass(frozen=True, slots=True)
class Booking:
    """For whom a bed is kept."""

    expected_at: datetime
    until: datetime | None
    move: bool
    """A move asked for, that the feed has not confirmed."""
    venue: int | None
    subject: str
    """Name or text, empty out of scope."""
    origin: str = ""
    """Where the patient comes from, when a move."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody expected in the unit."""

    what: str
    at: datetime
    chambre: str
    lit: str
    sexe: str
    key: str = ""
    name: str = ""
    late: bool = False

    @property
    def label(self) -> str:
        """The bed as people say it, empty when none was chosen."""
        return bed_label(self.chambre, self.lit)


@dataclass(frozen=True, slots=True)
class Bed:
    """One bed of the plan."""

    chambre: str
    lit: str
    name: str
    usage: str
    single: bool
    can_isolate: bool
    provisional: bool
    state: BedState
    stays: tuple[Stay, ...]
    booking: Booking | None
    isolation: str
    sexe: str
    """Sex given to the room through this bed."""
    closed_until: datetime | None
    reason: str
    """Why closed or not staffed, empty out of scope."""
    blocked: bool = False
    """Free, but an isolation in the room forbids it."""
    updated_at: datetime | None = None

    @property
    def label(self) -> str:
        """The bed as people say it."""
        return bed_label(self.chambre, self.lit)

    @property
    def anchor(self) -> str:
        """An id for HTML, unique in the unit."""
        return "lit-" + "-".join(
            "".join(c if c.isalnum() else f"_{ord(c):x}_" for c in p) for p in (self.chambre, self.lit)
        )


@dataclass(frozen=True, slots=True)
class Room:
    """A room and its beds."""

    chambre: str
    state: RoomState
    beds: tuple[Bed, ...]


@dataclass(frozen=True, slots=True)
class UnitBoard:
    """A unit at a moment."""

    at: datetime
    unit: territory.UfInfo
    establishment_name: str
    site_name: str
    rooms: tuple[Room, ...]
    without_bed: tuple[Stay, ...]
    arrivals: tuple[Arrival, ...]
    names: bool
    """The scope sees the patients of the establishment."""
    manages: bool
    """The scope manages the beds of the establishment."""
    heard_at: datetime | None
    """Last message received from the establishment."""
    keys: tuple[str, ...]
    """The venues whose identity is in this picture, for the trail."""

    @property
    def beds(self) -> tuple[Bed, ...]:
        """Every bed, in order."""
        return tuple(bed for room in self.rooms for bed in room.beds)

    def count(self, state: str) -> int:
        """Beds in that state."""
        return sum(1 for bed in self.beds if bed.state.state == state)
