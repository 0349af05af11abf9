"""Dossiers of the programmes: the list, one dossier, its rubrics, its acts, its document, the agency's figures."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.programmes.dossiers import public as rooms

router = Router(tags=["dossiers"])


class DossierOut(Schema):
    """A dossier in a list."""

    numero: int
    titre: str
    programme: str
    version: str
    theme: str
    etat: str
    porteur_finess: str
    porteur_ej: str
    ght: str
    region: str
    depose: bool
    accorde: Decimal | None
    verse: Decimal
    ouvert_a: datetime
    change_a: datetime


class ControleOut(Schema):
    """What is said of a rubric or of a criterion."""

    id: str
    libelle: str
    niveau: str
    pourquoi: list[str]
    bloque_le_depot: bool


class EcheanceOut(Schema):
    """Something due."""

    id: str
    libelle: str
    le: date | None
    fait: bool
    jours_de_retard: int
    certitude: str
    source: str


class DossierEtapeOut(Schema):
    """A line of the ledger that the account may read."""

    rang: int
    nature: str
    code: str
    effet_a: datetime
    enregistre_a: datetime
    acteur: str
    motif: str
    annulee: bool


class DossierEntierOut(DossierOut):
    """A dossier, whole."""

    completude: int
    controles: list[ControleOut]
    criteres: list[ControleOut]
    echeances: list[EcheanceOut]
    actes: list[str]
    histoire: list[DossierEtapeOut]


class PartieIn(Schema):
    """An establishment, and its sites (none: all that are known)."""

    finess: str
    eg: list[str] = []


class OuvrirIn(Schema):
    """What a dossier is opened from."""

    programme: str
    version: str
    theme: str = ""
    titre: str
    porteur: str = Field(description="FINESS PMSI du chef de file.")
    eg: list[str] = []
    parties: list[PartieIn] = []
    idee: bool = False


class DossierNumeroOut(Schema):
    """The dossier that was opened or changed."""

    numero: int
    etat: str


class DossierActeIn(Schema):
    """When, why, and what the act asks for."""

    date: datetime | None = None
    motif: str = ""
    instance: str = ""
    reference: str = ""
    accuse: str = ""
    montant: str = ""


class RubriqueOut(Schema):
    """The version in force of a rubric."""

    rubrique: str
    version: int
    contenu: dict[str, Any]
    auteur: str
    a: datetime | None
    textes_a_choisir: list[int]


class RubriqueIn(Schema):
    """A content, and the version it was written from."""

    base: int = Field(ge=0, description="Version dont part l'écriture ; 0 : aucune.")
    texte: str = ""
    choix: list[str] = []
    lignes: list[dict[str, Any]] = []


class EnregistreOut(Schema):
    """What became of a saved content: enregistre, fusionne, inchange or conflit."""

    issue: str
    version: int
    contenu: dict[str, Any]
    choix: int = Field(description="Numéro du texte gardé à côté, quand l'issue est conflit ; 0 sinon.")
    message: str


class DossierGroupeOut(Schema):
    """A line of a breakdown."""

    code: str
    libelle: str
    nombre: int
    part: Decimal
    accorde: Decimal
    verse: Decimal


class StatistiquesOut(Schema):
    """The figures of the portfolio of the agency."""

    projets: int
    etablissements: int
    decides: int
    accorde: Decimal
    verse: Decimal
    etablissements_par_statut: list[DossierGroupeOut]
    projets_par_theme: list[DossierGroupeOut]
    projets_par_etat: list[DossierGroupeOut]


@router.get("", response=Page[DossierOut], summary="Les dossiers visibles par le compte")
def listing(
    request: HttpRequest,
    paging: PagingQuery,
    etat: str = "",
    programme: str = "",
    theme: str = "",
    etablissement: str = "",
) -> Any:
    """Le dernier changé d'abord."""
    filters = rooms.Filters(etat, programme, theme, etablissement)
    rows = rooms.dossiers(scope=scope_of_request(request), today=timezone.localdate(), filters=filters)
    return answer(request, "dossiers", DossierOut, [DossierOut(**_line(row.line)) for row in rows], paging)


def _line(line: rooms.Line) -> dict[str, Any]:
    return {
        "numero": line.number, "titre": line.title, "programme": line.programme, "version": line.version,
        "theme": line.theme, "etat": line.status.value, "porteur_finess": line.bearer_finess,
        "porteur_ej": line.bearer_ej, "ght": line.ght, "region": line.region, "depose": line.deposited,
        "accorde": line.granted, "verse": line.paid, "ouvert_a": line.created_at, "change_a": line.updated_at,
    }  # fmt: skip


@router.post("", response=DossierNumeroOut, summary="Ouvrir un dossier")
def create(request: HttpRequest, given: OuvrirIn) -> DossierNumeroOut:
    """Il garde la version du référentiel jusqu'au bout. Un projet de trop pour un FINESS est refusé (409)."""
    scope = scope_of_request(request)
    number = rooms.open_dossier(
        scope=scope, programme=given.programme, version=given.version, theme=given.theme, title=given.titre,
        bearer=given.porteur, sites=given.eg, as_idea=given.idee,
        parties=[rooms.Entry(one.finess, tuple(one.eg)) for one in given.parties],
    )  # fmt: skip
    return DossierNumeroOut(numero=number, etat=(rooms.Status.IDEE if given.idee else rooms.Status.REDACTION).value)


