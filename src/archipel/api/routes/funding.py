"""Money of national programmes: ceilings, projects and their ledger, cash, the best set of projects."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.scope import Capability, Scope
from archipel.programmes.funding import public as funding
from archipel.programmes.funding.public import Entry, Kind

router = Router(tags=["financement"])
PACK = "hopen2-aap"


class PartieOut(Schema):
    """An establishment of a perimeter; ``activite`` is null when it is unknown, and ``source`` says why."""

    finess: str
    nom: str
    ej: str
    activite: Decimal | None
    source: str


class PlafondOut(Schema):
    """The ceiling of a perimeter; null when an unknown activity could change it."""

    montant: int | None
    categorie: str | None
    activite: Decimal | None
    manque: list[str]
    points_avant_la_suivante: Decimal | None
    gain_du_regroupement: int | None
    parties: list[PartieOut]


class ProjetOut(Schema):
    """A project and its money, in euros. ``attendu`` null: the ceiling is unknown and nothing is granted."""

    numero: int
    reference: str
    intitule: str
    programme: str
    version: str
    thematique: str
    porteur: str
    perimetre: list[str]
    ght: str
    etat: str
    plafond: int | None
    octroye: Decimal | None
    attendu: Decimal | None
    acquis: Decimal
    recu: Decimal
    cofinance: Decimal
    depense_prevue: Decimal
    depense_reelle: Decimal


class LigneOut(Schema):
    """A line of the ledger."""

    numero: int
    nature: str
    montant: Decimal | None
    entite: str
    exercice: int | None
    echeance: str
    motifs: dict[str, str]
    perimetre: list[str]
    texte: str
    date_effet: date
    enregistre_a: datetime
    auteur: str
    par_l_ars: bool
    annule: int | None


class LigneIn(Schema):
    """A line to add."""

    nature: str = Field(description="octroi, refus, condition, encaissement, cofinancement, depense_prevue, depense.")
    date_effet: date
    montant: Decimal | None = None
    entite: str = Field("", description="FINESS EJ.")
    exercice: int | None = None
    echeance: str = ""
    motifs: dict[str, str] = {}
    texte: str = ""


class FinancementMotifIn(Schema):
    """Why a line is taken back."""

    motif: str


class TresorerieOut(Schema):
    """The cash of an entity over a year, in euros."""

    entite: str
    exercice: int
    recu: Decimal
    acquis_a_recevoir: Decimal
    attendu: Decimal
    cofinance: Decimal
    depense_prevue: Decimal
    depense_reelle: Decimal
    depense_retenue: Decimal
    solde: Decimal
    solde_certain: Decimal


class VerrouIn(Schema):
    """A project to keep."""

    thematique: str
    perimetre: list[str]


class PortefeuilleIn(Schema):
    """A question to the optimiser."""

    etablissements: list[str] = Field(description="FINESS PMSI.")
    programme: str = PACK
    titre: str = ""
    au: date | None = None
    thematiques: list[str] | None = None
    inconnus_eligibles: bool = False
    garder_ouverts: bool = True
    porteur_seul_eligible: bool = False
    thematiques_distinctes: bool = True
    etablissements_min: int = Field(1, ge=1)
    projets_max: int | None = Field(None, ge=1)
    verrous: list[VerrouIn] = []
    interdits: list[list[str]] = Field(default_factory=list, description="Paires jamais ensemble.")
    secondes: int = Field(60, ge=1, le=600)


class PortefeuilleOut(Schema):
    """A question and, once it is over, its answer: plan, bound, certificate."""

    numero: int
    titre: str
    etat: str
    certifie: bool
    empreinte: str
    avancement: dict[str, Any]
    erreur: str
    demande_a: datetime
    entrees: dict[str, Any]
    reponse: dict[str, Any]


class FinancementNumeroOut(Schema):
    """What was made."""

    numero: int


def _seer(request: HttpRequest) -> Scope:
    scope = scope_of_request(request)
    scope.require(Capability.VOIR_PROGRAMMES)
    return scope


@router.get("/plafond", response=PlafondOut, summary="Le plafond d'un périmètre")
def ceiling(
    request: HttpRequest,
    finess: Annotated[list[str], Query(description="FINESS PMSI, répété.")],
    programme: str = PACK,
    au: date | None = None,
) -> PlafondOut:
    """Fonction par paliers de l'activité combinée cumulée. Un maximum : l'ARS peut accorder moins."""
    _seer(request)
    about = funding.programme(programme)
    parties = funding.parties(finess, about.activity_fact, au or timezone.localdate())
    found = funding.ceiling(about.bands, parties)
    return PlafondOut(
        montant=found.amount,
        categorie=found.band.category if found.band else None,
        activite=found.activity,
        manque=list(found.missing),
        points_avant_la_suivante=found.to_next,
        gain_du_regroupement=funding.gain(about.bands, parties) if len(parties) > 1 else None,
        parties=[
            PartieOut(finess=one.finess, nom=one.name, ej=one.ej, activite=one.activity, source=one.source)
            for one in parties
        ],
    )


@router.get("/projets", response=Page[ProjetOut], summary="Les projets financés, avec leur argent")
def listing(request: HttpRequest, paging: PagingQuery, ght: str = "", au: date | None = None) -> Any:
    """Ceux dont un établissement du périmètre est dans le vôtre."""
    _seer(request)
    rows = [_project(one) for one in funding.projects(ght=ght, at=au)]
    return answer(request, "projets-finances", ProjetOut, rows, paging)


def _project(one: funding.ProjectMoney) -> ProjetOut:
    held = one.position
    return ProjetOut(
        numero=one.id, reference=one.reference, intitule=one.title, programme=one.programme.id,
        version=one.programme.version, thematique=one.theme, porteur=one.bearer.finess,
        perimetre=[party.finess for party in one.perimeter], ght=one.ght, etat=one.state, plafond=one.ceiling.amount,
        octroye=held.granted, attendu=held.expected, acquis=held.secured, recu=held.received, cofinance=held.cofunded,
        depense_prevue=held.planned, depense_reelle=held.spent,
    )  # fmt: skip


@router.get("/projets/{int:numero}", response=ProjetOut, summary="Un projet financé")
def one(request: HttpRequest, numero: int, au: date | None = None) -> ProjetOut:
    """À une date, aujourd'hui par défaut."""
    _seer(request)
    return _project(funding.project(numero, au))


