"""The ledger of beds: lock one, read what is known of it, append facts, bring its projection up to date.

Used by the bed services only, inside their transaction. No permission is checked here: row-level security still is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from archipel.domains.flow.models import BedFact as FactRow
from archipel.domains.flow.models import BedStatus, Segment, Venue
from archipel.domains.flow.rules import bed_state, fold_bed_facts, room_state, standing
from archipel.domains.flow.services import ticking
from archipel.domains.flow.values import Place
from archipel.domains.flow.values.beds import (
    BedFact,
    BedFactKind,
    BedLedger,
    BedState,
    Occupant,
    Reservation,
    RoomBed,
    RoomState,
    bed_label,
)
from archipel.kernel.errors import NotFound
from archipel.territory import public as territory

VENUE_PREFIX = "venue:"
MOVE = "deplacement"
"""Value of a reservation that is a move asked for."""


@dataclass(frozen=True, slots=True)
class BedKey:
    """A bed of the structure: legal entity, UF, room, bed."""

    establishment: str
    uf: str
    chambre: str = ""
    lit: str = ""

    @property
    def label(self) -> str:
        """The bed as people say it: ``12-P``."""
        return bed_label(self.chambre, self.lit)

    @property
    def text(self) -> str:
        """The bed in one text, for the trail and forms: ``uf/chambre/lit``."""
        return "/".join((self.uf, self.chambre, self.lit))

    def columns(self) -> dict[str, str]:
        """Column → value, for filters."""
        return {"establishment": self.establishment, "uf": self.uf, "chambre": self.chambre, "lit": self.lit}


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is known of one bed at a moment."""

    key: BedKey
    info: territory.BedInfo
    unit: territory.UfInfo
    facts: tuple[BedFact, ...]
    ledger: BedLedger
    state: BedState
    occupants: tuple[Occupant, ...]

    def reservation(self) -> Reservation | None:
        """The reservation in force, that its patient has not honoured."""
        inside = {occupant.venue for occupant in self.occupants}
        waiting = [r for r in self.ledger.reservations if r.subject.removeprefix(VENUE_PREFIX) not in inside]
        return waiting[0] if waiting else None


def lock(keys: Iterable[BedKey]) -> None:
    """One writer at a time on each bed until the end of the transaction, always in the same order."""
    with connection.cursor() as cursor:
        for text in sorted({f"{key.establishment}:{key.text}" for key in keys}):
            cursor.execute("SELECT pg_advisory_xact_lock(7206, hashtext(%s))", [text])


def facts_of(key: BedKey) -> tuple[BedFact, ...]:
    """Every fact of the bed, in the order of recording."""
    rows = FactRow.objects.filter(**key.columns()).order_by("recorded_at", "id")
    return tuple(as_fact(row) for row in rows)


def as_fact(row: FactRow) -> BedFact:
    """The row as the pure rules read it."""
    return BedFact(
        fact_id=row.pk,
        kind=BedFactKind(row.kind),
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        actor=row.actor,
        reason=row.reason,
        until=row.until,
        subject=row.subject,
        value=row.value,
        undoes=row.undoes,
    )


def _live(key: BedKey, at: datetime) -> tuple[Occupant, ...]:
    rows = Segment.objects.filter(**key.columns(), begin__lte=at).filter(Q(end_at=None) | Q(end_at__gt=at))
    return tuple(Occupant(str(row.venue_id), row.begin, row.present, row.sexe) for row in rows.order_by("begin"))


def _vacated_at(key: BedKey, at: datetime) -> datetime | None:
    ends = Segment.objects.filter(**key.columns(), end_at__lte=at).order_by("-begin").values_list("end_at", flat=True)
    return max((end for end in ends[:8] if end is not None), default=None)


def _honoured(key: BedKey, facts: Iterable[BedFact], at: datetime) -> frozenset[str]:
    """Subjects of reservations that are over: the patient came into the bed since, or has left the hospital."""
    made: dict[str, datetime] = {}
    for fact in facts:
        if fact.kind is BedFactKind.RESERVATION and fact.subject.startswith(VENUE_PREFIX):
            made[fact.subject] = fact.recorded_at
    if not made:
        return frozenset()
    numbers = {int(subject.removeprefix(VENUE_PREFIX)): subject for subject in made}
    over: set[str] = set()
    came = Segment.objects.filter(**key.columns(), venue_id__in=numbers, begin__lte=at)
    for number, end in came.values_list("venue_id", "end_at"):
        if end is None or end > made[numbers[number]]:
            over.add(numbers[number])
    gone = Venue.objects.filter(id__in=numbers, establishment=key.establishment)
    for number in gone.filter(Q(cancelled=True) | Q(discharged_at__lte=at)).values_list("id", flat=True):
        over.add(numbers[number])
    return frozenset(over)


def read(key: BedKey, at: datetime) -> Situation:
    """What is known of the bed.

    Raises:
        NotFound: the structure of today has no such bed.
    """
    same = (key.uf, key.chambre, key.lit)
    beds = territory.beds([key.establishment], uf=key.uf)
    info = next((bed for bed in beds if (bed.uf, bed.chambre, bed.lit) == same), None)
    unit = next((uf for uf in territory.ufs([key.establishment]) if uf.code == key.uf), None)
    if info is None or unit is None:
        raise NotFound(f"Le lit « {key.label} » n'existe pas dans l'unité {key.uf}.", code="lit-inconnu")
    facts = facts_of(key)
    over = _honoured(key, facts, at)
    ledger = fold_bed_facts((f for f in facts if f.subject not in over or not f.subject), at, at)
    occupants = _live(key, at)
    state = bed_state(
        installed=not (info.closed or unit.closed),
        closure=ledger.closure,
        unstaffed=ledger.unstaffed,
        reservations=[
            Reservation(r.subject.removeprefix(VENUE_PREFIX), r.expected_at, r.until) for r in ledger.reservations
        ],
        occupants=occupants,
        vacated_at=_vacated_at(key, at),
        cleaned_at=ledger.cleaned_at,
        to_clean_at=ledger.to_clean_at,
        tracks_cleaning=unit.tracks_cleaning,
        at=at,
    )
    return Situation(key, info, unit, facts, ledger, state, occupants)


