"""The journal: messages without their content, what waits for somebody, senders, replay."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer, csv_response
from archipel.foundation.journal import queries, senders, services

router = Router(tags=["messages"])


class MessageOut(Schema):
    """A message without its content."""

    numero: int
    recu_a: datetime
    emetteur: int
    nom_emetteur: str
    etablissement: str
    identifiant: str
    evenement: str
    source: str
    corrige: int | None
    sort: str
    motif: str
    segment: str
    champ: str


class MessagesOut(Schema):
    """A page of messages, the newest first; ``suivant`` goes into ``avant`` for the next one."""

    elements: list[MessageOut]
    suivant: int | None


class AttenteOut(Schema):
    """Parked messages that have the same reason."""

    etablissement: str
    motif: str
    segment: str
    champ: str
    nombre: int
    plus_ancien: datetime
    plus_recent: datetime
    emetteurs: list[str]


class RejeuIn(Schema):
    """Which parked messages to put back in the queue."""

    numeros: list[int] = Field(min_length=1, max_length=1000)
    motif: str = ""


class RejeuOut(Schema):
    """How many were put back."""

    remis_en_file: int


class EmetteurOut(Schema):
    """A sender and how it is."""

    numero: int
    application: str
    etablissement_emetteur: str
    nom: str
    etablissement: str
    provisoire: bool
    alarme_minutes: int
    dernier_message: datetime | None
    derniere_heure: int
    en_attente: int
    doublons_du_jour: int
    silencieux: bool


@router.get("/messages", response=MessagesOut, summary="Les messages reçus, sans leur contenu")
def messages(
    request: HttpRequest,
    paging: PagingQuery,
    identifiant: str = "",
    emetteur: int | None = None,
    evenement: str = "",
    sort: Literal["", "applied", "ignored", "parked", "pending"] = "",
    etablissement: str = "",
    depuis: datetime | None = None,
    avant: int | None = None,
) -> Any:
    """Ceux des établissements dont le compte tient les messages, du plus récent au plus ancien."""
    filters = queries.MessageFilters(
        control_id=identifiant,
        sender_id=emetteur,
        event=evenement,
        outcome=sort,
        establishment=etablissement,
        since=depuis,
        before=avant,
    )
    found = queries.messages(scope=scope_of_request(request), filters=filters, limit=paging.taille)
    rows = [_message(row) for row in found.rows]
    if paging.format == "csv":
        return csv_response("messages", MessageOut, rows)
    return MessagesOut(elements=rows, suivant=found.next_before)


def _message(row: queries.MessageRow) -> MessageOut:
    return MessageOut(
        numero=row.id,
        recu_a=row.received_at,
        emetteur=row.sender_id,
        nom_emetteur=row.sender,
        etablissement=row.establishment,
        identifiant=row.control_id,
        evenement=row.event,
        source=row.source,
        corrige=row.corrects,
        sort=row.outcome,
        motif=row.reason,
        segment=row.segment,
        champ=row.field,
    )


@router.get("/messages/attente", response=Page[AttenteOut], summary="Ce qui attend quelqu'un, par motif")
def parked(request: HttpRequest, paging: PagingQuery, etablissement: str = "", emetteur: int | None = None) -> Any:
    """Les messages mis de côté, groupés par établissement et motif, les plus nombreux d'abord."""
    groups = queries.parked_groups(scope=scope_of_request(request), establishment=etablissement, sender_id=emetteur)
    rows = [
        AttenteOut(
            etablissement=g.establishment, motif=g.reason, segment=g.segment, champ=g.field, nombre=g.count,
            plus_ancien=g.oldest, plus_recent=g.newest, emetteurs=list(g.senders),
        )
        for g in groups
    ]  # fmt: skip
    return answer(request, "attente", AttenteOut, rows, paging)


@router.post("/messages/rejouer", response=RejeuOut, summary="Remettre des messages en file")
def replay(request: HttpRequest, given: RejeuIn) -> RejeuOut:
    """Après une correction de la structure ou du profil ; tous ou aucun."""
    count = services.replay(scope=scope_of_request(request), numbers=given.numeros, reason=given.motif)
    return RejeuOut(remis_en_file=count)


@router.get("/emetteurs", response=Page[EmetteurOut], summary="Les émetteurs et leur silence")
def all_senders(request: HttpRequest, paging: PagingQuery) -> Any:
    """Ceux des établissements dont le compte tient les messages."""
    rows = [
        EmetteurOut(
            numero=s.id, application=s.application, etablissement_emetteur=s.facility, nom=s.name,
            etablissement=s.establishment, provisoire=s.provisional, alarme_minutes=s.silence_minutes,
            dernier_message=s.last_message, derniere_heure=s.last_hour, en_attente=s.parked,
            doublons_du_jour=s.duplicates, silencieux=s.silent,
        )
        for s in senders.senders(scope=scope_of_request(request))
    ]  # fmt: skip
    return answer(request, "emetteurs", EmetteurOut, rows, paging)