@router.get("/projets/{int:numero}/lignes", response=Page[LigneOut], summary="Le journal d'un projet")
def lines(request: HttpRequest, numero: int, paging: PagingQuery) -> Any:
    """De la plus ancienne à la plus récente ; rien n'y est effacé."""
    _seer(request)
    rows = [
        LigneOut(
            numero=fact.id, nature=fact.kind.value, montant=fact.amount, entite=fact.establishment, exercice=fact.year,
            echeance=fact.instalment, motifs=dict(fact.reasons), perimetre=list(fact.perimeter), texte=fact.text,
            date_effet=fact.effective_on, enregistre_a=fact.recorded_at, auteur=fact.actor, par_l_ars=fact.by_authority,
            annule=fact.undoes,
        )
        for fact in funding.project(numero).facts
    ]  # fmt: skip
    return answer(request, "journal-financement", LigneOut, rows, paging)


@router.post("/projets/{int:numero}/lignes", response=FinancementNumeroOut, summary="Ajouter une ligne au journal")
def write(request: HttpRequest, numero: int, given: LigneIn) -> FinancementNumeroOut:
    """L'octroi, le refus et les conditions sont écrits par l'ARS, ou par le porteur d'après la notification."""
    kind = Kind(given.nature) if given.nature in set(Kind) else Kind.ANNULATION
    entry = Entry(
        kind=kind, effective_on=given.date_effet, amount=given.montant, establishment=given.entite, year=given.exercice,
        instalment=given.echeance, reasons=given.motifs, text=given.texte,
    )  # fmt: skip
    return FinancementNumeroOut(numero=funding.write(scope=scope_of_request(request), project_id=numero, entry=entry))


@router.post("/lignes/{int:numero}/annuler", response=FinancementNumeroOut, summary="Annuler une ligne, avec le motif")
def undo(request: HttpRequest, numero: int, given: FinancementMotifIn) -> FinancementNumeroOut:
    """La ligne reste au journal."""
    return FinancementNumeroOut(numero=funding.undo(scope=scope_of_request(request), line=numero, reason=given.motif))


@router.get("/tresorerie", response=Page[TresorerieOut], summary="La trésorerie par entité et exercice")
def cash(request: HttpRequest, paging: PagingQuery, ght: str = "", entite: str = "", au: date | None = None) -> Any:
    """Le solde certain ne compte ni l'attendu ni les cofinancements."""
    _seer(request)
    found = funding.projects(ght=ght, at=au, establishment=entite)
    rows = [
        TresorerieOut(
            entite=one.establishment, exercice=one.year, recu=one.received, acquis_a_recevoir=one.secured,
            attendu=one.expected, cofinance=one.cofunded, depense_prevue=one.planned, depense_reelle=one.spent,
            depense_retenue=one.outgoing, solde=one.balance, solde_certain=one.certain,
        )
        for one in funding.cash_plan(found, [entite] if entite else None)
    ]  # fmt: skip
    return answer(request, "tresorerie", TresorerieOut, rows, paging)


@router.post("/portefeuille", response=FinancementNumeroOut, summary="Chercher le meilleur ensemble de projets")
def ask(request: HttpRequest, given: PortefeuilleIn) -> FinancementNumeroOut:
    """La recherche se fait en arrière-plan : suivez-la par son numéro."""
    question = funding.Question(
        pack=given.programme, establishments=given.etablissements, title=given.titre, at=given.au,
        themes=given.thematiques, hopeful=given.inconnus_eligibles, keep_open=given.garder_ouverts,
        whose=funding.Whose.PORTEUR if given.porteur_seul_eligible else funding.Whose.TOUS,
        distinct_themes=given.thematiques_distinctes, minimum=given.etablissements_min, at_most=given.projets_max,
        locks=tuple(funding.Lock(one.thematique, frozenset(one.perimetre)) for one in given.verrous),
        apart=tuple(frozenset(pair) for pair in given.interdits), seconds=given.secondes,
    )  # fmt: skip
    return FinancementNumeroOut(numero=funding.ask(scope=scope_of_request(request), question=question))


@router.get("/portefeuille/{int:numero}", response=PortefeuilleOut, summary="Une recherche et sa réponse")
def run(request: HttpRequest, numero: int) -> PortefeuilleOut:
    """Entrées figées, plan, borne et certificat, une fois la recherche terminée."""
    _seer(request)
    held = funding.run(numero)
    return PortefeuilleOut(
        numero=held.id, titre=held.title, etat=held.state.value, certifie=held.certified, empreinte=held.digest,
        avancement=dict(held.progress), erreur=held.error, demande_a=held.asked_at, entrees=dict(held.inputs),
        reponse=dict(held.result),
    )  # fmt: skip
