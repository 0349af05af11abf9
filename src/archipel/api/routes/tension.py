"""Tension: the level of each site and group, the indicators behind it, the journal, declarations. Counts only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer, aware
from archipel.domains.flow import public as flow
from archipel.domains.flow.values.tension import SIGNAL_LABELS
from archipel.kernel.errors import NotFound

router = Router(tags=["tension"])
_JOURNAL = 2_000
Niveau = Literal["vigilance", "tension", "forte"]


class TensionNiveauOut(Schema):
    """The level in force. ``sujet`` : `site:FINESS` ou `ght:code` ; ``calcule`` null : jamais calculé."""

    sujet: str
    nom: str
    etablissement: str
    niveau: str
    en_tension: bool
    depuis: datetime | None
    source: str
    calcule: str | None
    calcule_le: datetime | None


class TensionIndicateurOut(Schema):
    """One indicator of a site; ``valeur`` null : inconnue, ``pourquoi`` dit la raison."""

    NESTED: ClassVar[tuple[str, ...]] = ("seuils",)
    site: str
    indicateur: str
    libelle: str
    unite: str
    valeur: float | None
    niveau: str
    seuils: list[float | None]
    pourquoi: str
    releve_a: datetime


class TensionFaitOut(Schema):
    """A line of the journal."""

    numero: int
    sujet: str
    nature: str
    niveau: str
    depuis: datetime
    inscrit_le: datetime
    jusqu_a: datetime | None
    par: str
    motif: str


class TensionActeOut(Schema):
    """What was written in the journal."""

    numero: int
    sujet: str
    message: str


class DireIn(Schema):
    """Whom it is about, and why."""

    sujet: str
    motif: str


class DeclarationIn(DireIn):
    """``jusqu_a`` absent : sept jours."""

    niveau: Niveau
    jusqu_a: datetime | None = None


@router.get("", response=Page[TensionNiveauOut], summary="Le niveau de chaque site et de chaque groupement")
def levels(request: HttpRequest, paging: PagingQuery) -> Any:
    """Le niveau en vigueur, depuis quand et d'après qui."""
    rows = [
        TensionNiveauOut(
            sujet=one.subject, nom=one.name, etablissement=one.establishment, niveau=_word(one.level) or "",
            en_tension=one.in_tension, depuis=one.since, source=one.source.value, calcule=_word(one.computed),
            calcule_le=one.computed_at,
        )
        for one in flow.tension_levels(scope=scope_of_request(request))
    ]  # fmt: skip
    return answer(request, "tension", TensionNiveauOut, rows, paging)


@router.get("/sites/{eg}", response=Page[TensionIndicateurOut], summary="Les indicateurs d'un site, maintenant")
def signals(request: HttpRequest, eg: str, paging: PagingQuery) -> Any:
    """`eg` est le FINESS du site ; `seuils` : vigilance, tension, tension forte, dans l'unité de l'indicateur."""
    found = [one for one in flow.site_signals(scope=scope_of_request(request)) if one.site == eg]
    if not found:
        raise NotFound("Ce site n'a pas d'urgences suivies ici.", code="tension-inconnue")
    rows = [
        TensionIndicateurOut(
            site=one.site, indicateur=reading.signal.value, libelle=SIGNAL_LABELS[reading.signal][0],
            unite=SIGNAL_LABELS[reading.signal][1], valeur=reading.value, niveau=_word(reading.level) or "",
            seuils=list(reading.bounds), pourquoi=reading.why, releve_a=one.at,
        )
        for one in found
        for reading in one.readings
    ]  # fmt: skip
    return answer(request, "tension-indicateurs", TensionIndicateurOut, rows, paging)


@router.get("/journal", response=Page[TensionFaitOut], summary="Quand et pourquoi le niveau a changé")
def journal(request: HttpRequest, paging: PagingQuery, sujet: str = "", depuis: datetime | None = None) -> Any:
    """Le plus récent d'abord, 2 000 lignes au plus ; rien n'en est jamais effacé."""
    told = flow.tension_journal(scope=scope_of_request(request), subject=sujet, since=aware(depuis), limit=_JOURNAL)
    rows = [
        TensionFaitOut(
            numero=fact.fact_id, sujet=subject, nature=fact.kind.value, niveau=_word(fact.level) or "",
            depuis=fact.effective_at, inscrit_le=fact.recorded_at, jusqu_a=fact.until, par=fact.actor,
            motif=fact.reason,
        )
        for subject, fact in told
    ]  # fmt: skip
    return answer(request, "tension-journal", TensionFaitOut, rows, paging)


@router.post("/declarer", response=TensionActeOut, summary="Déclarer un niveau")
def declare(request: HttpRequest, ordre: DeclarationIn) -> TensionActeOut:
    """Le sujet est au moins à ce niveau, jusqu'au moment dit ou jusqu'à la levée."""
    level = flow.Level[ordre.niveau.upper()]
    scope = scope_of_request(request)
    return _act(
        flow.declare_tension(
            scope=scope, subject=ordre.sujet, level=level, reason=ordre.motif, until=aware(ordre.jusqu_a)
        )
    )


@router.post("/confirmer", response=TensionActeOut, summary="Confirmer le niveau calculé")
def confirm(request: HttpRequest, ordre: DireIn) -> TensionActeOut:
    """Quelqu'un dit que le niveau calculé est le bon."""
    return _act(flow.confirm_tension(scope=scope_of_request(request), subject=ordre.sujet, reason=ordre.motif))


@router.post("/lever", response=TensionActeOut, summary="Lever la tension")
def lift(request: HttpRequest, ordre: DireIn) -> TensionActeOut:
    """Les déclarations finissent ; le niveau calculé est mis de côté jusqu'à ce qu'il monte."""
    return _act(flow.lift_tension(scope=scope_of_request(request), subject=ordre.sujet, reason=ordre.motif))


def _act(done: flow.TensionAct) -> TensionActeOut:
    return TensionActeOut(numero=done.fact, sujet=done.subject, message=done.message)


def _word(level: flow.Level | None) -> str | None:
    return None if level is None else level.name.lower()
