"""A venue's path: its movements, what message said so, and what was known at a past moment.

Everything is folded again from the log of facts, so that two times can be chosen freely: ``at`` (where was the
patient then) and ``known_at`` (with what had been received by then). Row-level security decides what is seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from archipel.domains.flow.models import MovementFact as FactRow
from archipel.domains.flow.models import OwnerFact, Venue
from archipel.domains.flow.rules import fold_facts, fold_movement, state_at
from archipel.domains.flow.values import (
    Action,
    Movement,
    MovementFact,
    Place,
    Segment,
    VenueOwnerFact,
    VenueState,
    VenueTimeline,
)
from archipel.domains.flow.values.labels import ACTIONS, ATTRIBUTES, class_label, trigger_label

VENUES_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Version:
    """One message about one movement."""

    message_id: int
    recorded_at: datetime
    event: str
    action: str
    """In French: créé, modifié, annulé."""
    known: bool
    """Whether it had been received at the chosen moment."""


@dataclass(frozen=True, slots=True)
class PathMovement:
    """A movement as it was known, the messages that told it, and what was learnt about it since."""

    key: str
    number: str
    trigger: str
    label: str
    effective_at: datetime
    place: Place | None
    uf_medicale: str
    uf_soins: str
    nature: str
    cancelled: bool
    versions: tuple[Version, ...]
    unknown: bool
    """Nothing about it had been received at the chosen moment."""
    changes: tuple[str, ...]
    """French: what later messages changed."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment of the path, and whether the other picture (then, or now) has the same."""

    segment: Segment
    patient_class: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Attribute:
    """Another fact of the venue and when its sender said it."""

    label: str
    value: str
    said_at: datetime | None


@dataclass(frozen=True, slots=True)
class Path:
    """All that the page shows of one venue."""

    establishment: str
    key: str
    number: str
    at: datetime
    known_at: datetime | None
    timeline: VenueTimeline
    state: VenueState
    now: VenueTimeline
    state_now: VenueState
    stretches: tuple[Stretch, ...]
    stretches_now: tuple[Stretch, ...]
    movements: tuple[PathMovement, ...]
    owners: tuple[tuple[str, datetime, int], ...]
    """(patient key, received, message) of each explicit change of owner (A44)."""
    attributes: tuple[Attribute, ...]
    updated_at: datetime
    learnt_since: int
    """Messages received after ``known_at``."""

    @property
    def differs(self) -> bool:
        """Whether what is known now gives another path."""
        return self.known_at is not None and (
            self.timeline.segments != self.now.segments
            or self.timeline.discharged_at != self.now.discharged_at
            or self.timeline.cancelled != self.now.cancelled
            or self.timeline.patient != self.now.patient
        )


@dataclass(frozen=True, slots=True)
class VenueRow:
    """A venue in a list."""

    establishment: str
    key: str
    number: str
    patient: str
    begin: datetime | None
    discharged_at: datetime | None
    cancelled: bool
    planned: bool


def fact_of(row: FactRow) -> MovementFact:
    """A row of the log in the words of the rules."""
    return MovementFact(
        movement=row.movement,
        action=Action(row.action),
        event=row.event,
        trigger=row.trigger,
        effective_at=row.effective_at,
        stamp=row.stamp,
        venue=row.venue,
        patient=row.patient,
        patient_class=row.patient_class,
        place=Place(row.uf, row.chambre, row.lit) if row.has_place else None,
        uf_medicale=row.uf_medicale,
        uf_soins=row.uf_soins,
        nature=row.nature,
        expected_exit=row.expected_exit,
        exit_mode=row.exit_mode,
        wish=row.wish,
        cancels=tuple(row.cancels.split(",")) if row.cancels else (),
        fact_id=row.message_id,
    )


def path(*, establishment: str, key: str, at: datetime, known_at: datetime | None = None) -> Path | None:
    """The path of a venue; None when there is none of that key in scope (or nothing of it was known yet).

    Args:
        establishment: the one that holds the venue.
        key: the venue key.
        at: the moment at which the state is read.
        known_at: take only what had been received by then; None: all.
    """
    venue = Venue.objects.filter(establishment=establishment, key=key).first()
    if venue is None:
        return None
    own = FactRow.objects.filter(establishment=establishment, venue=key)
    keys = own.filter(cancels="").values("movement")
    rows = list(
        FactRow.objects.filter(Q(movement__in=keys, cancels="") | Q(venue=key), establishment=establishment).order_by(
            "message_id", "id"
        )
    )
    owners = list(OwnerFact.objects.filter(establishment=establishment, venue=key).order_by("message_id"))
    now = _timeline(key, rows, owners, None)
    then = now if known_at is None else _timeline(key, rows, owners, known_at)
    received = [*((r.message_id, r.recorded_at) for r in rows), *((o.message_id, o.recorded_at) for o in owners)]
    late = {number for number, when in received if known_at is not None and when > known_at}
    return Path(
        establishment=establishment,
        key=key,
        number=venue.number,
        at=at,
        known_at=known_at,
        timeline=then,
        state=state_at(then, at),
        now=now,
        state_now=state_at(now, at),
        stretches=_stretches(then, now),
        stretches_now=_stretches(now, then),
        movements=_movements(key, rows, known_at),
        owners=tuple((o.patient, o.recorded_at, o.message_id) for o in owners),
        attributes=_attributes(venue.attributes),
        updated_at=venue.updated_at,
        learnt_since=len(late),
    )


