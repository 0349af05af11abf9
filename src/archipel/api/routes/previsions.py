"""Forecasts: curves with their measured error, and what is expected in the next hours. Counts only."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Invalid
from archipel.scenarios.forecast import public as forecast

router = Router(tags=["prévisions"])


class CourbeOut(Schema):
    """A series and its measured error. ``etat`` : modele, reference (aucun modèle ne fait mieux), trop-court."""

    lieu: str
    mesure: str
    filiere: str
    grain: str
    calcule_le: datetime
    etat: str
    methode: str
    erreur_moyenne: float | None
    perte_quantiles: float | None
    part_dans_la_bande: float | None
    jours_connus: int
    jours_importes: int
    possible_le: str


class PointOut(Schema):
    """A point; ``moment`` is a local day or hour."""

    lieu: str
    mesure: str
    filiere: str
    moment: str
    constate: float | None
    p10: float | None
    p50: float | None
    p90: float | None


class AttenduOut(Schema):
    """What is expected from now on, over some hours."""

    mesure: str
    filiere: str
    heures: int
    p10: float
    p50: float
    p90: float
    calcule_le: datetime
    modele: bool
    erreur_moyenne: float


def _seeing(request: HttpRequest) -> Scope:
    scope = scope_of_request(request)
    scope.require(Capability.VOIR_CAPACITE)
    return scope


def _place(text: str) -> tuple[str, str]:
    level, _, code = text.partition(":")
    if text and (level not in ("site", "ght") or not code):
        raise Invalid(f"Lieu « {text[:40]} » : attendu site:FINESS ou ght:code.", code="lieu")
    return level, code


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _curve(one: forecast.CurveInfo) -> CourbeOut:
    shown = one.shown
    return CourbeOut(
        lieu=f"{one.key.level}:{one.key.code}",
        mesure=one.key.measure,
        filiere=one.key.filiere,
        grain=one.grain.value,
        calcule_le=one.at,
        etat=one.state,
        methode=one.method,
        erreur_moyenne=_known(shown.mae) if shown else None,
        perte_quantiles=_known(shown.pinball) if shown else None,
        part_dans_la_bande=_known(shown.coverage) if shown else None,
        jours_connus=one.history,
        jours_importes=one.imported,
        possible_le=one.possible_on.isoformat() if one.possible_on else "",
    )


@router.get("", response=Page[CourbeOut], summary="Les prévisions et leur erreur mesurée")
def curves(
    request: HttpRequest, paging: PagingQuery, lieu: str = "", mesure: str = "", filiere: str = "", grain: str = ""
) -> Any:
    """Les courbes du dernier calcul ; `lieu` : `site:FINESS` ou `ght:code` ; `grain` : jour ou heure."""
    level, code = _place(lieu)
    found = forecast.curves(
        scope=_seeing(request), level=level, code=code, measure=mesure, filiere=filiere or None, grain=grain
    )
    return answer(request, "previsions", CourbeOut, [_curve(one) for one in found], paging)


@router.get("/points", response=Page[PointOut], summary="Les points d'une prévision")
def points(
    request: HttpRequest,
    paging: PagingQuery,
    lieu: str,
    mesure: str = "arrivees",
    filiere: str = "",
    grain: str = "jour",
) -> Any:
    """Le passé récent (`constate`), puis P10, P50 et P90. `filiere` vide : toutes."""
    scope = _seeing(request)
    level, code = _place(lieu)
    one = forecast.curve(scope=scope, key=forecast.SeriesKey(level, code, mesure, filiere), grain=grain)
    told: list[tuple[str, tuple[float | None, float | None, float | None, float | None]]] = []
    if one is not None:
        told = [(seen.moment.isoformat(), (seen.value, None, None, None)) for seen in one.seen]
        told += [(point.moment.isoformat(), (None, point.p10, point.p50, point.p90)) for point in one.points]
    rows = [
        PointOut(lieu=lieu, mesure=mesure, filiere=filiere, moment=moment, constate=seen, p10=p10, p50=p50, p90=p90)
        for moment, (seen, p10, p50, p90) in told
    ]
    return answer(request, "prevision-points", PointOut, rows, paging)


@router.get("/attendus", response=Page[AttenduOut], summary="Ce qui est attendu d'ici quelques heures")
def expected(request: HttpRequest, paging: PagingQuery, lieu: str, heures: int = 24) -> Any:
    """Arrivées, hospitalisations et sorties attendues d'ici 1, 2, 4, 8, 12, 24 ou 48 heures, par filière."""
    level, code = _place(lieu)
    rows = [
        AttenduOut(
            mesure=one.measure,
            filiere=one.filiere,
            heures=one.hours,
            p10=one.p10,
            p50=one.p50,
            p90=one.p90,
            calcule_le=one.at,
            modele=one.is_model,
            erreur_moyenne=one.mae,
        )
        for one in forecast.expected(scope=_seeing(request), level=level, code=code, hours=heures)
    ]
    return answer(request, "attendus", AttenduOut, rows, paging)
