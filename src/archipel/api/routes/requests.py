"""Requests for a downstream bed: the inbox, their history, and the identity for the team that receives one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.domains.flow import public as flow

router = Router(tags=["demandes"])


class DemandeOut(Schema):
    """A request, without identity."""

    numero: int
    sens: str
    etat: str
    filiere: str
    sexe: str
    age: int | None
    isolement: str
    besoins: str
    demandeur: str
    solliciteur: str
    etablissement: str
    etablissement_sollicite: str
    uf: str
    chambre: str
    lit: str
    creee_a: datetime
    depuis: datetime
    expire_a: datetime | None
    motif: str
    a_repondre: bool


class EtapeOut(Schema):
    """One change of a request."""

    etat: str
    acteur: str
    motif: str
    a: datetime


class IdentiteOut(Schema):
    """What the receiving team needs, as long as it may read it."""

    nom: str
    naissance: date | None


class DemandeIn(Schema):
    """A bed asked for, or a unit (without room nor bed)."""

    venue: int = Field(description="Numéro de la venue.")
    etablissement: str
    uf: str
    chambre: str = ""
    lit: str = ""
    filiere: str
    sexe: str = ""
    isolement: str = ""
    besoins: str = ""
    forcer: bool = False


class ReponseIn(Schema):
    """The bed given, or the reason of a refusal or of a cancellation."""

    uf: str = ""
    chambre: str = ""
    lit: str = ""
    motif: str = ""
    forcer: bool = False


class DemandeActeOut(Schema):
    """What was done."""

    numero: int
    etat: str
    message: str


@router.get("", response=Page[DemandeOut], summary="Les demandes de lit envoyées et reçues")
def inbox(request: HttpRequest, paging: PagingQuery) -> Any:
    """Celles qui attendent une réponse d'abord ; jamais d'identité ici."""
    rows = [_line(line) for line in flow.requests_of(scope=scope_of_request(request))]
    return answer(request, "demandes", DemandeOut, rows, paging)


def _line(line: flow.RequestLine) -> DemandeOut:
    return DemandeOut(
        numero=line.number,
        sens=line.side.value,
        etat=line.status.value,
        filiere=line.filiere,
        sexe=line.sexe,
        age=line.age,
        isolement=line.isolation,
        besoins=line.needs,
        demandeur=line.actor,
        solliciteur=line.origin,
        etablissement=line.establishment,
        etablissement_sollicite=line.receiving_establishment,
        uf=line.uf,
        chambre=line.chambre,
        lit=line.lit,
        creee_a=line.created_at,
        depuis=line.since,
        expire_a=line.lapses_at,
        motif=line.reason,
        a_repondre=line.waits_for_us,
    )


@router.post("", response=DemandeActeOut, summary="Demander un lit")
def create(request: HttpRequest, given: DemandeIn) -> DemandeActeOut:
    """Pour un patient présent d'un établissement nominatif du compte."""
    bed = flow.BedKey(given.etablissement, given.uf, given.chambre, given.lit)
    done = flow.create_request(
        scope=scope_of_request(request),
        venue=given.venue,
        bed=bed,
        filiere=given.filiere,
        sexe=given.sexe,
        isolation=given.isolement,
        needs=given.besoins,
        force=given.forcer,
    )
    return _done(done)


def _done(done: flow.RequestAct) -> DemandeActeOut:
    return DemandeActeOut(numero=done.number, etat=done.status.value, message=done.message)


@router.get("/{int:numero}", response=DemandeOut, summary="Une demande")
def one(request: HttpRequest, numero: int) -> DemandeOut:
    """Sans identité : voir `/demandes/{numero}/identite`."""
    return _line(flow.request_line(scope=scope_of_request(request), number=numero))


@router.get("/{int:numero}/etapes", response=list[EtapeOut], summary="L'histoire d'une demande")
def steps(request: HttpRequest, numero: int) -> Any:
    """De la plus ancienne à la plus récente."""
    scope = scope_of_request(request)
    flow.request_line(scope=scope, number=numero)
    found = flow.request_steps(scope=scope, number=numero)
    return [EtapeOut(etat=s.status.value, acteur=s.actor, motif=s.reason, a=s.at) for s in found]


@router.get("/{int:numero}/identite", response=IdentiteOut | None, summary="L'identité, pour l'équipe qui reçoit")
def identity(request: HttpRequest, numero: int) -> Any:
    """Nom et naissance, tant que l'équipe sollicitée en a besoin ; `null` ensuite. Chaque lecture est tracée."""
    found = flow.read_identity(scope=scope_of_request(request), request=numero)
    return None if found is None else IdentiteOut(nom=found.nom, naissance=found.naissance)


@router.post("/{int:numero}/accepter", response=DemandeActeOut, summary="Accepter : le lit est réservé")
def accept(request: HttpRequest, numero: int, given: ReponseIn) -> DemandeActeOut:
    """Le lit demandé, ou un autre du même établissement (`uf`, `chambre`, `lit`)."""
    scope = scope_of_request(request)
    bed = None
    if given.lit:
        line = flow.request_line(scope=scope, number=numero)
        bed = flow.BedKey(line.receiving_establishment, given.uf or line.uf, given.chambre, given.lit)
    return _done(flow.accept_request(scope=scope, request=numero, bed=bed, force=given.forcer))


@router.post("/{int:numero}/refuser", response=DemandeActeOut, summary="Refuser, avec le motif")
def refuse(request: HttpRequest, numero: int, given: ReponseIn) -> DemandeActeOut:
    """Le motif est lu par l'équipe qui demande."""
    return _done(flow.refuse_request(scope=scope_of_request(request), request=numero, reason=given.motif))


@router.post("/{int:numero}/annuler", response=DemandeActeOut, summary="Annuler sa demande, avec le motif")
def cancel(request: HttpRequest, numero: int, given: ReponseIn) -> DemandeActeOut:
    """Un lit déjà réservé est rendu."""
    return _done(flow.cancel_request(scope=scope_of_request(request), request=numero, reason=given.motif))
