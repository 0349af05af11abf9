"""A unit's beds as a plan: rooms, beds, who is in them, who is expected.

The picture without names is readable by whoever may see the group's capacity. Names, reasons and expected exits come
from tables that row-level security filters: out of scope they are simply not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from archipel.domains.flow.models import BedFact as FactRow
from archipel.domains.flow.models import BedStatus, Segment, Venue
from archipel.domains.flow.queries.bed_rows import PLAN_LAPSES, whole_territory
from archipel.domains.flow.queries.unit_values import Arrival, Bed, Booking, Room, Stay, UnitBoard
from archipel.domains.flow.rules import bed_state, room_state
from archipel.domains.flow.values.beds import Closure, Occupant, Reservation, RoomBed, bed_label
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.identity import public as identity
from archipel.kernel import clock
from archipel.kernel.errors import NotFound
from archipel.territory import public as territory

_NOT_TOLD = "motif connu de l'établissement"

_PLANS = """
SELECT v.id, p->>'kind', (p->>'at')::timestamptz, p->>'uf', p->>'chambre', p->>'lit'
FROM flow_venue v CROSS JOIN LATERAL jsonb_array_elements(v.plans) AS p
WHERE v.establishment = %(establishment)s AND v.plans <> '[]'::jsonb AND NOT v.cancelled
  AND (v.discharged_at IS NULL OR v.discharged_at > %(now)s)
  AND (p->>'at')::timestamptz > %(now)s::timestamptz - %(lapse)s::interval
"""
_LEFT = """
SELECT chambre, lit, max(end_at) FROM (
  SELECT s.chambre, s.lit, s.end_at, row_number() OVER (PARTITION BY s.chambre, s.lit ORDER BY s.begin DESC) AS rank
  FROM flow_segment s WHERE s.establishment = %(establishment)s AND s.uf = %(uf)s AND s.end_at <= %(now)s
) AS ended WHERE rank <= 8 GROUP BY 1, 2
"""
_OVER = """
SELECT b.id FROM flow_bedstatus b
WHERE b.establishment = %(establishment)s AND b.uf = %(uf)s AND b.reserved_venue IS NOT NULL AND (
  EXISTS (
    SELECT 1 FROM flow_segment s
    WHERE s.venue_id = b.reserved_venue AND s.establishment = b.establishment AND s.uf = b.uf
      AND s.chambre = b.chambre AND s.lit = b.lit AND s.begin <= %(now)s
      AND (s.end_at IS NULL OR s.end_at > b.reserved_at))
  OR EXISTS (
    SELECT 1 FROM flow_venue v WHERE v.id = b.reserved_venue AND v.establishment = b.establishment
      AND (v.cancelled OR v.discharged_at <= %(now)s)))
"""
_HEARD = """
SELECT max(m.received_at) FROM journal_sender s JOIN LATERAL (
  SELECT received_at FROM journal_message j WHERE j.sender_id = s.id ORDER BY j.id DESC LIMIT 1) AS m ON true
