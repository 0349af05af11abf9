"""Subscriptions of other systems to events, for an administrator of the whole territory."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.webhooks import services
from archipel.foundation.webhooks.queries import deliveries, subscriptions

router = Router(tags=["abonnements"])


class AbonnementOut(Schema):
    """A subscription; its secret is never read again."""

    numero: int
    nom: str
    url: str
    sujets: list[str]
    actif: bool
    en_attente: int
    abandonnees: int
    derniere: datetime | None


class AbonnementIn(Schema):
    """What to subscribe, and where it is sent."""

    nom: str = Field(max_length=100)
    url: str = Field(max_length=2_000)
    sujets: list[str] = Field(max_length=20)


class SecretOut(Schema):
    """A new subscription and its secret, told once."""

    numero: int
    secret: str


class LivraisonOut(Schema):
    """What became of one event."""

    livraison: UUID
    abonnement: int
    sujet: str
    a: datetime
    etat: str
    essais: int
    statut: int | None
    erreur: str


class FaitOut(Schema):
    """The act is done."""

    fait: bool


@router.get("", response=Page[AbonnementOut], summary="Les abonnements")
def subscribed(request: HttpRequest, paging: PagingQuery) -> Any:
    """Sujets : `systems.inventaire`, `trajectory.scenario`."""
    rows = [
        AbonnementOut(
            numero=one.pk, nom=one.name, url=one.url, sujets=one.topics, actif=one.active,
            en_attente=one.waiting, abandonnees=one.dead, derniere=one.last,  # type: ignore[attr-defined]
        )
        for one in subscriptions(scope_of_request(request))
    ]  # fmt: skip
    return answer(request, "abonnements", AbonnementOut, rows, paging)


@router.post("", response=SecretOut, summary="Abonner un système")
def subscribe(request: HttpRequest, body: AbonnementIn) -> Any:
    """Le secret signe chaque envoi (HMAC-SHA256, en-têtes `webhook-id`, `webhook-timestamp`, `webhook-signature`)."""
    scope = scope_of_request(request)
    made = services.subscribe(scope=scope, name=body.nom, url=body.url, topics=body.sujets)
    return SecretOut(numero=made.number, secret=made.secret)


@router.get("/livraisons", response=Page[LivraisonOut], summary="Les livraisons récentes")
def delivered(request: HttpRequest, paging: PagingQuery, etat: str = "", abonnement: int | None = None) -> Any:
    """États : `attente`, `livre`, `abandonne`."""
    rows = [
        LivraisonOut(
            livraison=one.pk, abonnement=one.subscription_id, sujet=one.topic, a=one.occurred_at, etat=one.state,
            essais=one.attempts, statut=one.status, erreur=one.error,
        )
        for one in deliveries(scope_of_request(request), etat, abonnement)
    ]  # fmt: skip
    return answer(request, "livraisons", LivraisonOut, rows, paging)


@router.post("/livraisons/{livraison}/rejouer", response=FaitOut, summary="Renvoyer une livraison")
def replay(request: HttpRequest, livraison: UUID) -> Any:
    """Une livraison abandonnée, ou déjà faite, repart avec tous ses essais."""
    services.replay(scope=scope_of_request(request), delivery=livraison)
    return FaitOut(fait=True)


@router.post("/{numero}/suspendre", response=FaitOut, summary="Suspendre un abonnement")
def suspend(request: HttpRequest, numero: int) -> Any:
    """Ce qui arrive pendant la suspension n'est pas envoyé ensuite."""
    services.suspend(scope=scope_of_request(request), number=numero, active=False)
    return FaitOut(fait=True)


@router.post("/{numero}/reprendre", response=FaitOut, summary="Reprendre un abonnement")
def resume(request: HttpRequest, numero: int) -> Any:
    """Les événements suivants sont envoyés."""
    services.suspend(scope=scope_of_request(request), number=numero, active=True)
    return FaitOut(fait=True)


@router.delete("/{numero}", response=FaitOut, summary="Supprimer un abonnement")
def unsubscribe(request: HttpRequest, numero: int) -> Any:
    """Ce qui attendait n'est pas envoyé."""
    services.unsubscribe(scope=scope_of_request(request), number=numero)
    return FaitOut(fait=True)
