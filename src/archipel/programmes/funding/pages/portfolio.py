"""The questions asked and their answers: progress, plan, proof, comparison, exports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.web.asking import is_htmx
from archipel.kernel.errors import Conflict
from archipel.programmes.funding.commands import exported
from archipel.programmes.funding.pages import shell
from archipel.programmes.funding.pages.charts import plans_chart
from archipel.programmes.funding.pages.portfolio_asking import writes
from archipel.programmes.funding.queries.runs import RUN_LABELS, RunInfo, run, runs
from archipel.programmes.funding.services.asking import cancel

COLUMNS = ("Thématique", "Porteur", "FINESS du porteur", "Établissements", "FINESS", "Activité combinée", "Catégorie",
           "Plafond (€)", "Imposé", "Pourquoi")  # fmt: skip


@require_safe
@shell.seeing
def listing(request: HttpRequest) -> HttpResponse:
    """Every question that the account may see, the latest first."""
    context = {
        "titre": "Portefeuille de projets",
        "recherches": [(one, *RUN_LABELS[one.state]) for one in runs()],
        "peut": writes(shell.scope_of(request)),
        "fil": shell.trail(("Portefeuille", "")),
    }
    return render(request, "funding/portefeuilles.html", context)


@require_safe
@shell.seeing
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """How far the search is, then the plan and its proof. A script that asks gets the progress alone."""
    held = run(number)
    code, word = RUN_LABELS[held.state]
    context: dict[str, Any] = {"titre": held.title, "r": held, "puce": code, "mot": word}
    if is_htmx(request):
        answer = render(request, "funding/_avancement.html", context)
        if held.state.over:
            answer["HX-Refresh"] = "true"
        return answer
    context |= {
        "peut": writes(shell.scope_of(request)),
        "fil": shell.trail(("Portefeuille", reverse("funding:portefeuilles")), (held.title, "")),
        **(_answer(held) if held.result else {}),
    }
    return render(request, "funding/portefeuille.html", context)


def _answer(held: RunInfo) -> dict[str, Any]:
    inputs, result = held.inputs, held.result
    themes = {one["id"]: one["libelle"] for one in inputs["thematiques"]}
    names = {one["finess"]: one["nom"] or one["finess"] for one in inputs["etablissements"]}
    return {
        "resultat": result,
        "plan": [_project(one, themes, names) for one in result["projets"]],
        "main": [_project(one, themes, names) for one in result["glouton"]["projets"]],
        "ecart_main": result["total"] - result["glouton"]["total"],
        "ecart_seuls": None if result["seuls"] is None else result["total"] - result["seuls"],
        "graphique": plans_chart(result, held.ended_at),
        "prix": _prices(result, names),
        "feuilles": _leaves(result["certificat"]["arbre"]) if result["certificat"] else 0,
        "regles": inputs["regles"],
        "entrees": inputs,
        "date_des_faits": inputs["contexte"].get("date", ""),
        "themes": [(one["libelle"], [names[code] for code in one["eligibles"]]) for one in inputs["thematiques"]],
        "interdits": [[names[code] for code in pair] for pair in inputs["interdits"]],
        "verrous": [(themes[one["thematique"]], [names[c] for c in one["perimetre"]]) for one in inputs["verrous"]],
    }


def _project(one: Mapping[str, Any], themes: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    others = [names[code] for code in one["perimetre"] if code != one["porteur"]]
    return {**one, "theme": themes[one["thematique"]], "nom_porteur": names[one["porteur"]], "autres": others,
            "seul": len(one["perimetre"]) == 1, "deux": len(one["perimetre"]) == 2}  # fmt: skip


def _prices(result: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, list[float]]]:
    """The prices of a proof of one leaf: for each establishment, that of a slot on each group of themes."""
    certificate = result["certificat"]
    if not certificate or "sur" in certificate["arbre"]:
        return []
    leaf, scale = certificate["arbre"], certificate["echelle"]
    return [
        (names[code], [(leaf["u"].get(code, 0) + row.get(code, 0)) / scale for row in leaf["w"]])
        for code in sorted(set(leaf["u"]).union(*leaf["w"]), key=lambda code: names[code])
    ]


def _leaves(node: Mapping[str, Any]) -> int:
    return _leaves(node["au_plus"]) + _leaves(node["au_moins"]) if "sur" in node else 1


@require_POST
@shell.seeing
def give_up(request: HttpRequest, number: int) -> HttpResponse:
    """Stop a search."""
    with transaction.atomic():
        cancel(scope=shell.scope_of(request), number=number)
    messages.success(request, "Recherche annulée.")
    return HttpResponseRedirect(reverse("funding:portefeuille", args=[number]))


@require_safe
@shell.seeing
def export(request: HttpRequest, number: int) -> HttpResponse:
    """The plan as CSV or XLSX; ``?format=json`` gives inputs, plan and certificate, to verify anywhere.

    Raises:
        Conflict: there is no answer yet.
    """
    held = run(number)
    if not held.result:
        raise Conflict("Cette recherche n'a pas encore de réponse.", code="portefeuille-sans-reponse")
    if request.GET.get("format") == "json":
        body = json.dumps(exported(held.inputs, held.result), ensure_ascii=False, indent=1)
        return shell.download(body.encode(), "application/json", f"portefeuille-{number}.json")
    plan = _answer(held)["plan"]
    rows = (
        (one["theme"], one["nom_porteur"], one["porteur"], ", ".join([one["nom_porteur"], *one["autres"]]),
         " ".join(one["perimetre"]), one["ac"], one["categorie"], one["montant"], one["impose"], one["pourquoi"])
        for one in plan
    )  # fmt: skip
    return shell.table_response(request, f"portefeuille-{number}", COLUMNS, rows)


urlpatterns = [
    path("programmes/financement/portefeuille/", listing, name="portefeuilles"),
    path("programmes/financement/portefeuille/<int:number>/", detail, name="portefeuille"),
    path("programmes/financement/portefeuille/<int:number>/annuler", give_up, name="portefeuille-annuler"),
    path("programmes/financement/portefeuille/<int:number>/export", export, name="portefeuille-export"),
]
