"""The inventory of information systems: what is described, coverage, indicators, cascade. No data of patients."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.domains.systems import public as systems
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import NotFound

router = Router(tags=["systèmes"])


class FicheOut(Schema):
    """A thing of the inventory; ``contenu`` holds its fields as they are kept."""

    NESTED: ClassVar[tuple[str, ...]] = ("contenu",)
    nature: str
    etablissement: str
    code: str
    nom: str
    depuis: date | None
    completude: float
    contenu: dict[str, Any]


class FicheIn(Schema):
    """Fields to say; null erases one."""

    contenu: dict[str, str | list[str] | None] = Field(max_length=60)
    motif: str = ""


class CouvertureOut(Schema):
    """A function in an establishment."""

    fonction: str
    libelle: str
    obligatoire: bool
    etablissement: str
    produits: list[str]
    manque: bool
    doublon: bool
    cible: str


class IndicateurOut(Schema):
    """A figure of convergence."""

    code: str
    libelle: str
    unite: str
    valeur: float | None
    formule: str


class ChuteOut(Schema):
    """An application that stops because of another."""

    etablissement: str
    code: str
    nom: str
    apres_heures: float
    delai_suppose: bool
    a_cause_de: str
    unites: list[str]


class NoeudOut(Schema):
    """A thing on a map."""

    id: str
    niveau: str
    nom: str
    detail: str
    etablissement: str
    groupe: str
    x: float
    y: float


class LienOut(Schema):
    """A link of a map, from one thing to another, by their ids."""

    de: str
    vers: str
    genre: str
    objet: str
    nombre: int


class CarteOut(Schema):
    """A map with the places of its things, in pixels at scale 1."""

    largeur: float
    hauteur: float
    noeuds: list[NoeudOut]
    liens: list[LienOut]


def seeing(request: HttpRequest) -> Scope:
    """The scope of the caller, who sees some inventory. Raises Denied."""
    scope = scope_of_request(request)
    scope.require(Capability.VOIR_SYSTEMES)
    return scope


def kind_in(text: str) -> systems.Kind:
    """The kind named in an address. Raises NotFound."""
    if text not in {one.value for one in systems.Kind}:
        raise NotFound(f"Nature « {text[:30]} » inconnue.", code="nature")
    return systems.Kind(text)


def _fiche(row: systems.Row) -> FicheOut:
    one = row.record
    return FicheOut(
        nature=one.key.kind.value,
        etablissement=one.key.establishment,
        code=one.key.code,
        nom=one.name,
        depuis=one.since,
        completude=round(float(row.score), 1),
        contenu=dict(one.content),
    )


@router.get("/fiches/{nature}", response=Page[FicheOut], summary="Les fiches d'une nature")
def records(
    request: HttpRequest,
    nature: str,
    paging: PagingQuery,
    etablissement: str = "",
    fonction: str = "",
    au: date | None = None,
) -> Any:
    """Natures : application, contrat, interface, equipement, technologie, editeur, produit, cible."""
    seeing(request)
    places = frozenset([etablissement]) if etablissement else frozenset()
    wanted = systems.Wanted(kind_in(nature), places, function=fonction)
    found = [_fiche(row) for row in systems.rows(systems.inventory(au), wanted)]
    return answer(request, f"fiches-{nature}", FicheOut, found, paging)


@router.post("/fiches/{nature}/{ej}/{code}", response=FicheOut, summary="Dire une fiche")
def say(request: HttpRequest, nature: str, ej: str, code: str, body: FicheIn) -> Any:
    """Les champs absents restent ; `ej` vaut `commun` pour ce qui est commun au groupement."""
    scope = seeing(request)
    made = systems.say_texts(
        scope=scope,
        kind=kind_in(nature),
        establishment="" if ej == "commun" else ej,
        code=code,
        texts=body.contenu,
        reason=body.motif,
    )
    return FicheOut(
        nature=nature,
        etablissement=made.key.establishment,
        code=made.key.code,
        nom=made.name,
        depuis=made.since,
        completude=round(float(systems.completeness(made)), 1),
        contenu=dict(made.content),
    )


@router.get("/couverture", response=Page[CouvertureOut], summary="La couverture fonctionnelle")
def coverage(request: HttpRequest, paging: PagingQuery, etablissement: str = "", au: date | None = None) -> Any:
    """Une ligne par fonction du référentiel et par établissement du périmètre."""
    scope = seeing(request)
    places = [place for place in sorted(scope.systems) if etablissement in ("", place)]
    found = systems.matrix(systems.inventory(au), systems.functions(), places)
    rows = [
        CouvertureOut(
            fonction=line.function.id,
            libelle=line.function.label,
            obligatoire=line.function.mandatory,
            etablissement=cell.establishment,
            produits=list(cell.products),
            manque=cell.hole,
            doublon=cell.duplicate,
            cible=line.target,
        )
        for line in found.lines
        for cell in line.cells
    ]
    return answer(request, "couverture", CouvertureOut, rows, paging)


@router.get("/indicateurs", response=Page[IndicateurOut], summary="Les indicateurs de convergence")
def indicators(request: HttpRequest, paging: PagingQuery, etablissement: str = "", au: date | None = None) -> Any:
    """Calculés sur l'inventaire du jour demandé."""
    scope = seeing(request)
    places = [place for place in sorted(scope.systems) if etablissement in ("", place)]
    values = systems.figures(systems.inventory(au), systems.functions(), places)
    rows = [
        IndicateurOut(
            code=one.code,
            libelle=one.label,
            unite=one.unit,
            formule=one.formula,
            valeur=None if (value := values[one.code]) is None else float(value),
        )
        for one in systems.FIGURES
    ]
    return answer(request, "indicateurs", IndicateurOut, rows, paging)