WHERE s.establishment = %(establishment)s
"""

_KINDS = {"A05": "Préadmission", "A14": "Admission prévue", "A15": "Mutation prévue", "A16": "Sortie prévue"}


@dataclass(frozen=True, slots=True)
class _Plan:
    venue: int
    kind: str
    at: datetime
    uf: str
    chambre: str
    lit: str


@dataclass(frozen=True, slots=True)
class _Facts:
    """All that was read, before it is put together."""

    at: datetime
    unit: territory.UfInfo
    live: tuple[Segment, ...]
    plans: tuple[_Plan, ...]
    left: Mapping[tuple[str, str], datetime]
    status: Mapping[tuple[str, str], BedStatus]
    over: frozenset[int]
    venues: Mapping[int, Venue]
    persons: Mapping[str, identity.Person]
    reasons: Mapping[tuple[str, str], str]
    texts: Mapping[tuple[str, str], str]
    moves: Mapping[int, BedStatus]
    origins: Mapping[int, Segment]

    def name(self, venue: int) -> str:
        """``DURAND Lucie``, empty out of scope."""
        row = self.venues.get(venue)
        person = self.persons.get(row.patient) if row else None
        if person is None:
            return ""
        return f"{(person.nom_utilise or person.nom_naissance).upper()} {person.prenom}".strip()


def unit_board(*, scope: Scope, establishment: str, uf: str, at: datetime | None = None) -> UnitBoard:
    """Read one unit.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
        NotFound: no such unit today.
    """
    scope.require(Capability.VOIR_CAPACITE)
    now = at or clock.now()
    unit = next((u for u in territory.ufs([establishment]) if u.code == uf), None)
    if unit is None:
        raise NotFound(f"L'unité {uf} n'existe pas dans l'établissement {establishment}.", code="unite-inconnue")
    places = territory.beds([establishment], uf=uf)
    with in_scope(scope):
        facts, heard = _read(scope, unit, now)
    rooms: dict[str, list[Bed]] = defaultdict(list)
    for place in places:
        bed = _bed(place, facts)
        if place.lit and (bed.state.installed or bed.state.occupied):
            rooms[place.chambre].append(bed)
    known = {(place.chambre, place.lit) for place in places if place.lit}
    strays = [s for s in facts.live if s.uf == uf and s.begin <= now and (s.chambre, s.lit) not in known]
    site = next((s for s in territory.sites(establishment) if s.finess == unit.site), None)
    names = scope.sees_names(establishment)
    return UnitBoard(
        at=now,
        unit=unit,
        establishment_name=territory.establishment_names().get(establishment, establishment),
        site_name=site.name if site else "",
        rooms=tuple(_room(chambre, beds) for chambre, beds in rooms.items()),
        without_bed=tuple(_stay(segment, facts) for segment in strays),
        arrivals=_arrivals(facts),
        names=names,
        manages=scope.may(Capability.GERER_LITS, establishment) and names,
        heard_at=heard,
        keys=tuple(sorted(row.key for row in facts.venues.values())) if names else (),
    )


def _read(scope: Scope, unit: territory.UfInfo, now: datetime) -> tuple[_Facts, datetime | None]:
    parameters = {"establishment": unit.establishment, "uf": unit.code, "now": now, "lapse": PLAN_LAPSES}
    with whole_territory(scope):
        plans = tuple(_Plan(*row) for row in _rows(_PLANS, parameters))
        left = {(row[0], row[1]): row[2] for row in _rows(_LEFT, parameters)}
        over = frozenset(row[0] for row in _rows(_OVER, parameters))
        heard = _rows(_HEARD, parameters)[0][0]
    mine = Segment.objects.filter(establishment=unit.establishment, uf=unit.code)
    live = tuple(mine.filter(Q(end_at=None) | Q(end_at__gt=now)).order_by("begin"))
    rows = BedStatus.objects.filter(establishment=unit.establishment).filter(Q(uf=unit.code) | Q(move_requested=True))
    statuses = list(rows)
    status = {(row.chambre, row.lit): row for row in statuses if row.uf == unit.code}
    moves = {row.reserved_venue: row for row in statuses if row.move_requested and _awaits(row, now)}
    expected = {plan.venue for plan in plans if plan.uf == unit.code and plan.kind != "A16"}
    booked = {row.reserved_venue for row in status.values() if row.reserved_venue and row.pk not in over}
    numbers = {segment.venue_id for segment in live} | expected | booked
    venues = {row.pk: row for row in Venue.objects.filter(id__in=numbers)}
    coming = Segment.objects.filter(venue_id__in=booked, begin__lte=now).order_by("begin")
    reasons, texts = _told(unit) if scope.sees_names(unit.establishment) else ({}, {})
    facts = _Facts(
        at=now,
        unit=unit,
        live=live,
        plans=plans,
        left=left,
        status=status,
        over=over,
        venues=venues,
        persons=identity.people(unit.establishment, {row.patient for row in venues.values()}),
        reasons=reasons,
        texts=texts,
        moves={number: row for number, row in moves.items() if number is not None and row.pk not in over},
        origins={row.venue_id: row for row in coming},
    )
    return facts, heard


def _awaits(row: BedStatus, now: datetime) -> bool:
    return row.reserved_from is not None and (row.reserved_until is None or row.reserved_until > now)


def _told(unit: territory.UfInfo) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """What people said last of each bed: (reasons of closing or un-staffing, texts of reservations)."""
    reasons: dict[tuple[str, str], str] = {}
    texts: dict[tuple[str, str], str] = {}
    rows = FactRow.objects.filter(establishment=unit.establishment, uf=unit.code)
    for row in rows.filter(kind__in=("fermeture", "desarme", "reservation")).order_by("recorded_at", "id"):
        key = (row.chambre, row.lit)
        if row.kind == "reservation":
            texts[key] = row.subject.removeprefix("texte:") if row.subject.startswith("texte:") else ""
        else:
            reasons[key] = row.reason
    return reasons, texts


def _rows(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _closure(since: datetime | None, until: datetime | None, reason: str, facts: _Facts) -> Closure | None:
    if until is not None and until <= facts.at:
        return None
    return Closure(since or facts.at, reason or _NOT_TOLD, "", until)


def _bed(place: territory.BedInfo, facts: _Facts) -> Bed:
    key = (place.chambre, place.lit)
    status = facts.status.get(key)
    inside = [s for s in facts.live if (s.chambre, s.lit) == key and s.begin <= facts.at]
    reason = facts.reasons.get(key, "")
    closure = unstaffed = None
    booking = None
    if status is not None:
        if status.closed:
            closure = _closure(status.closed_since, status.closed_until, reason, facts)
        if not status.armed:
            unstaffed = _closure(status.unstaffed_since, status.unstaffed_until, reason, facts)
        if status.pk not in facts.over and _awaits(status, facts.at):
            booking = _booking(status, facts)
    state = bed_state(
        installed=not (place.closed or facts.unit.closed),
        closure=closure,
        unstaffed=unstaffed,
        reservations=_awaited(key, booking, facts),
        occupants=[Occupant(str(s.venue_id), s.begin, s.present, s.sexe) for s in inside],
        vacated_at=facts.left.get(key),
        cleaned_at=status.cleaned_at if status else None,
        to_clean_at=status.to_clean_at if status else None,
        tracks_cleaning=facts.unit.tracks_cleaning,
        at=facts.at,
    )
    held = closure or unstaffed
    return Bed(
        chambre=place.chambre,
        lit=place.lit,
        name=place.name,
        usage=place.usage,
        single=place.single,
        can_isolate=place.isolation,
        provisional=place.provisional or facts.unit.provisional,
        state=state,
        stays=tuple(_stay(segment, facts) for segment in inside),
        booking=booking,
        isolation=status.isolation if status else "",
        sexe=status.sexe if status else "",
        closed_until=held.until if held else None,
        reason=reason if held else "",
        updated_at=status.updated_at if status else None,
    )


def _booking(status: BedStatus, facts: _Facts) -> Booking:
    number = status.reserved_venue
    key = (status.chambre, status.lit)
    origin = facts.origins.get(number) if number is not None else None
    return Booking(
        expected_at=status.reserved_from or facts.at,
        until=status.reserved_until,
        move=status.move_requested,
        venue=number,
        subject=facts.name(number) if number is not None else facts.texts.get(key, ""),
        origin=bed_label(origin.chambre, origin.lit) or origin.uf if origin else "",
    )


def _awaited(key: tuple[str, str], booking: Booking | None, facts: _Facts) -> list[Reservation]:
    """Who is awaited in the bed: the reservation, and what the feed announced."""
    found = []
    if booking is not None:
        found.append(Reservation(str(booking.venue or "texte"), booking.expected_at, booking.until))
    for segment in facts.live:
        if (segment.chambre, segment.lit) == key and segment.begin > facts.at:
            found.append(Reservation(str(segment.venue_id), segment.begin))
    for plan in facts.plans:
        if plan.uf == facts.unit.code and (plan.chambre, plan.lit) == key and plan.kind != "A16":
            found.append(Reservation(str(plan.venue), plan.at))
    return found


def _stay(segment: Segment, facts: _Facts) -> Stay:
    venue = facts.venues.get(segment.venue_id)
    person = facts.persons.get(venue.patient) if venue else None
    move = facts.moves.get(segment.venue_id)
    return Stay(
        venue=segment.venue_id,
        since=segment.begin,
        present=segment.present,
        sexe=segment.sexe,
        key=venue.key if venue else "",
        name=facts.name(segment.venue_id),
        birth=person.date_naissance if person else None,
        expected_exit=venue.expected_exit if venue else None,
        moving_to=bed_label(move.chambre, move.lit) if move else "",
        moving_bed="/".join((move.uf, move.chambre, move.lit)) if move else "",
    )


def _arrivals(facts: _Facts) -> tuple[Arrival, ...]:
    found = [
        Arrival(
            _KINDS.get(plan.kind, "Arrivée prévue"),
            plan.at,
            plan.chambre,
            plan.lit,
            "",
            facts.venues[plan.venue].key if plan.venue in facts.venues else "",
            facts.name(plan.venue),
            plan.at < facts.at,
        )
        for plan in facts.plans
        if plan.uf == facts.unit.code and plan.kind != "A16"
    ]
    for segment in facts.live:
        if segment.begin > facts.at:
            key = facts.venues[segment.venue_id].key if segment.venue_id in facts.venues else ""
            where = (segment.chambre, segment.lit, segment.sexe)
            found.append(Arrival("Arrivée datée", segment.begin, *where, key, facts.name(segment.venue_id)))
    return tuple(sorted(found, key=lambda a: (a.at, a.chambre, a.lit)))


def _room(chambre: str, beds: Iterable[Bed]) -> Room:
    listed = list(beds)
    occupants = {
        bed.lit: tuple(Occupant(str(s.venue), s.since, s.present, s.sexe) for s in bed.stays) for bed in listed
    }
    state = room_state([RoomBed(bed.lit, bed.sexe, bed.isolation, occupants[bed.lit]) for bed in listed])
    if state.blocked:
        listed = [replace(bed, blocked=True) if bed.lit in state.blocked else bed for bed in listed]
    return Room(chambre, state, tuple(listed))


__all__ = ["Arrival", "Bed", "Booking", "Room", "Stay", "UnitBoard", "unit_board"]