def append(
    key: BedKey,
    kind: BedFactKind,
    *,
    actor: str,
    at: datetime,
    effective_at: datetime | None = None,
    reason: str = "",
    until: datetime | None = None,
    subject: str = "",
    value: str = "",
    undoes: int | None = None,
) -> int:
    """Add one fact to the ledger; its number."""
    row = FactRow.objects.create(
        **key.columns(),
        kind=kind.value,
        effective_at=effective_at or at,
        recorded_at=at,
        actor=actor,
        reason=reason,
        until=until,
        subject=subject,
        value=value,
        undoes=undoes,
    )
    return int(row.pk)


def refresh(key: BedKey, at: datetime) -> BedLedger:
    """Bring the projection of the bed up to date with its ledger, as read at ``at``."""
    facts = facts_of(key)
    ledger = fold_bed_facts(facts, at, at)
    closure, unstaffed = ledger.closure, ledger.unstaffed
    over = _honoured(key, facts, at)
    booked = next((r for r in ledger.reservations if r.subject not in over), None)
    origin = _origin(facts, booked, at)
    if ledger.next_change_at is not None:
        ticking.remember([(ledger.next_change_at, key.establishment, key.uf)])
    BedStatus.objects.update_or_create(
        **key.columns(),  # type: ignore[arg-type]
        defaults={
            "armed": unstaffed is None,
            "unstaffed_since": unstaffed.since if unstaffed else None,
            "unstaffed_until": unstaffed.until if unstaffed else None,
            "closed": closure is not None,
            "closure_kind": closure.reopening if closure else "",
            "closed_since": closure.since if closure else None,
            "closed_until": closure.until if closure else None,
            "reserved_from": booked.expected_at if booked else None,
            "reserved_until": booked.until if booked else None,
            "reserved_at": origin.recorded_at if origin else None,
            "reserved_venue": _number(booked.subject) if booked else None,
            "move_requested": bool(origin and origin.value == MOVE),
            "isolation": ledger.isolation,
            "isolation_since": ledger.isolation_since,
            "sexe": ledger.sexe,
            "cleaned_at": ledger.cleaned_at,
            "to_clean_at": ledger.to_clean_at,
            "next_change_at": ledger.next_change_at,
            "updated_at": at,
        },
    )
    return ledger


def _origin(facts: Iterable[BedFact], booked: Reservation | None, at: datetime) -> BedFact | None:
    """The fact that made the reservation."""
    if booked is None:
        return None
    made = [f for f in standing(facts, at) if f.kind is BedFactKind.RESERVATION and f.subject == booked.subject]
    return made[-1] if made else None


def _number(subject: str) -> int | None:
    text = subject.removeprefix(VENUE_PREFIX)
    return int(text) if subject.startswith(VENUE_PREFIX) and text.isdigit() else None


def place_of(venue: int, at: datetime) -> Place | None:
    """Where the venue is at the moment; None when it is nowhere."""
    rows = Segment.objects.filter(venue_id=venue, begin__lte=at).filter(Q(end_at=None) | Q(end_at__gt=at))
    row = rows.order_by("-begin").first()
    return Place(row.uf, row.chambre, row.lit) if row else None


def sexe_of(venue: int) -> str:
    """F, M, U or an empty text: the sex known for the venue."""
    return Segment.objects.filter(venue_id=venue).order_by("-begin").values_list("sexe", flat=True).first() or ""


def occupants(key: BedKey, at: datetime) -> tuple[Occupant, ...]:
    """Who is in the bed at the moment."""
    return _live(key, at)


def room_keys(key: BedKey) -> tuple[BedKey, ...]:
    """The beds of the same room; a bed without a room is alone."""
    if not key.chambre:
        return (key,)
    beds = territory.beds([key.establishment], uf=key.uf)
    room = tuple(
        BedKey(b.establishment, b.uf, b.chambre, b.lit) for b in beds if b.chambre == key.chambre and not b.closed
    )
    return room or (key,)


def room(key: BedKey, at: datetime) -> RoomState:
    """What the room of the bed imposes on a newcomer."""
    found = []
    for bed in room_keys(key):
        ledger = fold_bed_facts(facts_of(bed), at, at)
        found.append(RoomBed(bed.lit, ledger.sexe, ledger.isolation, _live(bed, at)))
    return room_state(found)


def moves_of(establishment: str, venue: int) -> tuple[BedKey, ...]:
    """Beds kept for a move of the venue."""
    rows = BedStatus.objects.filter(establishment=establishment, reserved_venue=venue, move_requested=True)
    return tuple(BedKey(row.establishment, row.uf, row.chambre, row.lit) for row in rows.order_by("id"))


def facts_in_force(key: BedKey, at: datetime) -> list[BedFact]:
    """Facts that may be taken back: neither undone, nor undos that were undone."""
    facts = facts_of(key)
    kept = standing(facts, at)
    taken = {f.undoes for f in facts if f.undoes is not None}
    undos = [f for f in facts if f.undoes is not None and f.fact_id not in taken]
    return [*kept, *undos]