@router.get("/region/statistiques", response=StatistiquesOut, summary="Statistiques du portefeuille de l'ARS")
def statistics(request: HttpRequest) -> StatistiquesOut:
    """Recalculées sur les dossiers déposés que le compte instruit."""
    found = rooms.portfolio_figures(scope=scope_of_request(request))
    groups = {
        "etablissements_par_statut": found.by_status, "projets_par_theme": found.by_theme,
        "projets_par_etat": found.by_state,
    }  # fmt: skip
    return StatistiquesOut(
        projets=found.projects, etablissements=found.establishments, decides=found.decided, accorde=found.granted,
        verse=found.paid, **{name: [
            DossierGroupeOut(code=g.code, libelle=g.label, nombre=g.count, part=g.share, accorde=g.granted,
                             verse=g.paid)
            for g in some
        ] for name, some in groups.items()},
    )  # fmt: skip


@router.get("/{int:dossier}", response=DossierEntierOut, summary="Un dossier")
def one(request: HttpRequest, dossier: int) -> DossierEntierOut:
    """État, contrôles, échéances, actes possibles, histoire."""
    found = rooms.overview(scope=scope_of_request(request), dossier=dossier, today=timezone.localdate())
    return DossierEntierOut(
        **_line(found.line),
        completude=found.done,
        controles=[_check(check) for check in found.checks],
        criteres=[_check(check) for check in found.criteria],
        echeances=[
            EcheanceOut(
                id=d.id, libelle=d.label, le=d.due, fait=d.done, jours_de_retard=d.late_days, certitude=d.certainty,
                source=d.source,
            )
            for d in found.deadlines
        ],
        actes=[act.code for act in found.acts],
        histoire=[
            DossierEtapeOut(
                rang=f.id, nature=f.kind.value, code=f.code, effet_a=f.effective_at, enregistre_a=f.recorded_at,
                acteur=f.actor, motif=f.reason, annulee=f.id in found.life.undone,
            )
            for f in found.history
        ],
    )  # fmt: skip


def _check(check: rooms.Check) -> ControleOut:
    return ControleOut(
        id=check.id, libelle=check.label, niveau=check.level.value, pourquoi=list(check.why),
        bloque_le_depot=check.blocking,
    )  # fmt: skip


@router.get("/{int:dossier}/document", response=dict[str, Any], summary="Le document du dossier")
def document(request: HttpRequest, dossier: int) -> Any:
    """Tel qu'il est écrit pour ses établissements, tel que déposé pour l'ARS."""
    return rooms.dump_document(rooms.document_of_dossier(scope=scope_of_request(request), dossier=dossier))


@router.post("/{int:dossier}/actes/{acte}", response=DossierNumeroOut, summary="Faire avancer le dossier")
def act(request: HttpRequest, dossier: int, acte: str, given: DossierActeIn) -> DossierNumeroOut:
    """`rediger`, `valider`, `deposer`, `instruire`, `retenir`, `refuser`, `conventionner`, `prouver`, `solder`…"""
    said = rooms.Given(given.date, given.motif, given.instance, given.reference, given.accuse, given.montant)
    done = rooms.act(scope=scope_of_request(request), dossier=dossier, code=acte, given=said)
    return DossierNumeroOut(numero=done.dossier, etat=done.status.value)


@router.post("/{int:dossier}/annuler", response=DossierNumeroOut, summary="Annuler la dernière étape, avec le motif")
def undo(request: HttpRequest, dossier: int, given: DossierActeIn) -> DossierNumeroOut:
    """Par le côté qui l'a faite ; l'annulation est une ligne de plus."""
    done = rooms.undo(scope=scope_of_request(request), dossier=dossier, reason=given.motif)
    return DossierNumeroOut(numero=done.dossier, etat=done.status.value)


@router.get("/{int:dossier}/rubriques/{rubrique}", response=RubriqueOut, summary="Une rubrique en vigueur")
def rubric(request: HttpRequest, dossier: int, rubrique: str) -> RubriqueOut:
    """Se lit dans les établissements du dossier."""
    found = rooms.rubric_of(scope=scope_of_request(request), dossier=dossier, rubric=rubrique)
    return RubriqueOut(
        rubrique=rubrique, version=found.version, contenu=dict(found.content), auteur=found.author, a=found.at,
        textes_a_choisir=[choice.id for choice in found.choices],
    )  # fmt: skip


@router.put("/{int:dossier}/rubriques/{rubrique}", response=EnregistreOut, summary="Enregistrer une rubrique")
def save(request: HttpRequest, dossier: int, rubrique: str, given: RubriqueIn) -> EnregistreOut:
    """Réunie avec ce qui est venu depuis la version `base` ; ce qui ne se réunit pas est gardé à côté (`conflit`)."""
    done = rooms.save(
        scope=scope_of_request(request), dossier=dossier, rubric=rubrique, base=given.base,
        content={"texte": given.texte, "choix": given.choix, "lignes": given.lignes},
    )  # fmt: skip
    return EnregistreOut(
        issue=done.outcome.value,
        version=done.version,
        contenu=dict(done.content),
        choix=done.fork,
        message=done.message,
    )
