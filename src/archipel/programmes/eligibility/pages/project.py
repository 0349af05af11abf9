"""A project of several establishments: is it admissible, and who of them is eligible?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.kernel.errors import ArchipelError
from archipel.programmes.eligibility.pages import shell
from archipel.programmes.eligibility.pages.detail import shown_fact
from archipel.programmes.eligibility.queries.ground import ground
from archipel.programmes.eligibility.queries.project import Perimeter, ProjectAnswer, project, project_facts
from archipel.programmes.eligibility.queries.verdicts import rows
from archipel.programmes.facts.public import expected, parse, shown
from archipel.programmes.packs.public import Fait, Maille, Pack, Value
from archipel.programmes.perimetre.public import Kind


def _facts(request: HttpRequest, pack: Pack) -> dict[str, Value]:
    """What the address says of the project itself. Raises Invalid naming the fact."""
    given = {fact: request.GET.get(f"f-{fact.id}", "").strip() for fact in project_facts(pack)}
    return {fact.id: parse(fact, text) for fact, text in given.items() if text}


def _field(request: HttpRequest, fact: Fait) -> dict[str, Any]:
    return {
        "f": fact,
        "valeur": request.GET.get(f"f-{fact.id}", ""),
        "attendu": expected(fact),
        "type": fact.type.value,
    }


@require_safe
@shell.seeing
def project_page(request: HttpRequest) -> HttpResponse:
    """What the rules say of a project: the address holds it, so that it can be shared."""
    query, scope, at = request.GET, shell.scope_of(request), shell.day_in(request.GET)
    here = ground(scope=scope, at=at, inside=[])
    programmes = [one for one in here.packs.values() if one.recevabilite or any(t.recevabilite for t in one.themes)]
    pack = here.packs.get(query.get("pack", "")) or next(iter(programmes), None)
    found: ProjectAnswer | None = None
    error = ""
    if pack is not None and query.get("porteur"):
        try:
            perimeter = Perimeter(
                pack.pack, query.get("theme", ""), query.get("porteur", ""), tuple(query.getlist("partie")),
                _facts(request, pack),
            )  # fmt: skip
            found = project(scope=scope, at=at, perimeter=perimeter)
        except ArchipelError as problem:
            if problem.http_status == 403:
                raise
            error = problem.message
    able = [row for row in rows(here.graph, None, scope) if row.key.kind is Kind.PMSI]
    context = {
        "titre": "Un projet de plusieurs établissements",
        "programmes": [(one.pack, one.titre) for one in programmes],
        "pack": pack,
        "themes": [(theme.id, theme.libelle) for theme in pack.themes] if pack else [],
        "etablissements": [(row.key.code, row.name) for row in able],
        "theme": query.get("theme", ""),
        "porteur": query.get("porteur", ""),
        "choisies": query.getlist("partie"),
        "champs": [_field(request, fact) for fact in project_facts(pack)] if pack else [],
        "le": at,
        "aujourd_hui": timezone.localdate(),
        "error": error,
        "fil": [*shell.TRAIL, ("Projet", "")],
        **(_shown(request, found) if found else {}),
    }
    return render(request, "eligibility/projet.html", context, status=422 if error else 200)


def _shown(request: HttpRequest, found: ProjectAnswer) -> dict[str, Any]:
    what, back = shell.asked(request), request.get_full_path()
    return {
        "projet": found,
        "regles": [
            {
                "r": told.answer,
                "raison": told.reason,
                "faits": [shown_fact(used, back) for used in told.used],
                "pour_oui": [[shell.shown_need(one, back) for one in way] for way in told.answer.to_yes],
            }
            for told in found.rules
        ],
        "parties": [
            {"p": party, "reponses": [shell.shown_answer(one, what) for one in party.answers]}
            for party in found.parties
        ],
        "total": shown(found.weight, found.total) if found.weight else "",
        "poids": found.weight,
        "niveau_projet": Maille.PROJET.value,
    }


urlpatterns = [path("programmes/eligibilite/projet/", project_page, name="projet")]
