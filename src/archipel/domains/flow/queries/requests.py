"""The inbox of requests for a bed, sent and received: what is asked, where it stands, never who the patient is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q

from archipel.domains.flow.models import Request, RequestEvent, Segment
from archipel.domains.flow.rules.requests import lapses_at, undoable
from archipel.domains.flow.values.beds import bed_label
from archipel.domains.flow.values.keys import venue_id
from archipel.domains.flow.values.requests import OPEN, STATUS_LABELS, RequestStatus
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied, NotFound
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

KEPT = timedelta(hours=48)
"""Requests over stay in the inbox this long."""
LIMIT = 300


class Side(StrEnum):
    """From where the account looks at a request."""

    RECUE = "recue"
    ENVOYEE = "envoyee"
    INTERNE = "interne"
    """Asked and answered in the same establishment."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request, without identity."""

    number: int
    side: Side
    status: RequestStatus
    filiere: str
    sexe: str
    age: int | None
    isolation: str
    needs: str
    origin: str
    origin_unit: str
    """Name of the unit from which it was asked, empty when unknown."""
    receiving: str
    establishment: str
    receiving_establishment: str
    uf: str
    unit_name: str
    chambre: str
    lit: str
    created_at: datetime
    since: datetime
    """When the present status began."""
    lapses_at: datetime | None
    reason: str
    """Of the last change, empty when none was given."""
    actor: str
    may_answer: bool
    may_cancel: bool
    may_undo: bool
    venue_id: int | None
    """For the asking side only: its own patient."""

    @property
    def status_label(self) -> str:
        """The status in words."""
        return STATUS_LABELS[self.status]

    @property
    def filiere_label(self) -> str:
        """The filière in words."""
        return FILIERE_LABELS.get(self.filiere, self.filiere)

    @property
    def bed_label(self) -> str:
        """``12-P``, empty when only a unit was asked."""
        return bed_label(self.chambre, self.lit)

    @property
    def open(self) -> bool:
        """Whether something is still expected."""
        return self.status in OPEN

    @property
    def waits_for_us(self) -> bool:
        """Whether this account is expected to answer."""
        return self.status is RequestStatus.ENVOYEE and self.may_answer


@dataclass(frozen=True, slots=True)
class RequestStep:
    """One line of the history of a request."""

    status: RequestStatus
    actor: str
    reason: str
    at: datetime

    @property
    def label(self) -> str:
        """The status in words."""
        return STATUS_LABELS[self.status]


def requests_of(*, scope: Scope, at: datetime | None = None) -> tuple[RequestLine, ...]:
    """The requests that the account sends or receives: those to answer first, then the others by age.

    Raises:
        Denied: neither ``DEMANDER_LIT`` nor ``RECEVOIR_DEMANDE`` anywhere.
    """
    _may_look(scope)
    now = at or clock.now()
    rows = Request.objects.filter(Q(status__in=OPEN) | Q(updated_at__gte=now - KEPT)).order_by("-updated_at")[:LIMIT]
    lines = _lines(scope, rows, now)
    order = {True: 0, False: 1}
    return tuple(sorted(lines, key=lambda line: (order[line.waits_for_us], order[line.open], line.since, line.number)))


def request_line(*, scope: Scope, number: int, at: datetime | None = None) -> RequestLine:
    """One request. Raises Denied, NotFound."""
    _may_look(scope)
    lines = _lines(scope, Request.objects.filter(id=number), at or clock.now())
    if not lines:
        raise NotFound("Cette demande n'existe pas, ou n'est pas visible par votre compte.", code="demande-inconnue")
    return lines[0]


def request_steps(*, scope: Scope, number: int) -> tuple[RequestStep, ...]:
    """The history of a request, oldest first. Raises Denied."""
    _may_look(scope)
    rows = RequestEvent.objects.filter(request_id=number).order_by("id")
    return tuple(RequestStep(RequestStatus(row.status), row.actor, row.reason, row.recorded_at) for row in rows)


def waiting_count(*, scope: Scope) -> int:
    """How many requests wait for an answer of this account."""
    rows = Request.objects.filter(status=RequestStatus.ENVOYEE).values_list("receiving_establishment", flat=True)
    return sum(1 for code in rows if scope.may(Capability.RECEVOIR_DEMANDE, code))


def _may_look(scope: Scope) -> None:
    if not (scope.may(Capability.DEMANDER_LIT) or scope.may(Capability.RECEVOIR_DEMANDE)):
        raise Denied("Votre compte ne demande ni ne reçoit de lits d'aval.", code="demandes")


def _lines(scope: Scope, rows: Iterable[Request], now: datetime) -> list[RequestLine]:
    kept = [row for row in rows if _concerned(scope, row)]
    names = territory.establishment_names()
    units = {(uf.establishment, uf.code): uf.name for uf in territory.ufs()}
    numbers = {row.pk: venue_id(row.establishment, row.venue) for row in kept}
    places: dict[int, list[tuple[datetime, str]]] = {}
    wanted = Segment.objects.filter(venue_id__in=numbers.values()).order_by("begin")
    for venue, begin, uf in wanted.values_list("venue_id", "begin", "uf"):
        places.setdefault(venue, []).append((begin, uf))
    last: dict[int, RequestEvent] = {}
    for event in RequestEvent.objects.filter(request_id__in=numbers).order_by("id"):
        last[event.request_id] = event
    return [_line(scope, row, names, units, places.get(numbers[row.pk], []), last.get(row.pk), now) for row in kept]


def _concerned(scope: Scope, row: Request) -> bool:
    asks = scope.may(Capability.DEMANDER_LIT, row.establishment)
    return asks or scope.may(Capability.RECEVOIR_DEMANDE, row.receiving_establishment)


def _line(
    scope: Scope,
    row: Request,
    names: dict[str, str],
    units: dict[tuple[str, str], str],
    places: list[tuple[datetime, str]],
    event: RequestEvent | None,
    now: datetime,
) -> RequestLine:
    status = RequestStatus(row.status)
    asks = scope.may(Capability.DEMANDER_LIT, row.establishment)
    answers = scope.may(Capability.RECEVOIR_DEMANDE, row.receiving_establishment)
    inside = row.establishment == row.receiving_establishment
    side = (
        Side.INTERNE if inside else Side.ENVOYEE if asks and row.establishment in scope.establishments else Side.RECUE
    )
    before = [uf for begin, uf in places if begin <= row.created_at]
    mine = event is not None and event.actor == scope.actor
    return RequestLine(
        number=row.pk,
        side=side,
        status=status,
        filiere=row.filiere,
        sexe=row.sexe,
        age=row.age,
        isolation=row.isolation,
        needs=row.needs,
        origin=names.get(row.establishment, row.establishment),
        origin_unit=units.get((row.establishment, before[-1] if before else ""), ""),
        receiving=names.get(row.receiving_establishment, row.receiving_establishment),
        establishment=row.establishment,
        receiving_establishment=row.receiving_establishment,
        uf=row.uf,
        unit_name=units.get((row.receiving_establishment, row.uf), row.uf),
        chambre=row.chambre,
        lit=row.lit,
        created_at=row.created_at,
        since=row.updated_at,
        lapses_at=lapses_at(status, row.updated_at),
        reason=event.reason if event else "",
        actor=event.actor if event else "",
        may_answer=answers and status is RequestStatus.ENVOYEE,
        may_cancel=asks and status in OPEN,
        may_undo=answers and mine and undoable(status, row.updated_at, now),
        venue_id=venue_id(row.establishment, row.venue) if scope.sees_names(row.establishment) else None,
    )
