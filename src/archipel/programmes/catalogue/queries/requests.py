"""Requests for help as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import NotFound
from archipel.programmes.catalogue.models import AnswerDelay, FeedbackEvent, Request, RequestEvent
from archipel.programmes.catalogue.queries.aids import aids
from archipel.programmes.catalogue.rules.workflow import ALIVE, Cours, Delais, Fait, alive, delays, judges, unfold
from archipel.programmes.catalogue.values import Acte, Acteur, Avis, Etat
from archipel.programmes.packs.values.catalogue import Duree
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a request; ``gone``: another took it back."""

    id: int
    kind: Acte
    party: Acteur | None
    opinion: Avis | None
    text: str
    piece: str
    effective_on: date
    actor: str
    recorded_at: datetime
    gone: bool


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request, where it stands and what is late."""

    number: int
    ght: str
    region: str
    establishments: tuple[str, ...]
    aid: str
    aid_name: str
    theme: str
    session: str
    circuit: tuple[Acteur, ...]
    quota: str
    subject: str
    need: str
    contact: str
    asked_on: date
    actor: str
    course: Cours
    dates: Delais
    feedback_due: bool

    @property
    def judges(self) -> tuple[Acteur, ...]:
        """The parties that must agree."""
        return judges(self.circuit)

    @property
    def alive(self) -> bool:
        """Whether something is still expected of it."""
        return self.course.etat in ALIVE


def requests(scope: Scope, today: date, *, ght: str = "", aid: str = "") -> list[RequestLine]:
    """The requests in scope: late ones first, then by how long they have waited."""
    rows = Request.objects.order_by("-id")
    if ght:
        rows = rows.filter(ght=ght)
    if aid:
        rows = rows.filter(aid=aid)
    found = _lines(list(rows), today)
    return sorted(found, key=lambda r: (not r.alive, not r.dates.en_retard, r.course.depuis, r.number))


def request_line(scope: Scope, number: int, today: date) -> RequestLine:
    """One request.

    Raises:
        NotFound: none of that number in the scope.
    """
    return _lines([row_of(number)], today)[0]


def row_of(number: int) -> Request:
    """The row of a request. Raises NotFound."""
    row = Request.objects.filter(pk=number).first()
    if row is None:
        raise NotFound("Cette demande n'existe pas, ou n'est pas visible par votre compte.", code="demande-inconnue")
    return row


def _lines(rows: Sequence[Request], today: date) -> list[RequestLine]:
    events: dict[int, list[RequestEvent]] = {row.pk: [] for row in rows}
    for event in RequestEvent.objects.filter(request__in=list(events)).order_by("id"):
        events[event.request_id].append(event)
    written = set(
        FeedbackEvent.objects.filter(request__in=list(events), kind="soumis").values_list("request_id", flat=True)
    )
    fixed = answer_days()
    leads = {one.ref: one.delai for one in aids()} if rows else {}
    return [
        _line(row, events[row.pk], fixed.get(row.region, {}), leads.get(row.aid), row.pk in written, today)
        for row in rows
    ]


def _line(
    row: Request,
    events: Sequence[RequestEvent],
    days: Mapping[Acteur, int],
    lead: Duree | None,
    told: bool,
    today: date,
) -> RequestLine:
    circuit = tuple(Acteur(one) for one in row.circuit)
    course = unfold(circuit, [fact_of(event) for event in events])
    return RequestLine(
        number=row.pk,
        ght=row.ght,
        region=row.region,
        establishments=tuple(row.establishments),
        aid=row.aid,
        aid_name=row.aid_name,
        theme=row.theme,
        session=row.session,
        circuit=circuit,
        quota=row.quota,
        subject=row.subject,
        need=row.need,
        contact=row.contact,
        asked_on=row.asked_on,
        actor=row.actor,
        course=course,
        dates=delays(course, row.asked_on, today, lead, days),
        feedback_due=course.etat is Etat.TERMINEE and not told,
    )


def fact_of(event: RequestEvent) -> Fait:
    """A row of the ledger as the rules read it."""
    return Fait(
        event.pk,
        Acte(event.kind),
        event.effective_on,
        Acteur(event.party) if event.party else None,
        Avis(event.opinion) if event.opinion else None,
        event.undoes_id,
    )


def course_of(row: Request) -> Cours:
    """The request as its facts make it."""
    events = RequestEvent.objects.filter(request=row).order_by("id")
    return unfold(tuple(Acteur(one) for one in row.circuit), [fact_of(event) for event in events])


def steps(number: int) -> list[Step]:
    """What happened to a request, oldest first."""
    events = list(RequestEvent.objects.filter(request_id=number).order_by("id"))
    kept = {fact.id for fact in alive([fact_of(event) for event in events])}
    return [
        Step(
            e.pk, Acte(e.kind), Acteur(e.party) if e.party else None, Avis(e.opinion) if e.opinion else None, e.text,
            e.piece, e.effective_on, e.actor, e.recorded_at, e.pk not in kept and e.kind != Acte.ANNULATION,
        )
        for e in events
    ]  # fmt: skip


def answer_days(region: str = "") -> dict[str, dict[Acteur, int]]:
    """region → party → days that it gives itself to answer; only what a region has fixed."""
    rows = AnswerDelay.objects.order_by("region", "party", "-id").distinct("region", "party")
    if region:
        rows = rows.filter(region=region)
    found: dict[str, dict[Acteur, int]] = {}
    for row in rows:
        if row.days is not None:
            found.setdefault(row.region, {})[Acteur(row.party)] = row.days
    return found


def may_speak(scope: Scope, line: RequestLine | Request, party: Acteur) -> bool:
    """Whether the account may record what a party says.

    The ARS speaks for itself, and records what DGOS and operator answer where it has a part in the circuit; elsewhere
    the GHT records what the operator wrote to it.
    """
    codes = tuple(line.establishments)
    circuit = [Acteur(one) for one in line.circuit]
    if Acteur.ARS in circuit:
        return all(scope.may(Capability.INSTRUIRE_PROGRAMMES, code) for code in codes)
    return party is not Acteur.ARS and leads(scope, line)


def leads(scope: Scope, line: RequestLine | Request) -> bool:
    """Whether the account acts for the GHT of a request: it manages the programmes of its supporting establishment."""
    known = perimetre.graph()
    support = known.support(Key(Kind.GHT, line.ght)) if line.ght else None
    return scope.may(Capability.GERER_PROGRAMMES, support.code if support else line.establishments[0])
