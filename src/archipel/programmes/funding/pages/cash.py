"""The cash plan: by entity and year, what comes in, what goes out, the balance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.programmes.funding.pages import shell
from archipel.programmes.funding.pages.charts import cash_chart
from archipel.programmes.funding.queries.projects import cash_plan, projects
from archipel.programmes.funding.rules.ledger import CashLine

COLUMNS = ("FINESS EJ", "Entité", "Exercice", "Reçu (€)", "Acquis, à recevoir (€)", "Attendu (€)", "Cofinancement (€)",
           "Dépense prévue (€)", "Dépense réelle (€)", "Dépense retenue (€)", "Solde cumulé (€)",
           "Solde certain (€)")  # fmt: skip


def _lines(request: HttpRequest) -> list[CashLine]:
    entity, group = request.GET.get("etablissement", ""), request.GET.get("ght", "")
    found = projects(at=shell.day_in(request.GET), ght=group, establishment=entity)
    return cash_plan(found, [entity] if entity else None)


@require_safe
@shell.seeing
def plan(request: HttpRequest) -> HttpResponse:
    """The plan and its chart."""
    lines, names = _lines(request), shell.names()
    entity = request.GET.get("etablissement", "")
    short = [line for line in lines if line.certain < 0]
    context = {
        "titre": "Trésorerie des projets",
        "lignes": [(line, names.get(line.establishment, line.establishment)) for line in lines],
        "graphique": cash_chart(lines, timezone.now(), f"Trésorerie : {names[entity]}" if entity in names else
                                "Trésorerie par exercice"),
        "a_court": sorted({(names.get(line.establishment, line.establishment), line.year) for line in short}),
        "groupes": shell.groups(shell.scope_of(request)),
        "entites": sorted(
            {(code, names.get(code, code)) for code in shell.scope_of(request).programmes}, key=lambda one: one[1]
        ),
        "choix": {"ght": request.GET.get("ght", ""), "etablissement": entity, "au": shell.day_in(request.GET)},
        "requete": request.GET.urlencode(),
        "fil": shell.trail(("Trésorerie", "")),
    }  # fmt: skip
    return render(request, "funding/tresorerie.html", context)


@require_safe
@shell.seeing
def export(request: HttpRequest) -> HttpResponse:
    """The plan as CSV or XLSX."""
    names = shell.names()
    rows = (
        (one.establishment, names.get(one.establishment, one.establishment), one.year, one.received, one.secured,
         one.expected, one.cofunded, one.planned, one.spent, one.outgoing, one.balance, one.certain)
        for one in _lines(request)
    )  # fmt: skip
    return shell.table_response(request, "financement-tresorerie", COLUMNS, rows)


urlpatterns = [
    path("programmes/financement/tresorerie/", plan, name="tresorerie"),
    path("programmes/financement/tresorerie/export", export, name="tresorerie-export"),
]
