"""One scenario: how far its search is, its plan and proof, or why there is none; what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.scope import Scope
from archipel.scenarios.trajectory.pages import charts, shell
from archipel.scenarios.trajectory.queries.scenarios import (
    RUN_LABELS,
    ScenarioInfo,
    Solution,
    built,
    facts_of,
    scenario,
    solution,
    versions,
)
from archipel.scenarios.trajectory.rules.assumptions import defaults
from archipel.scenarios.trajectory.rules.checker import check_nothing
from archipel.scenarios.trajectory.rules.risks import LEVELS, risks
from archipel.scenarios.trajectory.services import scenarios as services

TABLES = (("bascules", "Bascules"), ("couts", "Coûts"), ("annees", "Années"), ("cible", "Cible"),
          ("contraintes", "Contraintes"))  # fmt: skip
LEVEL_CHIPS = {1: "a_completer", 2: "a_risque", 3: "bloque"}
STATUS_WORDS = {
    "optimale": "optimum prouvé, à l'écart toléré près",
    "realisable": "le meilleur trouvé dans le temps donné",
}


@require_safe
@shell.seeing
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """How far the search is, then the plan. A script that asks gets the progress alone."""
    info = scenario(number)
    run, code, word = info.run, *(RUN_LABELS[info.run.state] if info.run else ("", ""))
    context: dict[str, Any] = {"titre": info.title, "s": info, "r": run, "puce": code, "mot": word}
    found = solution(info)
    current = found is not None and run is not None and found.run.id == run.id
    context["plan_la"] = "1" if current else "0"
    if shell.is_htmx(request):
        answer = render(request, "trajectory/_avancement.html", context)
        if run is None or run.state.over or (current and request.GET.get("plan") == "0"):
            answer["HX-Refresh"] = "true"
        return answer
    context |= {
        "peut": shell.keeps(shell.scope_of(request), info),
        "reponse": found,
        "ancien": found is not None and found.run.version != info.version.id,
        "reglages": info.version.settings,
        "fil": shell.trail((info.title, "")),
        **(_plan(info, found) if found is not None and found.sound else {}),
    }
    return render(request, "trajectory/scenario.html", context)


def _plan(info: ScenarioInfo, held: Solution) -> dict[str, Any]:
    plan = held.results
    assert plan is not None
    at = info.frozen_at
    told = risks(facts_of(info.snapshot), held.built, held.choices, plan)
    return {
        "plan": plan,
        "economie": plan.saved,
        "surcout": -plan.saved,
        "immobile": check_nothing(held.built.problem, held.choices),
        "inventaire": f"inventaire du {info.day:%d/%m/%Y}",
        "total_arrondi": round(sum(plan.totals)),
        "ecart_arrondi": round(100 * held.gap, 2),
        "produits_fin": plan.products[-1],
        "souverain_fin": round(plan.sovereign[-1]),
        "tables": TABLES,
        "etat_calcul": STATUS_WORDS.get(str(held.body["statut"]), ""),
        "ecart": 100 * held.gap,
        "graphiques": [
            charts.costs_chart(plan, at), charts.load_chart(plan, at), charts.products_chart(plan, at),
            charts.carbon_chart(plan, at),
        ],
        "couloirs": plan.lanes,
        "fonctions": plan.lines,
        "prix": held.prices,
        "risques": [(LEVEL_CHIPS[one.level], LEVELS[one.level], one) for one in told],
        "bascules": plan.switches,
        "jours": sum(plan.load),
        "membres": plan.members,
        "totaux": [*plan.totals],
        "total": sum(plan.totals),
    }  # fmt: skip


@require_safe
@shell.seeing
def inputs(request: HttpRequest, number: int) -> HttpResponse:
    """The frozen facts, what is assumed, what is left out, the settings over time."""
    info = scenario(number)
    facts, made = facts_of(info.snapshot), built(info)
    changed = info.version.settings.assumptions
    context = {
        "titre": f"{info.title} : données et hypothèses",
        "s": info,
        "faits": facts,
        "notes": made.notes,
        "hypotheses": [(one, defaults().value(one.id, changed), one.id in changed) for one in defaults().values],
        "bascules": [
            (name, defaults().value(f"jours:{name}", changed), defaults().value(f"euros:{name}", changed),
             f"jours:{name}" in changed or f"euros:{name}" in changed)
            for name in defaults().days
        ],
        "noms": {g.id: g.label for g in facts.groups} | {f.id: f.label for f in facts.functions},
        "source": defaults().source,
        "produits": made.problem.applications,
        "histoire": versions(number),
        "fil": shell.trail((info.title, reverse("trajectory:scenario", args=[number])), ("Données et hypothèses", "")),
    }  # fmt: skip
    return render(request, "trajectory/donnees.html", context)


def _act(
    request: HttpRequest, number: int, act: Callable[[Scope], str], then: str = "trajectory:scenario"
) -> HttpResponse:
    def done() -> str:
        with transaction.atomic():
            return act(shell.scope_of(request))

    shell.told(request, done)
    return HttpResponseRedirect(reverse(then, args=[number]))


@require_POST
@shell.seeing
def search(request: HttpRequest, number: int) -> HttpResponse:
    """Leave the scenario to the worker."""

    def act(scope: Scope) -> str:
        services.ask(scope=scope, number=number)
        return "Le calcul commence."

    return _act(request, number, act)


@require_POST
@shell.seeing
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Stop the search; the best plan found is kept."""

    def act(scope: Scope) -> str:
        services.stop(scope=scope, number=number)
        return "Le calcul s'arrête ; le meilleur plan trouvé est gardé."

    return _act(request, number, act)


