"""Help: what applies to a GHT, the search, quotas, requests and what is answered to them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Invalid
from archipel.programmes.catalogue import public as catalogue

router = Router(tags=["aide"])


class AideOut(Schema):
    """An aid for a GHT on a day; a cost without upper bound has no `cout_max`."""

    ref: str
    nom: str
    type: str
    themes: list[str]
    operateurs: list[str]
    region: str
    etat: str
    pourquoi: str
    demandeur: str
    circuit: list[str]
    cout_min: str | None
    cout_max: str | None
    debut: date | None
    quota_restant: int | None
    quota_region: int | None
    source: str


class TrouveOut(Schema):
    """A result of the search, and why it is there."""

    ref: str
    nature: str
    titre: str
    score: float
    raisons: list[str]


class QuotaOut(Schema):
    """A share of a quota."""

    aide: str
    part: str
    regions: list[str]
    droits: int
    restants: int


class DemandeAideOut(Schema):
    """A request and where it stands."""

    numero: int
    ght: str
    region: str
    aide: str
    objet: str
    demandee_le: date
    etat: str
    attend: list[str]
    depuis: date
    en_retard: bool
    pourquoi: str
    tient_un_droit: bool
    retour_attendu: bool


class DemandeAideIn(Schema):
    """What is asked for."""

    aide: str
    ght: str
    objet: str
    besoin: str = ""
    theme: str = ""
    session: str = ""
    contact: str = ""
    demandee_le: date | None = None


class AvisIn(Schema):
    """What a party answers."""

    partie: str = Field(description="ars, dgos ou operateur.")
    avis: str = Field(description="favorable, defavorable ou complement.")
    texte: str = ""
    piece: str = ""
    le: date | None = None


class AideActeIn(Schema):
    """What the GHT does."""

    acte: str = Field(description="complement, retrait, demarrage, fin ou reprendre.")
    texte: str = ""
    le: date | None = None


class ActeAideOut(Schema):
    """What was done."""

    numero: int
    message: str


def _reader(request: HttpRequest) -> Scope:
    scope = scope_of_request(request)
    scope.require(Capability.VOIR_PROGRAMMES)
    return scope


@router.get("", response=Page[AideOut], summary="Les aides qui s'appliquent")
def listing(request: HttpRequest, paging: PagingQuery, ght: str = "", theme: str = "", le: date | None = None) -> Any:
    """Pour un GHT, un thème et un jour ; celles que l'on peut demander d'abord."""
    scope = _reader(request)
    found = catalogue.offered(catalogue.ght(scope, ght), theme, le or timezone.localdate())
    return answer(request, "aides", AideOut, [_aid(one) for one in found], paging)


def _aid(one: catalogue.Offered) -> AideOut:
    low, high = one.fourchette or (None, None)
    return AideOut(
        ref=one.aide.ref,
        nom=one.aide.nom,
        type=one.aide.type_libelle,
        themes=list(one.aide.themes),
        operateurs=[o.court for o in one.aide.operateurs],
        region=one.aide.region,
        etat=one.etat.ouverture.value,
        pourquoi=one.etat.pourquoi,
        demandeur=one.aide.demandeur,
        circuit=[step.value for step in one.aide.circuit],
        cout_min=None if low is None else str(low),
        cout_max=None if high is None else str(high),
        debut=one.etat.debut.tot if one.etat.debut else None,
        quota_restant=one.etat.restant,
        quota_region=one.etat.droits,
        source=one.aide.source,
    )


@router.get("/recherche", response=list[TrouveOut], summary="Chercher une aide ou un retour d'expérience")
def search(request: HttpRequest, q: str, theme: str = "") -> Any:
    """Accents, pluriels, sigles, synonymes et fautes ; chaque résultat dit pourquoi il est là."""
    _reader(request)
    catalogue.refresh()
    found = catalogue.search(q, theme=theme)
    return [
        TrouveOut(
            ref=one.ref, nature=one.kind, titre=one.title, score=round(one.score, 4),
            raisons=[f"{r.terme} : {r.champ}{f' ({r.par})' if r.par else ''}" for r in one.raisons],
        )
        for one in found.found
    ]  # fmt: skip


@router.get("/quotas", response=list[QuotaOut], summary="Ce qui reste de chaque quota")
def quotas(request: HttpRequest) -> Any:
    """Région par région."""
    _reader(request)
    return [
        QuotaOut(aide=s.aid, part=s.label, regions=list(s.regions), droits=s.rights, restants=s.left)
        for aid in catalogue.aids()
        for s in catalogue.shares(aid)
    ]


@router.get("/demandes", response=Page[DemandeAideOut], summary="Les demandes d'aide")
def requests(request: HttpRequest, paging: PagingQuery) -> Any:
    """Celles en retard d'abord."""
    scope = _reader(request)
    rows = [_line(one) for one in catalogue.requests(scope, timezone.localdate())]
    return answer(request, "demandes-aide", DemandeAideOut, rows, paging)