@router.get("/arret/{ej}/{code}", response=Page[ChuteOut], summary="Ce qui s'arrête avec une application")
def stop(request: HttpRequest, ej: str, code: str, paging: PagingQuery) -> Any:
    """Les délais sont en heures ; `delai_suppose` : le temps que l'application tient n'est pas connu."""
    seeing(request)
    falls = systems.cascade(systems.inventory(), [(ej, code)])
    if not falls:
        raise NotFound("Cette application n'est pas en service, ou pas pour vous.", code="fiche")
    rows = [
        ChuteOut(
            etablissement=fall.record.key.establishment,
            code=fall.record.key.code,
            nom=fall.record.name,
            apres_heures=float(fall.hours),
            delai_suppose=fall.supposed,
            a_cause_de=fall.cause.name if fall.cause else "",
            unites=list(fall.record.items("unites")),
        )
        for fall in falls
    ]
    return answer(request, "arret", ChuteOut, rows, paging)


@router.get("/cartes/{vue}", response=CarteOut, summary="Une carte")
def drawn(
    request: HttpRequest, vue: str, etablissement: str = "", autour: str = "", pas: int = 1, au: date | None = None
) -> Any:
    """Vues : applications, flux, infrastructure, editeurs ; `autour` : l'id d'un nœud, `pas` : de 1 à 3."""
    scope = seeing(request)
    if vue not in {one.value for one in systems.View}:
        raise NotFound(f"Carte « {vue[:30]} » inconnue.", code="carte")
    asked = systems.Asked(
        systems.View(vue),
        establishments=frozenset([etablissement]) if etablissement else frozenset(),
        focus=autour[:300],
        depth=min(max(pas, 1), 3),
    )
    placed = systems.drawing(scope, asked, au or timezone.localdate()).placed
    nodes = placed.graph.nodes
    return CarteOut(
        largeur=placed.width,
        hauteur=placed.height,
        noeuds=[
            NoeudOut(id=one.id, niveau=one.level, nom=one.name, detail=one.detail, etablissement=one.place,
                     groupe=one.group, x=x, y=y)
            for one, (x, y) in zip(nodes, placed.points, strict=True)
        ],
        liens=[
            LienOut(de=nodes[one.source].id, vers=nodes[one.target].id, genre=one.kind, objet=one.label,
                    nombre=one.count)
            for one in placed.graph.links
        ],
    )  # fmt: skip