@require_POST
@shell.seeing
def choose(request: HttpRequest, number: int) -> HttpResponse:
    """Choose the plan as the trajectory of the group."""

    def act(scope: Scope) -> str:
        services.choose(scope=scope, number=number, note=request.POST.get("note", ""))
        return "Ce plan est la trajectoire du groupement. Le suivi le compare à l'inventaire."

    return _act(request, number, act)


@require_POST
@shell.seeing
def take_back(request: HttpRequest, number: int) -> HttpResponse:
    """The group has no trajectory any more."""

    def act(scope: Scope) -> str:
        services.take_back(scope=scope, number=number, note=request.POST.get("motif", ""))
        return "La trajectoire n'est plus publiée ; elle reste lisible."

    return _act(request, number, act)


@require_POST
@shell.seeing
def copy(request: HttpRequest, number: int) -> HttpResponse:
    """Begin another scenario on the same frozen facts."""
    made: list[int] = []

    def act(scope: Scope) -> str:
        made.append(services.copy(scope=scope, number=number))
        return "Copie sur les mêmes données figées : changez ses réglages."

    answer = _act(request, number, act)
    return HttpResponseRedirect(reverse("trajectory:reglages", args=made)) if made else answer


@require_POST
@shell.seeing
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Take the last change of settings back."""
    then = "trajectory:plan" if request.POST.get("page") == "plan" else "trajectory:reglages"
    return _act(request, number, lambda scope: f"Annulé : {services.undo(scope=scope, number=number)}", then)


_BASE = "systemes/trajectoires/<int:number>/"
urlpatterns = [
    path(_BASE, detail, name="scenario"),
    path(f"{_BASE}donnees/", inputs, name="donnees"),
    path(f"{_BASE}calculer", search, name="calculer"),
    path(f"{_BASE}arreter", stop, name="arreter"),
    path(f"{_BASE}publier", choose, name="publier"),
    path(f"{_BASE}retirer", take_back, name="retirer"),
    path(f"{_BASE}copier", copy, name="copier"),
    path(f"{_BASE}annuler", undo, name="annuler"),
]
