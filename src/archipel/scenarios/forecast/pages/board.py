"""The page of forecasts: a place, a measure, its fan chart, its error; the export; asking for a refresh."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import NotFound
from archipel.scenarios.forecast import public as forecast
from archipel.scenarios.forecast.pages import drawing
from archipel.scenarios.forecast.pages.shell import Context, acted, readers, tabs
from archipel.scenarios.forecast.pages.shell import ask as asked
from archipel.scenarios.forecast.public import MEASURE_HELP, MEASURE_LABELS, METHOD_LABELS, CurveInfo, SeriesKey

STALE_SECONDS = 3 * 3600


@readers
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """What is expected of a place."""
    scope = scope_of(request)
    running = forecast.refresh_info()
    context: Context = {
        "titre": "Prévisions",
        "onglets": tabs(request, "accueil"),
        "calcul": running,
        "peut_calculer": scope.may(Capability.GERER_LITS) or scope.may(Capability.GERER_MESSAGES),
        "peut_importer": scope.may(Capability.GERER_MESSAGES),
        "lieux": forecast.places(scope=scope),
        "fil": [("Prévisions", "")],
    }
    if context["lieux"]:
        context |= _chosen(request, scope)
    return render(request, "forecast/accueil.html", context)


def _chosen(request: HttpRequest, scope: Scope) -> Context:
    places = forecast.places(scope=scope)
    wanted = asked(request, "lieu")
    place = next((one for one in places if f"{one.level}:{one.code}" == wanted), places[0])
    measure = asked(request, "mesure", "arrivees")
    measure = measure if measure in MEASURE_LABELS else "arrivees"
    view = asked(request, "vue", "jours")
    view = view if view in drawing.VIEWS else "jours"
    choices = forecast.filieres(scope=scope, level=place.level, code=place.code, measure=measure)
    filiere = asked(request, "filiere")
    filiere = filiere if filiere in dict(choices) else choices[0][0] if choices else ""
    grain = drawing.VIEWS[view][1]
    key = SeriesKey(place.level, place.code, measure, filiere)
    curve = forecast.curve(scope=scope, key=key, grain=grain.value)
    daily = curve if grain.value == "jour" else forecast.curve(scope=scope, key=key, grain="jour")
    found: Context = {
        "lieu": place, "mesure": measure, "vue": view, "filiere": filiere, "filieres": choices,
        "mesures": MEASURE_LABELS.items(), "vues": [(name, each[0]) for name, each in drawing.VIEWS.items()],
        "aide": MEASURE_HELP[measure], "courbe": curve, "jour": daily, "requete": request.GET.urlencode(),
    }  # fmt: skip
    if curve is not None and curve.points:
        label = dict(choices).get(filiere, "") if filiere else ""
        found |= {
            "phrase": drawing.sentence(curve), "graphique": drawing.fan(curve, view, place.name, label),
            "erreurs": drawing.lines(curve), "par_horizon": drawing.error_chart(curve),
            "points": drawing.table(curve, view),
            "calibration": drawing.calibration(curve), "methode": METHOD_LABELS.get(curve.method, curve.method),
            "totaux": [one for one in curve.totals if one.point.p50 is not None], "perime": STALE_SECONDS,
        }  # fmt: skip
    return found


@readers
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The points of the curve of the page, with its error, as CSV or XLSX."""
    scope = scope_of(request)
    if not forecast.places(scope=scope):
        raise NotFound("Aucune prévision n'est calculée.", code="prevision-absente")
    chosen = _chosen(request, scope)
    curve: CurveInfo | None = chosen["courbe"]
    if curve is None:
        raise NotFound("Cette prévision n'est pas calculée.", code="prevision-absente")
    columns = ["Lieu", "Mesure", "Filière", "Moment", "Constaté", "P10", "P50", "P90", "Méthode", "Erreur moyenne",
               "Part entre P10 et P90 (%)", "Calculé le"]  # fmt: skip
    shown = curve.shown
    head = [chosen["lieu"].name, MEASURE_LABELS[curve.key.measure], curve.key.filiere]
    tail = [
        METHOD_LABELS.get(curve.method, curve.method), shown.mae if shown else None,
        100 * shown.coverage if shown else None, curve.at,
    ]  # fmt: skip
    rows = [[*head, _plain(one.moment), one.value, one.p10, one.p50, one.p90, *tail] for one in curve.seen]
    rows += [[*head, _plain(one.moment), None, one.p10, one.p50, one.p90, *tail] for one in curve.points]
    return table_response(request, "previsions", columns, rows)


def _plain(moment: object) -> object:
    return moment.isoformat(" ", "minutes") if isinstance(moment, datetime) else moment


@readers
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the worker for a refresh."""

    def do() -> str:
        forecast.ask(scope=scope_of(request))
        return "Le calcul est demandé : il commence dans la minute."

    return acted(request, do, reverse("forecast:accueil"))
