"""The functional coverage of the members: who uses what, holes, duplicates."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries.version import matrix_kept
from archipel.domains.systems.rules.coverage import Line, Matrix
from archipel.domains.systems.rules.model import functions

VIEWS = (
    ("", "Toutes les fonctions"),
    ("trous", "Trous"),
    ("doublons", "Doublons"),
    ("heterogenes", "Hétérogènes"),
)


def _matrix(request: HttpRequest) -> Matrix:
    scope = shell.scope_of(request)
    wanted = tuple(code for code, _ in shell.chosen(scope, request.GET))
    return matrix_kept(scope, shell.day_in(request.GET), wanted)


def _kept(lines: tuple[Line, ...], view: str, group: str) -> list[Line]:
    tests: dict[str, Callable[[Line], object]] = {
        "trous": lambda line: line.holes,
        "doublons": lambda line: line.duplicates,
        "heterogenes": lambda line: len(line.products) > 1,
    }
    test = tests.get(view)
    return [line for line in lines if (test is None or test(line)) and group in ("", line.function.group)]


@require_safe
@shell.seeing
def coverage(request: HttpRequest) -> HttpResponse:
    """Functions × members."""
    scope, found = shell.scope_of(request), _matrix(request)
    view, group = request.GET.get("vue", ""), request.GET.get("groupe", "")
    names = dict(shell.members(scope))
    lines, counted = _kept(found.lines, view, group), _kept(found.lines, "", group)
    context = {
        "titre": "Couverture fonctionnelle",
        "membres": [(code, names.get(code, code)) for code in found.establishments],
        "lignes": lines,
        "non_places": found.unplaced,
        "trous": sum(line.holes for line in counted),
        "doublons": sum(line.duplicates for line in counted),
        "vide": not any(line.covered for line in found.lines),
        "vues": VIEWS,
        "vue": view,
        "groupes": functions().groups,
        "groupe": group,
        "source": functions().source,
        "le": shell.day_in(request.GET),
        "requete": request.GET.urlencode(),
        "fiches": reverse("systems:accueil") + "fiches/application/",
        "fil": shell.trail(("Couverture", "")),
    }
    return render(request, "systems/couverture.html", context)


urlpatterns = [
    path("systemes/couverture/", coverage, name="couverture"),
    path("systemes/couverture/export", shell.exporting("couverture"), name="couverture-export"),
]