def _timeline(
    key: str, rows: Iterable[FactRow], owners: Iterable[OwnerFact], known_at: datetime | None
) -> VenueTimeline:
    facts = [fact_of(row) for row in rows if known_at is None or row.recorded_at <= known_at]
    own = [
        VenueOwnerFact(owner.venue, owner.patient, owner.stamp)
        for owner in owners
        if known_at is None or owner.recorded_at <= known_at
    ]
    return fold_facts(key, facts, own)


def _stretches(one: VenueTimeline, other: VenueTimeline) -> tuple[Stretch, ...]:
    same = set(other.segments)
    return tuple(Stretch(s, class_label(s.patient_class), s not in same) for s in one.segments)


def _movements(venue: str, rows: Iterable[FactRow], known_at: datetime | None) -> tuple[PathMovement, ...]:
    """One line per movement key, and one per anonymous cancel."""
    groups: dict[str, list[FactRow]] = defaultdict(list)
    for row in rows:
        groups[f"{row.movement}#{row.id}" if row.cancels else row.movement].append(row)
    found = [_movement(group, known_at) for group in groups.values()]
    kept = [one for one, concerns in found if venue in concerns]
    return tuple(sorted(kept, key=lambda m: (m.effective_at, m.versions[0].message_id)))


def _movement(rows: list[FactRow], known_at: datetime | None) -> tuple[PathMovement, set[str]]:
    known = [row for row in rows if known_at is None or row.recorded_at <= known_at]
    now = fold_movement([fact_of(row) for row in rows])
    then = fold_movement([fact_of(row) for row in known]) if known else now
    versions = tuple(
        Version(row.message_id, row.recorded_at, row.event, ACTIONS.get(row.action, row.action), row in known)
        for row in rows
    )
    movement = PathMovement(
        key=then.movement,
        number=then.movement.rpartition("|")[2],
        trigger=then.trigger,
        label=trigger_label(then.trigger),
        effective_at=then.effective_at,
        place=then.place,
        uf_medicale=then.uf_medicale,
        uf_soins=then.uf_soins,
        nature=then.nature,
        cancelled=then.cancelled,
        versions=versions,
        unknown=not known,
        changes=_changes(then, now) if known else (),
    )
    return movement, {row.venue for row in rows}


def _changes(then: Movement, now: Movement) -> tuple[str, ...]:
    changes: list[str] = []
    if now.cancelled and not then.cancelled:
        changes.append("annulé depuis")
    if now.venue != then.venue:
        changes.append(f"passé à la venue {now.venue.rpartition('|')[2]}")
    if now.trigger != then.trigger:
        changes.append(f"devenu : {trigger_label(now.trigger)}")
    if now.effective_at != then.effective_at:
        changes.append("date changée")
    if now.place != then.place:
        changes.append(f"lieu devenu {place_text(now.place)}")
    if (now.uf_medicale, now.uf_soins) != (then.uf_medicale, then.uf_soins):
        changes.append(f"UF médicale {now.uf_medicale or 'inconnue'}, UF de soins {now.uf_soins or 'inconnue'}")
    if now.expected_exit != then.expected_exit:
        changes.append("sortie prévue changée")
    if now.patient != then.patient:
        changes.append("patient changé")
    return tuple(changes)


def place_text(place: Place | None, names: Mapping[str, str] | None = None) -> str:
    """``Cardiologie (UF 3001), chambre 101, lit P``, with the name that ``names`` gives; « lieu inconnu » if none."""
    if place is None or place == Place():
        return "lieu inconnu"
    name = (names or {}).get(place.uf, "")
    parts = [f"{name} (UF {place.uf})" if name else f"UF {place.uf}" if place.uf else "UF inconnue"]
    if place.chambre:
        parts.append(f"chambre {place.chambre}")
    if place.lit:
        parts.append(f"lit {place.lit}")
    return ", ".join(parts)


def _attributes(values: Mapping[str, list[object]]) -> tuple[Attribute, ...]:
    found = []
    for name, (value, stamp) in sorted(values.items()):
        shown = {True: "oui", False: "non"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        found.append(Attribute(ATTRIBUTES.get(name, name), shown, _said(str(stamp))))
    return tuple(found)


def _said(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(f"{stamp[:14]}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        return None


def venues_of(patients: Iterable[tuple[str, str]]) -> list[VenueRow]:
    """The venues of the given (establishment, patient key), the latest first."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for establishment, patient in patients:
        wanted[establishment].append(patient)
    if not wanted:
        return []
    condition = Q()
    for establishment, keys in wanted.items():
        condition |= Q(establishment=establishment, patient__in=keys)
    rows = Venue.objects.filter(condition).order_by("-begin", "key")
    return [_venue(row) for row in rows[:VENUES_LIMIT]]


def venues_by_number(establishments: Iterable[str], number: str) -> list[VenueRow]:
    """The venues that have exactly this dossier number, in the given establishments."""
    rows = Venue.objects.filter(establishment__in=list(establishments), number=number.strip())
    return [_venue(row) for row in rows.order_by("establishment", "key")[:VENUES_LIMIT]]


def venue_key(establishment: str, number: int) -> str | None:
    """The key of a venue known by its number (see :func:`venue_id`), None when it is not in scope."""
    return Venue.objects.filter(pk=number, establishment=establishment).values_list("key", flat=True).first()


def _venue(row: Venue) -> VenueRow:
    return VenueRow(
        row.establishment,
        row.key,
        row.number,
        row.patient,
        row.begin,
        row.discharged_at,
        row.cancelled,
        bool(row.plans),
    )
