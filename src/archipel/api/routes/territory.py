"""The structure of today: establishments, sites, units. No personal data."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.scope import Capability
from archipel.territory import public as territory

router = Router(tags=["territoire"])


class EtablissementOut(Schema):
    """A legal entity of the group."""

    code: str
    nom: str
    nom_court: str
    ght: str
    support: bool
    provisoire: bool


class CapaciteDeclareeOut(Schema):
    """Beds and places declared to the SAE."""

    filiere: str
    lits: int
    places: int
    annee: int


class SiteOut(Schema):
    """A geographic site."""

    NESTED: ClassVar[tuple[str, ...]] = ("capacite_declaree",)
    finess: str
    etablissement: str
    nom: str
    commune: str
    commune_insee: str
    latitude: float | None
    longitude: float | None
    provisoire: bool
    urgences: list[str]
    capacite_declaree: list[CapaciteDeclareeOut]


class UfOut(Schema):
    """A functional unit."""

    etablissement: str
    code: str
    nom: str
    site: str
    pole: str
    service: str
    filiere: str
    types: list[str]
    provisoire: bool
    fermee: bool


@router.get("/etablissements", response=Page[EtablissementOut], summary="Les entités juridiques du groupement")
def establishments(request: HttpRequest, paging: PagingQuery) -> Any:
    """Le code est le FINESS EJ, ou un code provisoire qui commence par `~`."""
    scope_of_request(request).require(Capability.VOIR_CAPACITE)
    rows = [
        EtablissementOut(
            code=e.code, nom=e.name, nom_court=e.short_name, ght=e.ght, support=e.support, provisoire=e.provisional
        )
        for e in territory.establishments()
    ]
    return answer(request, "etablissements", EtablissementOut, rows, paging)


@router.get("/sites", response=Page[SiteOut], summary="Les sites et leur capacité déclarée")
def sites(request: HttpRequest, paging: PagingQuery, etablissement: str = "") -> Any:
    """`capacite_declaree` vient de la SAE : ce ne sont pas les lits d'aujourd'hui."""
    scope_of_request(request).require(Capability.VOIR_CAPACITE)
    rows = [_site(info) for info in territory.sites(etablissement or None)]
    return answer(request, "sites", SiteOut, rows, paging)


def _site(info: territory.SiteInfo) -> SiteOut:
    return SiteOut(
        finess=info.finess,
        etablissement=info.establishment,
        nom=info.name,
        commune=info.commune,
        commune_insee=info.commune_insee,
        latitude=info.latitude,
        longitude=info.longitude,
        provisoire=info.provisional,
        urgences=list(info.emergency),
        capacite_declaree=[
            CapaciteDeclareeOut(filiere=d.filiere, lits=d.lits, places=d.places, annee=d.annee) for d in info.installed
        ],
    )


@router.get("/ufs", response=Page[UfOut], summary="Les unités fonctionnelles")
def units(request: HttpRequest, paging: PagingQuery, etablissement: str = "", filiere: str = "") -> Any:
    """Les unités de tout le groupement, ou d'un établissement ; celles qui sont fermées aussi."""
    scope_of_request(request).require(Capability.VOIR_CAPACITE)
    rows = [
        UfOut(
            etablissement=u.establishment, code=u.code, nom=u.name, site=u.site, pole=u.pole, service=u.service,
            filiere=u.filiere, types=list(u.types), provisoire=u.provisional, fermee=u.closed,
        )
        for u in territory.ufs([etablissement] if etablissement else None)
        if not filiere or u.filiere == filiere
    ]  # fmt: skip
    return answer(request, "ufs", UfOut, rows, paging)
