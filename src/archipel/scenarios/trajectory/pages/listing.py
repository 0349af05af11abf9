"""The scenarios: those that exist, a new one, several side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from archipel.domains.systems import public as systems
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.scenarios.trajectory.pages import shell
from archipel.scenarios.trajectory.pages.charts import comparison_chart
from archipel.scenarios.trajectory.queries.scenarios import (
    RUN_LABELS,
    ScenarioInfo,
    Solution,
    chosen,
    scenarios,
    solution,
)
from archipel.scenarios.trajectory.services import scenarios as services
from archipel.scenarios.trajectory.values.settings import PRESETS, Preset

COMPARED = ("Scénario", "N°", "Coût (€)", "Écart au statu quo (€)", "Écart prouvé (%)", "Bascules", "Charge (j-h)",
            "Produits à la fin", "Souverain à la fin (%)", "Carbone à la fin (kg CO2e)")  # fmt: skip


@require_safe
@shell.seeing
def home(request: HttpRequest) -> HttpResponse:
    """Every scenario that the account sees, and the trajectory that the group chose."""
    found = scenarios()
    context = {
        "titre": "Trajectoires",
        "scenarios": [
            (one, *(RUN_LABELS[one.run.state] if one.run else ("a_completer", "À calculer"))) for one in found
        ],
        "choisie": chosen(),
        "peut": shell.keeps(shell.scope_of(request)),
        "comparables": sum("cout" in one.summary for one in found),
        "fil": [*shell.trail()[:-1], ("Trajectoires", "")],
    }
    return render(request, "trajectory/accueil.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def new(request: HttpRequest) -> HttpResponse:
    """Choose a preset and members; the inventory of today is frozen, and the search begins."""
    scope, error = shell.scope_of(request), None
    if request.method == "POST":
        try:
            return _made(request)
        except ArchipelError as refused:
            if refused.http_status not in (409, 422):
                raise
            error = refused
    live = {one.key.establishment for one in systems.inventory().live()}
    held = [(code, name, code in live) for code, name in shell.members(scope)]
    asked = request.POST.getlist("etablissement")
    context = {
        "titre": "Nouveau scénario",
        "prereglages": [(one.value, *PRESETS[one]) for one in Preset],
        "choisi": request.POST.get("prereglage", request.GET.get("prereglage", Preset.UN_DPI.value)),
        "membres": [(code, name, known, code in asked if asked else known) for code, name, known in held],
        "saisi": request.POST,
        "peut": shell.keeps(scope) and bool(live),
        "vide": not live,
        "error": error,
        "fil": shell.trail(("Nouveau scénario", "")),
    }
    return render(request, "trajectory/nouveau.html", context, status=422 if error else 200)


def _made(request: HttpRequest) -> HttpResponse:
    post, scope = request.POST, shell.scope_of(request)
    wanted = post.get("prereglage", "")
    if wanted not in {one.value for one in Preset}:
        raise Invalid("Choisissez un préréglage.", code="prereglage", field="prereglage")
    with transaction.atomic():
        number = services.create(
            scope=scope, preset=Preset(wanted), members=post.getlist("etablissement"), title=post.get("titre", "")
        )
        if post.get("action") != "regler":
            services.ask(scope=scope, number=number)
    messages.success(request, f"Scénario n° {number} : l'inventaire du jour est figé.")
    name = "trajectory:reglages" if post.get("action") == "regler" else "trajectory:scenario"
    return HttpResponseRedirect(reverse(name, args=[number]))


def _side_by_side(request: HttpRequest) -> list[tuple[ScenarioInfo, Solution]]:
    asked = {int(text) for text in request.GET.getlist("n") if text.isdecimal()}
    found = []
    for info in scenarios():
        if (not asked or info.id in asked) and "cout" in info.summary:
            held = solution(info)
            if held is not None and held.sound:
                found.append((info, held))
    return found[::-1]


def compared_row(info: ScenarioInfo, held: Solution) -> list[Any]:
    """A scenario as a line of the comparison."""
    plan = held.results
    assert plan is not None
    return [info.title, info.id, held.body["cout"], -round(plan.saved), round(100 * held.gap, 2), len(plan.switches),
            sum(plan.load), plan.products[-1], round(plan.sovereign[-1], 1), plan.carbon[-1]]  # fmt: skip


@require_safe
@shell.seeing
def compare(request: HttpRequest) -> HttpResponse:
    """Several scenarios side by side: cost curve and figures. ``?format=`` gives the table as a file."""
    held = _side_by_side(request)
    rows = [compared_row(info, found) for info, found in held]
    if request.GET.get("format"):
        return shell.table_response(request, "trajectoires", COMPARED, rows)
    chosen_ = {info.id for info, _ in held}
    context = {
        "titre": "Scénarios côte à côte",
        "lignes": list(zip((info for info, _ in held), rows, strict=True)),
        "colonnes": COMPARED[2:],
        "graphique": comparison_chart(held),
        "tous": [(one, one.id in chosen_) for one in scenarios() if "cout" in one.summary],
        "horizons": len({found.results.years for _, found in held if found.results}) > 1,
        "figes": len({info.digest for info, _ in held}) > 1,
        "requete": request.GET.urlencode(),
        "fil": shell.trail(("Comparer", "")),
    }
    return render(request, "trajectory/comparer.html", context)


urlpatterns = [
    path("systemes/trajectoires/", home, name="accueil"),
    path("systemes/trajectoires/nouveau/", new, name="nouveau"),
    path("systemes/trajectoires/comparer/", compare, name="comparer"),
]
