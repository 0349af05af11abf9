"""Tension pages: levels and why, one site with its thresholds, the journal, and the territorial cell's board."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.domains.flow import public as flow
from archipel.domains.flow.pages import shell
from archipel.domains.flow.public import Level, TensionLevel
from archipel.domains.flow.values.tension import (
    HET,
    LEVEL_LABELS,
    SIGNAL_LABELS,
    LevelSource,
    Mode,
    Reading,
    TensionFact,
    TensionFactKind,
)
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.charts import Chart, Mark, Series
from archipel.foundation.web.formats import PARIS, number
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Invalid, NotFound
from archipel.territory.values import FILIERE_LABELS

CHIPS = {
    Level.NORMAL: "tension_normale",
    Level.VIGILANCE: "vigilance",
    Level.TENSION: "tension",
    Level.FORTE: "tension_forte",
}
"""Level → state of the shell that looks like it."""
SOURCES = {
    LevelSource.INCONNU: "jamais calculé",
    LevelSource.CALCUL: "calculé",
    LevelSource.DECLARATION: "déclaré",
    LevelSource.LEVEE: "levé",
}
KINDS = {
    TensionFactKind.CALCUL: "Calcul",
    TensionFactKind.DECLARATION: "Déclaration",
    TensionFactKind.CONFIRMATION: "Confirmation",
    TensionFactKind.LEVEE: "Levée",
}
HISTORY = timedelta(hours=48)
JOURNAL_SHOWN = 50
JOURNAL_LIMIT = 10_000
TOPICS = "flow.tension"


def shown(level: TensionLevel, scope: Scope) -> dict[str, Any]:
    """A level as the templates read it."""
    return {
        "n": level,
        "mot": LEVEL_LABELS[level.level],
        "puce": CHIPS[level.level] if level.source is not LevelSource.INCONNU else "inconnu",
        "source": SOURCES[level.source],
        "calcule": LEVEL_LABELS[level.computed] if level.computed is not None else "",
        "peut": scope.may(Capability.DECLARER_TENSION, level.establishment),
        "tendu": level.level is not Level.NORMAL,
        "a_confirmer": level.level is not Level.NORMAL and level.computed is not None
        and level.standing.confirmed is None,
    }  # fmt: skip


def _unit(reading: Reading) -> str:
    """The unit in the number that the value asks for: ``1 patient``, ``0 lit``, ``12 patients``."""
    unit = SIGNAL_LABELS[reading.signal][1]
    return unit.removesuffix("s") if reading.value is not None and round(reading.value) < 2 else unit


def why(fact: TensionFact) -> str:
    """What a line of the journal rests on, in words."""
    told = fact.details.get("indicateurs")
    if isinstance(told, list):
        return " ; ".join(f"{one['nom']} : {number(one['valeur'])} {one['unite']}".strip() for one in told)
    sites = fact.details.get("sites")
    if isinstance(sites, dict):
        return " ; ".join(f"site {code} : {LEVEL_LABELS[Level(level)].lower()}" for code, level in sites.items())
    return fact.reason


def _journal_rows(scope: Scope, *, subject: str = "", limit: int = JOURNAL_SHOWN) -> list[dict[str, Any]]:
    names = {one.subject: one.name for one in flow.tension_levels(scope=scope)}
    return [
        {
            "nom": names.get(subject, subject),
            "fait": fact,
            "nature": KINDS[fact.kind],
            "mot": LEVEL_LABELS[fact.level],
            "puce": CHIPS[fact.level],
            "pourquoi": why(fact) or fact.reason,
        }
        for subject, fact in flow.tension_journal(scope=scope, subject=subject, limit=limit)
    ]


# --- levels -------------------------------------------------------------------------------------------


@login_required
@require_safe
def levels(request: HttpRequest) -> HttpResponse:
    """Which sites are in tension, since when, and who says so?"""
    scope = shell.scope_of(request)
    found = flow.tension_levels(scope=scope)
    tense = [one for one in found if one.kind == "site" and one.in_tension]
    signals = {one.site: one for one in flow.site_signals(scope=scope)}
    context = {
        "titre": "Tension",
        "niveaux": [shown(one, scope) | {"s": signals.get(one.code)} for one in found],
        "sites": sum(1 for one in found if one.kind == "site"),
        "en_tension": len(tense),
        "choix": [(int(level), label) for level, label in LEVEL_LABELS.items() if level],
        "journal": _journal_rows(scope),
        "parametres": flow.tension_config(),
        "seuil": LEVEL_LABELS[flow.tension_config().tension_from],
        "calcule": max((one.computed_at for one in found if one.computed_at), default=None),
        "sujets": TOPICS,
    }
    return render(request, "flow/_tension.html" if shell.is_fragment(request) else "flow/tension.html", context)


@login_required
@require_safe
def levels_export(request: HttpRequest) -> HttpResponse:
    """The levels as a file."""
    titles = ["Nature", "Code", "Nom", "Niveau", "En tension", "Depuis", "Source", "Niveau calculé", "Calculé le"]
    rows = (
        [one.kind, one.code, one.name, LEVEL_LABELS[one.level], one.in_tension, one.since, SOURCES[one.source],
         LEVEL_LABELS[one.computed] if one.computed is not None else "", one.computed_at]
        for one in flow.tension_levels(scope=shell.scope_of(request))
    )  # fmt: skip
    return shell.table_response(request, "tension", titles, rows)


@login_required
@require_safe
def journal_export(request: HttpRequest) -> HttpResponse:
    """The journal as a file: every change of level, its reasons and who said so."""
    scope = shell.scope_of(request)
    titles = ["Le", "Nature", "Sujet", "Niveau", "Jusqu'au", "Par", "Pourquoi"]
    rows = (
        [row["fait"].recorded_at, row["nature"], row["nom"], row["mot"], row["fait"].until, row["fait"].actor,
         row["pourquoi"]]
        for row in _journal_rows(scope, limit=JOURNAL_LIMIT)
    )  # fmt: skip
    return shell.table_response(request, "tension-journal", titles, rows)


@login_required
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Declare, confirm or lift, with a reason; the page comes back with what was done."""
    scope, asked = shell.scope_of(request), request.POST
    subject, reason = asked.get("sujet", ""), asked.get("motif", "")
    back = HttpResponseRedirect(reverse("flow:tension"))
    if asked.get("retour") == "site" and subject.startswith("site:"):
        back = HttpResponseRedirect(reverse("flow:tension-site", args=[subject.removeprefix("site:")]))
    try:
        if asked.get("action") == "declarer":
            done = flow.declare_tension(
                scope=scope, subject=subject, level=_level(asked.get("niveau", "")), reason=reason,
                until=_until(asked.get("heures", "")),
            )  # fmt: skip
        elif asked.get("action") == "confirmer":
            done = flow.confirm_tension(scope=scope, subject=subject, reason=reason)
        elif asked.get("action") == "lever":
            done = flow.lift_tension(scope=scope, subject=subject, reason=reason)
        else:
            raise Invalid("Dites quoi faire : déclarer, confirmer ou lever.", code="action")
    except ArchipelError as refusal:
        if refusal.http_status not in (409, 422):
            raise
        messages.error(request, refusal.message)
        return back
    messages.success(request, done.message)
    return back


