"""The documents of some establishments, one page at a time, and how many stand where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Count, Q, QuerySet

from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.identity import public as identity
from archipel.kernel import clock
from archipel.kernel.errors import Denied
from archipel.passages.documents.models import Correspondent, Document
from archipel.passages.documents.values import KINDS, DocumentState, Kind
from archipel.territory import public as territory

PAGE = 100
GROUPS: Mapping[str, tuple[DocumentState, ...]] = {
    "a-valider": (DocumentState.BROUILLON,),
    "en-route": (DocumentState.CONTROLE, DocumentState.A_ENVOYER, DocumentState.ENVOYE),
    "a-traiter": (
        DocumentState.REFUSE, DocumentState.ECHEC, DocumentState.A_VERIFIER, DocumentState.SANS_DESTINATION,
    ),
    "transmis": (DocumentState.TRANSMIS,),
    "abandonnes": (DocumentState.ABANDONNE,),
}  # fmt: skip
"""What a reader looks for → states."""
PERIODS = {"24h": timedelta(hours=24), "7j": timedelta(days=7), "30j": timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list, as its address carries them."""

    group: str = ""
    kind: str = ""
    establishment: str = ""
    period: str = "24h"


@dataclass(frozen=True, slots=True)
class Line:
    """A document in the list. Personal data: the name."""

    number: int
    establishment: str
    place: str
    kind: str
    label: str
    version: int
    state: DocumentState
    nom: str
    prenom: str
    left_at: datetime
    validated_at: datetime | None
    validated_by: str
    problem: str
    recipients: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """The lines, and how many documents there are in each group."""

    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    total: int
    more: bool


def require_reader(scope: Scope) -> None:
    """Whoever reads documents somewhere.

    Raises:
        Denied: nowhere.
    """
    if not (scope.may(Capability.VOIR_DOCUMENTS) or scope.may(Capability.VALIDER_DOCUMENTS)):
        raise Denied("Votre compte ne lit pas les documents de sortie.", capability=Capability.VOIR_DOCUMENTS.value)


def readable(scope: Scope) -> QuerySet[Document]:
    """Those that the account may read: row-level security first, then the right."""
    places = [
        code
        for code in scope.establishments
        if scope.may(Capability.VOIR_DOCUMENTS, code) or scope.may(Capability.VALIDER_DOCUMENTS, code)
    ]
    return Document.objects.filter(establishment__in=places)


def documents(*, scope: Scope, wanted: Wanted) -> Listing:
    """One page of documents, the latest exits first.

    Raises:
        Denied: the account reads no document.
    """
    require_reader(scope)
    rows = readable(scope).filter(left_at__gt=clock.now() - PERIODS.get(wanted.period, PERIODS["24h"]))
    if wanted.kind in {kind.value for kind in Kind}:
        rows = rows.filter(kind=wanted.kind)
    if wanted.establishment:
        rows = rows.filter(establishment=wanted.establishment)
    latest = rows.filter(
        ~models.Exists(Document.objects.filter(replaces=models.OuterRef("uid"), validated_at__isnull=False))
    )
    counted = dict(latest.values_list("state").annotate(count=Count("pk")))
    counts = {name: sum(counted.get(state.value, 0) for state in states) for name, states in GROUPS.items()}
    chosen = rows if wanted.group not in GROUPS else latest.filter(state__in=[s.value for s in GROUPS[wanted.group]])
    found = list(chosen.order_by("-left_at", "-pk")[: PAGE + 1])
    return Listing(_lines(found[:PAGE]), counts, sum(counts.values()), len(found) > PAGE)


def _lines(rows: list[Document]) -> tuple[Line, ...]:
    names = territory.establishment_names()
    people = identity.search.by_keys({(row.establishment, row.patient) for row in rows})
    found = []
    for row in rows:
        person = people.get((row.establishment, row.patient))
        found.append(
            Line(
                number=int(row.pk),
                establishment=row.establishment,
                place=names.get(row.establishment, row.establishment),
                kind=row.kind,
                label=KINDS[Kind(row.kind)].label,
                version=row.version,
                state=DocumentState(row.state),
                nom=(person.nom_utilise or person.nom_naissance) if person else "",
                prenom=person.prenom if person else "",
                left_at=row.left_at,
                validated_at=row.validated_at,
                validated_by=row.validated_by,
                problem=row.problem,
                recipients=len(row.recipients),
                updated_at=row.updated_at,
            )
        )
    return tuple(found)


def of_venue(*, scope: Scope, venue: int) -> tuple[Line, ...]:
    """The documents of one passage, the latest version of each."""
    rows = readable(scope).filter(venue_number=venue).filter(~Q(state="abandonne")).order_by("kind", "-version")
    seen: dict[str, Document] = {}
    for row in rows:
        seen.setdefault(row.kind, row)
    return _lines(list(seen.values()))


def drafts(*, scope: Scope, limit: int) -> list[tuple[int, int, Kind]]:
    """(number, venue, kind) of what waits for a physician of these establishments, the latest exits first."""
    with in_scope(scope):
        places = [code for code in scope.establishments if scope.may(Capability.VALIDER_DOCUMENTS, code)]
        rows = Document.objects.filter(establishment__in=places, state=DocumentState.BROUILLON.value)
        found = rows.order_by("-left_at").values_list("pk", "venue_number", "kind")[:limit]
        return [(number, venue, Kind(kind)) for number, venue, kind in found]


def correspondents(establishment: str) -> list[Correspondent]:
    """Those to whom the establishment sends documents, by name."""
    return list(Correspondent.objects.filter(establishment=establishment, active=True).order_by("kind", "name"))
