"""The indicators of convergence, month by month, against targets; the consolidated export."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries.store import history
from archipel.domains.systems.rules.coverage import matrix
from archipel.domains.systems.rules.indicators import FIGURES, figures, month_ends
from archipel.domains.systems.rules.model import functions, osis_columns
from archipel.domains.systems.values.records import Record
from archipel.domains.systems.values.schema import Kind
from archipel.foundation.web.charts import Chart, Mark, Series


@require_safe
@shell.seeing
def home(request: HttpRequest) -> HttpResponse:
    """Every figure today, its past year, and each function against its target."""
    scope, day = shell.scope_of(request), shell.day_in(request.GET)
    places = [code for code, _ in shell.chosen(scope, request.GET)]
    days = month_ends(day)
    past = history(days)
    values = [figures(known, functions(), places) for known in past]
    today = past[-1]
    rates = {one.text("fonction"): one for one in today.of(Kind.CIBLE)}
    lines = [
        {"ligne": line, "cible": rates.get(line.function.id),
         "atteint": _met(line.convergence, rates.get(line.function.id))}
        for line in matrix(today, functions(), places).lines if line.covered
    ]  # fmt: skip
    context = {
        "titre": "Indicateurs de convergence",
        "le": day,
        "chiffres": [
            (one, values[-1][one.code], _chart(one.code, one.label, one.unit, days, values)) for one in FIGURES
        ],
        "fonctions": lines,
        "membres": shell.members(scope),
        "asked": request.GET,
        "requete": request.GET.urlencode(),
        "avertissement": osis_columns()[0],
        "vide": not today.live(),
        "fil": shell.trail(("Indicateurs", "")),
    }
    return render(request, "systems/indicateurs.html", context)


def _met(rate: Decimal | None, target: Record | None) -> str:
    aim = target.number("taux") if target is not None else None
    if aim is None or rate is None:
        return "inconnu"
    return "ok" if rate >= aim else "a_risque"


def _chart(code: str, label: str, unit: str, days: list[date], values: list[dict[str, Decimal | None]]) -> Chart:
    figures_ = [None if (one := value[code]) is None else float(one) for value in values]
    return Chart(
        name=code, title=label, heading="Fin de mois", categories=days, series=(Series(label, figures_),), kind="line",
        unit=unit, source="Inventaire des systèmes", maximum=100 if unit == "%" else None,
        marks=(Mark(100, "objectif"),) if code == "couverture" else (),
    )  # fmt: skip


urlpatterns = [
    path("systemes/indicateurs/", home, name="indicateurs"),
    path("systemes/indicateurs/export", shell.exporting("indicateurs"), name="indicateurs-export"),
    path("systemes/osis/export", shell.exporting("osis"), name="osis"),
]