def _level(text: str) -> Level:
    if text not in {str(int(level)) for level in Level}:
        raise Invalid("Choisissez le niveau déclaré.", code="tension-niveau", field="niveau")
    return Level(int(text))


def _until(text: str) -> datetime | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 168):
        raise Invalid("La durée va de 1 à 168 heures.", code="tension-fin", field="heures")
    return clock.now() + timedelta(hours=int(text))


# --- one site -----------------------------------------------------------------------------------------


@login_required
@require_safe
def site(request: HttpRequest, eg: str) -> HttpResponse:
    """Why is this site at this level: each indicator with its thresholds, the last days, BJML."""
    scope, now = shell.scope_of(request), clock.now()
    level = next((one for one in flow.tension_levels(scope=scope) if one.subject == f"site:{eg}"), None)
    signals = next((one for one in flow.site_signals(scope=scope) if one.site == eg), None)
    if level is None or signals is None:
        raise NotFound("Ce site n'a pas de service d'urgences suivi ici.", code="urgences-inconnues")
    config = flow.tension_config()
    need, days = flow.need_history(
        scope=scope, establishment=level.establishment, site=eg, day=now.astimezone(PARIS).date()
    )
    thresholds = config.of_site(eg)
    context = {
        "titre": f"Tension · {level.name}",
        "niveau": shown(level, scope),
        "signaux": [
            {"r": one, "nom": SIGNAL_LABELS[one.signal][0], "unite": _unit(one),
             "het": one.signal in HET, "mot": LEVEL_LABELS[one.level], "puce": CHIPS[one.level],
             "ecarts": thresholds[one.signal].mode is Mode.ECART_TYPE, "pas": thresholds[one.signal].steps,
             "bas": thresholds[one.signal].direction == "bas"}
            for one in signals.readings
        ],
        "choix": [(int(one), label) for one, label in LEVEL_LABELS.items() if one],
        "besoin": need,
        "jours": [(day, count) for day, count in days if count is not None],
        "parametres": config,
        "graphique": _history(scope, eg, now),
        "journal": _journal_rows(scope, subject=level.subject, limit=JOURNAL_SHOWN),
        "entendu": signals.heard_at,
        "fil": [("Tension", reverse("flow:tension")), (level.name, "")],
        "combien": [(LEVEL_LABELS[level].lower(), count) for level, count in sorted(config.needed.items())],
        "filieres": ", ".join(FILIERE_LABELS[code] for code in FILIERE_LABELS if code in config.filieres),
    }  # fmt: skip
    return render(request, "flow/tension_site.html", context)


