"""Packs: programmes, catalogues and grids, their versions, rules and differences. Public data."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.kernel.errors import Denied, NotFound
from archipel.programmes.packs import public as packs

router = Router(tags=["programmes"])


class PackOut(Schema):
    """A pack in force."""

    pack: str
    version: str
    nature: str
    titre: str
    porteur: str
    publie_le: date
    valide_du: date
    valide_au: date | None
    clos: bool
    exigences: int
    regles: int
    defauts: int


class VersionOut(Schema):
    """A published version of a pack."""

    version: str
    publie_le: date
    etat: str
    empreinte: str
    livree: bool
    decidee_par: str
    motif: str


class RegleOut(Schema):
    """A rule, in French, and what its test cases give."""

    id: str
    libelle: str
    maille: str
    phrase: list[str]
    source: str
    cas_reussis: int
    cas_echoues: int


class DifferenceOut(Schema):
    """Something that changed between two versions."""

    nature: str
    partie: str
    chemin: list[str]
    champ: str
    avant: str
    apres: str


def _let_in(request: HttpRequest) -> None:
    if not packs.may_read(scope_of_request(request)):
        raise Denied("Votre compte n'a pas le droit de voir les référentiels.")


@router.get("/packs", response=Page[PackOut], summary="Les référentiels en vigueur")
def in_force(
    request: HttpRequest, paging: PagingQuery, nature: str = "", le: date | None = None, region: str = ""
) -> Any:
    """`nature` : programme, catalogue, grille ou cadre. `le` : à cette date. `region` : code INSEE."""
    _let_in(request)
    rows = [
        PackOut(
            pack=one.pack, version=one.version, nature=one.nature.value, titre=one.titre, porteur=one.porteur,
            publie_le=one.publie_le, valide_du=one.valide.du, valide_au=one.valide.au, clos=one.historique,
            exigences=sum(1 for _ in one.requirements()), regles=len(one.regles), defauts=len(one.defauts),
        )
        for one in packs.packs(at=le, region=region)
        if not nature or one.nature == nature
    ]  # fmt: skip
    return answer(request, "packs", PackOut, rows, paging)


@router.get("/packs/{pack}", response=dict[str, Any], summary="Un référentiel, tel que son fichier le dit")
def document(
    request: HttpRequest, pack: str, version: str = "", region: str = "", le: date | None = None
) -> dict[str, Any]:
    """Sans `version`, celle en vigueur (à la date `le`) ; avec `region`, telle que la région la précise. Les clés sont
    celles du schéma `reference/packs/pack.schema.json`."""
    _let_in(request)
    return packs.raw(pack, version, region, le)


@router.get("/packs/{pack}/versions", response=Page[VersionOut], summary="Les versions publiées d'un référentiel")
def versions(request: HttpRequest, pack: str, paging: PagingQuery) -> Any:
    """De la plus récente à la plus ancienne ; les versions retirées y restent."""
    _let_in(request)
    known = packs.versions(pack)
    if not known:
        raise NotFound(f"Le référentiel « {pack[:60]} » n'existe pas.", code="pack-inconnu")
    rows = [
        VersionOut(
            version=one.version, publie_le=one.published_on, etat=one.status.value, empreinte=one.sha256,
            livree=one.shipped, decidee_par=one.decided_by, motif=one.reason,
        )
        for one in known
    ]  # fmt: skip
    return answer(request, "versions", VersionOut, rows, paging)


@router.get("/packs/{pack}/regles", response=Page[RegleOut], summary="Les règles d'un référentiel, en français")
def rules(request: HttpRequest, pack: str, paging: PagingQuery, version: str = "") -> Any:
    """Chaque règle avec sa source et le résultat de ses cas d'essai."""
    _let_in(request)
    held = packs.pack(pack, packs.version_of(pack, version).version)
    writer, results = packs.Writer(held), packs.cases_of(held)
    rows = [
        RegleOut(
            id=rule.id, libelle=rule.libelle, maille=rule.maille.value, phrase=writer.phrase(rule.si).lines(),
            source=str(rule.source), cas_reussis=sum(one.ok for one in results if one.rule == rule.id),
            cas_echoues=sum(not one.ok for one in results if one.rule == rule.id),
        )
        for rule in held.regles
    ]  # fmt: skip
    return answer(request, "regles", RegleOut, rows, paging)


@router.get("/packs/{pack}/differences", response=Page[DifferenceOut], summary="Ce qui change entre deux versions")
def differences(request: HttpRequest, pack: str, paging: PagingQuery, de: str, a: str) -> Any:
    """De la version `de` à la version `a`."""
    _let_in(request)
    before, after = (packs.pack(pack, packs.version_of(pack, name).version) for name in (de, a))
    rows = [
        DifferenceOut(
            nature=one.kind, partie=one.section, chemin=list(one.path), champ=one.field, avant=one.before,
            apres=one.after,
        )
        for one in packs.differences(before, after)
    ]  # fmt: skip
    return answer(request, "differences", DifferenceOut, rows, paging)