def _line(one: catalogue.RequestLine) -> DemandeAideOut:
    return DemandeAideOut(
        numero=one.number,
        ght=one.ght,
        region=one.region,
        aide=one.aid,
        objet=one.subject,
        demandee_le=one.asked_on,
        etat=one.course.etat.value,
        attend=[party.value for party in one.course.attend],
        depuis=one.course.depuis,
        en_retard=one.dates.en_retard,
        pourquoi=one.dates.pourquoi,
        tient_un_droit=one.course.tient_droit,
        retour_attendu=one.feedback_due,
    )


@router.post("/demandes", response=ActeAideOut, summary="Demander une aide")
def ask(request: HttpRequest, given: DemandeAideIn) -> ActeAideOut:
    """Au nom d'un GHT, par son établissement support."""
    draft = catalogue.Draft(
        aid=given.aide, ght=given.ght, subject=given.objet, need=given.besoin, theme=given.theme,
        session=given.session, contact=given.contact, asked_on=given.demandee_le,
    )  # fmt: skip
    return _done(catalogue.ask(scope=_reader(request), draft=draft))


@router.get("/demandes/{int:demande}", response=DemandeAideOut, summary="Une demande d'aide")
def one(request: HttpRequest, demande: int) -> DemandeAideOut:
    """Où elle en est."""
    return _line(catalogue.request_line(_reader(request), demande, timezone.localdate()))


@router.post("/demandes/{int:demande}/avis", response=ActeAideOut, summary="Enregistrer un avis")
def opinion(request: HttpRequest, demande: int, given: AvisIn) -> ActeAideOut:
    """Celui de l'ARS, ou celui que la DGOS ou l'opérateur ont écrit."""
    if given.partie not in set(catalogue.Acteur) or given.avis not in set(catalogue.Avis):
        raise Invalid("Partie ou avis inconnu.", code="avis", field="avis")
    act = catalogue.give_opinion(
        scope=_reader(request), number=demande, party=catalogue.Acteur(given.partie),
        opinion=catalogue.Avis(given.avis), text=given.texte, piece=given.piece, on=given.le,
    )  # fmt: skip
    return _done(act)


@router.post("/demandes/{int:demande}/actes", response=ActeAideOut, summary="Agir pour le GHT")
def act(request: HttpRequest, demande: int, given: AideActeIn) -> ActeAideOut:
    """Compléter, retirer, démarrer, terminer, ou reprendre le dernier acte."""
    scope = _reader(request)
    doing: dict[str, Any] = {
        "complement": lambda: catalogue.complete(scope=scope, number=demande, text=given.texte, on=given.le),
        "retrait": lambda: catalogue.withdraw(scope=scope, number=demande, text=given.texte, on=given.le),
        "demarrage": lambda: catalogue.start(scope=scope, number=demande, text=given.texte, on=given.le),
        "fin": lambda: catalogue.end(scope=scope, number=demande, text=given.texte, on=given.le),
        "reprendre": lambda: catalogue.take_back(scope=scope, number=demande, text=given.texte),
    }
    if given.acte not in doing:
        raise Invalid(f"Acte « {given.acte[:30]} » inconnu.", code="acte", field="acte")
    return _done(doing[given.acte]())


def _done(made: catalogue.Act) -> ActeAideOut:
    return ActeAideOut(numero=made.number, message=made.message)
