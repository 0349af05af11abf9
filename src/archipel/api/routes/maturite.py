"""Maturity: grids, levels of the members and of the group, answers, the least-effort plan."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Denied, Invalid
from archipel.programmes.maturity import public as maturity

router = Router(tags=["maturité"])


class GrilleOut(Schema):
    """A grid of self-diagnosis."""

    pack: str
    version: str
    grille: str
    titre: str
    questions: int
    rubriques: int
    niveau_max: int


class MaturiteNiveauOut(Schema):
    """The level of an entity: certain (`bas`), and at most (`haut`) when answers are missing."""

    repondant: str
    nom: str
    activite_combinee: float | None
    repondus: int
    attendus: int
    sans_preuve: int
    bas: float | None
    haut: float | None


class PartOut(Schema):
    """A share of the activité combinée against its threshold."""

    part: str
    libelle: str
    verdict: str
    bas: float | None
    haut: float | None
    seuil: float


class MaturiteGroupeOut(Schema):
    """The group: its members, its weighted level, its shares. `bas` is null when the account does not see it whole."""

    ght: str
    nom: str
    membres: list[MaturiteNiveauOut]
    bas: float | None
    haut: float | None
    parts: list[PartOut]


class MaturiteReponseIn(Schema):
    """An answer."""

    repondant: str = Field(description="FINESS, ou ght:code.")
    question: str
    reponse: str = Field(description="Nombre, oui, non, « non mesuré » ou « sans objet ».")
    commentaire: str = ""
    preuve: str = ""
    reference: str = ""
    date_preuve: str = ""
    le: date | None = None


class ActeMaturiteOut(Schema):
    """What was written."""

    faits: list[int]
    message: str


class PasOut(Schema):
    """A step of the plan."""

    repondant: str
    rubrique: str
    question: str
    de: int
    a: int
    jours: float
    effort_dit: bool


class PlanOut(Schema):
    """The least effort, and the bound that proves it with what was tried in between."""

    possible: bool
    jours: float
    borne: float
    pas: list[PasOut]
    sans_activite: list[str]
    sans_reponse: int


def _reader(request: HttpRequest) -> Scope:
    scope = scope_of_request(request)
    scope.require(Capability.VOIR_PROGRAMMES)
    return scope


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


@router.get("/grilles", response=Page[GrilleOut], summary="Les grilles en vigueur")
def grids(request: HttpRequest, paging: PagingQuery) -> Any:
    """Celles des référentiels en vigueur."""
    _reader(request)
    rows = [
        GrilleOut(
            pack=g.pack, version=g.version, grille=g.id, titre=g.titre, questions=len(g.indicateurs),
            rubriques=len(g.rubriques), niveau_max=g.niveau_max,
        )
        for g in maturity.grids()
    ]  # fmt: skip
    return answer(request, "grilles", GrilleOut, rows, paging)


@router.get("/grilles/{pack}/{grille}", response=MaturiteGroupeOut, summary="Les niveaux d'un GHT")
def group(request: HttpRequest, pack: str, grille: str, ght: str = "", le: date | None = None) -> MaturiteGroupeOut:
    """Ceux de ses membres que le compte voit ; celui du groupe s'il les voit tous."""
    scope = _reader(request)
    grid = maturity.grid(pack, grille)
    held = maturity.group(scope, grid, ght)
    found = maturity.group_result(grid, held, le or timezone.localdate())
    return MaturiteGroupeOut(
        ght=held.code,
        nom=held.name,
        membres=[
            MaturiteNiveauOut(
                repondant=a.entity.code, nom=a.entity.name,
                activite_combinee=_float(found.activity[a.entity.code].value), repondus=a.bilan.ensemble.repondus,
                attendus=a.bilan.ensemble.attendus, sans_preuve=a.declared_only, bas=_float(a.bilan.ensemble.bas),
                haut=_float(a.bilan.ensemble.haut),
            )
            for a in found.assessments
        ],
        bas=_float(found.ensemble.bas) if held.whole else None,
        haut=_float(found.ensemble.haut) if held.whole else None,
        parts=[
            PartOut(
                part=p.part.id, libelle=p.part.libelle, verdict=p.resultat.verdict.value, bas=_float(p.resultat.bas),
                haut=_float(p.resultat.haut), seuil=float(p.resultat.seuil),
            )
            for p in (found.parts if held.whole else ())
        ],
    )  # fmt: skip


@router.post("/grilles/{pack}/{grille}/reponses", response=ActeMaturiteOut, summary="Répondre à une question")
def reply(request: HttpRequest, pack: str, grille: str, given: MaturiteReponseIn) -> ActeMaturiteOut:
    """La réponse d'avant n'est pas effacée."""
    grid = maturity.grid(pack, grille)
    measure = maturity.measure_of(grid, given.question, given.reponse, maturity.categories(given.reponse))
    piece = maturity.Evidence(given.preuve, given.reference, given.date_preuve)
    one = maturity.Given(given.question, measure, given.commentaire, (piece,) if given.preuve else (), given.le)
    act = maturity.answer(scope=_reader(request), grid=grid, entity=given.repondant, given=[one])
    return ActeMaturiteOut(faits=list(act.facts), message=act.message)


@router.post("/reponses/{int:reponse}/annuler", response=ActeMaturiteOut, summary="Annuler une réponse")
def undo(request: HttpRequest, reponse: int) -> ActeMaturiteOut:
    """Celle d'avant vaut de nouveau."""
    act = maturity.undo_answer(scope=_reader(request), fact=reponse)
    return ActeMaturiteOut(faits=list(act.facts), message=act.message)


class PlanIn(Schema):
    """What is to be reached."""

    ght: str = ""
    but: str = Field("part", description="part, chacun ou moyenne.")
    niveau: float = Field(1, ge=0, le=100)
    part: float = Field(66, ge=1, le=100, description="Part de l'activité combinée, en %.")
    jours: float = Field(5, ge=0, le=10_000, description="Effort supposé d'un pas dont nul n'a rien dit.")
    compte: str = Field("", description="Part comptée de la grille ; vide : toute la grille.")


@router.post("/grilles/{pack}/{grille}/plan", response=PlanOut, summary="Le moindre effort")
def plan(request: HttpRequest, pack: str, grille: str, given: PlanIn) -> PlanOut:
    """Exact : aucune autre combinaison ne prend moins. Rien n'est enregistré."""
    scope = _reader(request)
    grid = maturity.grid(pack, grille)
    held = maturity.group(scope, grid, given.ght)
    if given.but not in set(maturity.But) or (given.compte and given.compte not in {p.id for p in grid.parts}):
        raise Invalid("But ou part comptée inconnu.", code="but")
    if given.but != maturity.But.CHACUN and not held.whole:
        raise Denied("Ce but porte sur tout le GHT : votre compte n'en voit pas tous les membres.")
    numbers = [Fraction(str(value)) for value in (given.niveau, given.part, given.jours)]
    question = maturity.Question(maturity.But(given.but), numbers[0], numbers[1] / 100, numbers[2], given.compte)
    found = maturity.plan(grid, held, question, timezone.localdate())
    return PlanOut(
        possible=found.plan.possible,
        jours=float(found.plan.effort),
        borne=float(found.plan.relachee),
        pas=[
            PasOut(
                repondant=s.entite, rubrique=s.rubrique, question=s.indicateur, de=s.de, a=s.a, jours=float(s.effort),
                effort_dit=(s.entite, s.indicateur) not in found.supposed,
            )
            for s in found.plan.pas
        ],
        sans_activite=[e.code for e in found.left_out],
        sans_reponse=found.unanswered,
    )  # fmt: skip
