"""The perimeter: who takes part, with which sites; the agreement of each."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.programmes.dossiers.pages.common import steering, told, trail
from archipel.programmes.dossiers.queries.neighbours import Place, places, site_names
from archipel.programmes.dossiers.queries.overview import Overview, overview
from archipel.programmes.dossiers.services import perimeter
from archipel.programmes.dossiers.values.situation import Party
from archipel.programmes.dossiers.values.template import RubricKind


@require_http_methods(["GET", "HEAD", "POST"])
@steering
def edit(request: HttpRequest, dossier: int) -> HttpResponse:
    """The perimeter as it is, and the form that says it whole."""
    here = reverse("dossiers:perimetre", args=[dossier])
    if request.method == "POST":
        return told(request, lambda: _set(request, dossier), here)
    scope = scope_of(request)
    found = overview(scope=scope, dossier=dossier, today=timezone.localdate())
    rows = _rows(scope, found)
    context = {
        "titre": "Périmètre",
        "fil": trail((found.line.title, reverse("dossiers:dossier", args=[dossier])), ("Périmètre", "")),
        "d": found,
        "line": found.line,
        "inside": sorted((row for row in rows if row.party), key=lambda row: not (row.party and row.party.bearer)),
        "outside": [row for row in rows if not row.party and row.place.ght == found.line.ght],
        "elsewhere": [row for row in rows if not row.party and row.place.ght != found.line.ght],
        "checks": [check for check in found.checks if check.id in _rubrics(found)],
    }
    return render(request, "dossiers/perimetre.html", context)


@dataclass(frozen=True, slots=True)
class Row:
    """An establishment that takes part, or may; ``sites``: code, name, whether it takes part."""

    place: Place
    party: Party | None
    sites: tuple[tuple[str, str, bool], ...]
    mine: bool
    others: int


def _rows(scope: Scope, found: Overview) -> list[Row]:
    members = {party.finess: party for party in found.situation.parties}
    names = site_names()
    rows = []
    for place in places():
        party = members.get(place.finess)
        inside = party.sites if party else place.sites
        rows.append(
            Row(
                place,
                party,
                tuple((site, names.get(site, site), site in inside) for site in place.sites),
                scope.may(Capability.GERER_PROGRAMMES, place.ej),
                found.situation.others.get(place.finess, 0),
            )
        )
    return rows


def _rubrics(found: Overview) -> set[str]:
    return {one.id for one in found.situation.template.rubrics if one.kind is RubricKind.PERIMETRE}


def _set(request: HttpRequest, dossier: int) -> str:
    chosen = list(dict.fromkeys(one for one in request.POST.getlist("finess") if one))
    entries = [perimeter.Entry(one, tuple(request.POST.getlist(f"eg-{one}"))) for one in chosen]
    perimeter.set_perimeter(scope=scope_of(request), dossier=dossier, entries=entries)
    return "Périmètre enregistré."


@require_POST
@steering
def answer(request: HttpRequest, dossier: int) -> HttpResponse:
    """An establishment agrees, or leaves."""
    given = request.POST
    agrees = given.get("acte") == "accepter"

    def answered() -> str:
        perimeter.answer(
            scope=scope_of(request),
            dossier=dossier,
            finess=given.get("finess", ""),
            agrees=agrees,
            reason=given.get("motif", ""),
        )
        return "Accord enregistré." if agrees else "L'établissement a quitté le périmètre."

    back = reverse("dossiers:perimetre", args=[dossier]) if agrees else reverse("dossiers:accueil")
    return told(request, answered, back)


urlpatterns = [
    path("programmes/dossiers/<int:dossier>/perimetre/", edit, name="perimetre"),
    path("programmes/dossiers/<int:dossier>/accord", answer, name="accord"),
]
