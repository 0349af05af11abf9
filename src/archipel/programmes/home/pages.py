"""The director's page: what is due, what is at risk, money, requirements; each number leads to what is behind it."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.charts import Chart, Series
from archipel.foundation.web.export import table_response
from archipel.programmes.home.queries import RISK_HORIZON, TREND, groups, home
from archipel.programmes.home.values import Home, Item, PackLine
from archipel.programmes.proof.public import STATUS_LABELS, Status

ORDER = (Status.PROUVE, Status.DECLARE, Status.EN_COURS, Status.PERIME, Status.MANQUANT, Status.CONTREDIT)
"""From what is settled to what is not."""


def _chart(found: Home) -> Chart:
    """Requirements by status, a bar for each programme."""
    return Chart(
        name="exigences",
        title="Exigences par état",
        heading="Programme",
        categories=[line.title for line in found.requirements],
        series=[
            Series(STATUS_LABELS[status], [line.counts.get(status.value, 0) for line in found.requirements])
            for status in ORDER
        ],
        kind="stacked",
        unit="exigences",
        source="Moteur de preuve",
        at=timezone.now(),
        folded=True,
    )


def _cells(line: PackLine) -> list[tuple[str, int]]:
    return [(status.value, line.counts.get(status.value, 0)) for status in ORDER]


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Where do our programmes stand?"""
    scope = scope_of(request)
    followed = groups(scope=scope)
    found = home(scope=scope, ght=request.GET.get("ght", ""))
    context: dict[str, object] = {
        "titre": "Pilotage des programmes",
        "groupes": followed,
        "accueil": found,
        "horizon": RISK_HORIZON,
        "recul": TREND,
        "etats": [(status.value, STATUS_LABELS[status]) for status in ORDER],
    }
    if found is not None:
        context |= {
            "lignes": [(line, _cells(line)) for line in found.requirements],
            "graphique": _chart(found) if found.requirements else None,
        }
    return render(request, "programmes/accueil.html", context)


def _rows(found: Home) -> Iterator[list[object]]:
    for kind, items in (("À faire", found.due), ("À risque", found.risks)):
        for item in items:
            yield [kind, item.what, item.about, item.why, _state(item), item.due]


def _state(item: Item) -> str:
    return {"a_l_heure": "à l'heure", "en_retard": "en retard", "bloque": "bloqué"}[item.state]


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What is due and at risk, as a file."""
    found = home(scope=scope_of(request), ght=request.GET.get("ght", ""))
    titles = ["Rubrique", "Quoi", "Sur quoi", "Pourquoi", "État", "Échéance"]
    return table_response(request, "pilotage-programmes", titles, _rows(found) if found else [])


app_name = "steering"
urlpatterns: list[URLPattern | URLResolver] = [
    path("programmes/", overview, name="accueil"),
    path("programmes/pilotage/export", export, name="export"),
]