def _history(scope: Scope, eg: str, now: datetime) -> Chart | None:
    points = flow.level_history(scope=scope, sites=[eg], since=now - HISTORY).get(eg, [])
    if len(points) < 2:
        return None
    return Chart(
        name="tension-site",
        title="Niveau calculé, 48 heures",
        heading="Moment",
        categories=[f"{at.astimezone(PARIS):%d/%m %H:%M}" for at, _ in points],
        series=[Series("Niveau", [level for _, level in points], kind="step")],
        kind="step",
        unit="0 normal, 3 tension forte",
        source="calcul d'Archipel sur les données vivantes",
        at=now,
        maximum=3,
        marks=[Mark(2, "tension")],
        folded=True,
    )


# --- the territorial cell -----------------------------------------------------------------------------

_COLUMNS = (
    ("waiting", "Urgences sans lit"), ("admissions", "Admissions sans lit"), ("transfers", "Transferts demandés"),
    ("free", "Libres"), ("cleaning", "À nettoyer"), ("leaving", "Sorties prévues"), ("balance", "Solde"),
    ("booked", "Déjà réservés"), ("reopenable", "Fermés, rouvrables"), ("unstaffed", "Non armés"),
)  # fmt: skip


@login_required
@require_safe
def needs(request: HttpRequest) -> HttpResponse:
    """Will there be enough beds in the next 24 hours, filière by filière and site by site?"""
    scope = shell.scope_of(request)
    found = flow.bed_balance(scope=scope)
    filiere, site_asked = request.GET.get("filiere", ""), request.GET.get("site", "")
    rows = [
        row for row in found.rows
        if (not filiere or row.filiere == filiere) and (not site_asked or row.site == site_asked)
    ]  # fmt: skip
    by_filiere = [
        (code, label, found.of(filiere=code, site=site_asked)) for code, label, _ in found.filieres
        if not filiere or code == filiere
    ]  # fmt: skip
    context = {
        "titre": "Besoins des 24 heures",
        "bilan": found,
        "colonnes": [label for _, label in _COLUMNS],
        "filieres": [
            (code, label, counts, _cells(counts)) for code, label, counts in by_filiere if any(counts.values())
        ],
        "lignes": [(row, _cells(row.counts)) for row in rows],
        "manque": [label for _, label, counts in by_filiere if counts.balance < 0],
        "total": found.of(filiere=filiere, site=site_asked),
        "toutes": [(code, label) for code, label, _ in found.filieres],
        "sites": sorted({(row.site, row.site_name) for row in found.rows if row.site}, key=lambda pair: pair[1]),
        "choix": {"filiere": filiere, "site": site_asked},
        "tendus": [one for one in flow.tension_levels(scope=scope) if one.in_tension and one.kind == "site"],
        "attendus": _expected(scope, filiere, site_asked),
        "fil": [("Tension", reverse("flow:tension")), ("Besoins des 24 heures", "")],
    }
    return render(request, "flow/_besoins.html" if shell.is_fragment(request) else "flow/besoins.html", context)


_EXPECTED = {"arrivees": "arrivées aux urgences", "admissions": "hospitalisations", "sorties": "sorties"}


def _expected(scope: Scope, filiere: str, place: str) -> list[dict[str, Any]]:
    """What is forecast for the choice of the page; arrivals have no filière."""
    found = {(one.measure, one.site, one.filiere): one for one in flow.expected_counts(scope=scope, hours=24)}
    told = []
    for measure, label in _EXPECTED.items():
        one = found.get((measure, place, "" if measure == "arrivees" else filiere))
        if one is not None:
            told.append({"label": label, "p10": one.p10, "p50": one.p50, "p90": one.p90, "at": one.at})
    return told


def _cells(counts: Any) -> list[int]:
    return [getattr(counts, name) for name, _ in _COLUMNS]


@login_required
@require_safe
def needs_export(request: HttpRequest) -> HttpResponse:
    """The board as a file, one filière of one site a line."""
    found = flow.bed_balance(scope=shell.scope_of(request))
    titles = ["Filière", "Établissement", "Site", "FINESS", *(label for _, label in _COLUMNS)]
    rows: Iterable[list[object]] = (
        [row.label, row.establishment_name, row.site_name, row.site, *_cells(row.counts)] for row in found.rows
    )
    return shell.table_response(request, "besoins-24h", titles, rows)


urlpatterns = [
    path("tension/", levels, name="tension"),
    path("tension/export", levels_export, name="tension-export"),
    path("tension/journal/export", journal_export, name="tension-journal-export"),
    path("tension/agir", act, name="tension-agir"),
    path("tension/besoins/", needs, name="besoins"),
    path("tension/besoins/export", needs_export, name="besoins-export"),
    path("tension/sites/<str:eg>/", site, name="tension-site"),
]
