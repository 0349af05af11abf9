"""Deadlines on the line of time, the heat of costs, two establishments side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.queries.tables import STATES
from archipel.domains.systems.rules import money as rules
from archipel.domains.systems.rules.model import functions

SHOWN = 60
ROW, TOP, LEFT, WIDTH = 24, 30, 300, 1000


def _frieze(found: Sequence[rules.Deadline], day: date) -> dict[str, Any]:
    """The geometry of the line of time: five years around the day."""
    begin, end = date(day.year - 1, 1, 1), date(day.year + 5, 1, 1)
    span = (end - begin).days

    def at(moment: date) -> float:
        kept = min(max(moment, begin), end)
        return round(LEFT + (WIDTH - LEFT) * (kept - begin).days / span, 1)

    bars = []
    for rank, one in enumerate(found):
        left, right = at(one.begin or begin), at(one.end or end)
        if one.what != "Contrat":
            left = right - 6
        bars.append({
            "d": one, "y": TOP + rank * ROW, "texte": TOP + rank * ROW + 14, "x": left, "large": max(right - left, 4),
            "etat": one.state(day), "preavis": at(one.notice) if one.notice else None,
        })  # fmt: skip
    years = [(year, at(date(year, 1, 1))) for year in range(begin.year, end.year + 1)]
    return {
        "barres": bars, "annees": years, "jour": at(day), "hauteur": TOP + len(found) * ROW + 6, "largeur": WIDTH + 40,
    }  # fmt: skip


@require_safe
@shell.seeing
def deadlines(request: HttpRequest) -> HttpResponse:
    """Contracts and ends of support, drawn and listed."""
    known = inventory(shell.day_in(request.GET))
    places = {code for code, _ in shell.chosen(shell.scope_of(request), request.GET)} | {""}
    found = [one for one in rules.deadlines(known) if one.record.key.establishment in places]
    state = request.GET.get("etat", "")
    kept = [one for one in found if not state or one.state(known.day) == state]
    context = {
        "titre": "Échéances",
        "le": known.day,
        "frise": _frieze(kept[:SHOWN], known.day),
        "reste": max(0, len(kept) - SHOWN),
        "lignes": [
            (one, known.names.get(one.record.key.establishment, "groupement"), STATES[one.state(known.day)])
            for one in kept
        ],
        "a_denoncer": sum(one.state(known.day) == "preavis" for one in found),
        "etats": STATES.items(),
        "etat": state,
        "membres": shell.members(shell.scope_of(request)),
        "asked": request.GET,
        "requete": request.GET.urlencode(),
        "fil": shell.trail(("Échéances", "")),
    }
    return render(request, "systems/echeances.html", context)


def _by(request: HttpRequest) -> str:
    return "produit" if request.GET.get("par") == "produit" else "fonction"


@require_safe
@shell.seeing
def costs(request: HttpRequest) -> HttpResponse:
    """The cost of one user, by function or product, in each establishment."""
    known = inventory(shell.day_in(request.GET))
    places = shell.chosen(shell.scope_of(request), request.GET)
    lines = rules.heat(known, functions(), [code for code, _ in places], _by(request))
    sums = rules.spending(known)
    context = {
        "titre": "Coûts par utilisateur",
        "caches": not all(one.priced for one in known.records),
        "le": known.day,
        "par": _by(request),
        "membres": places,
        "lignes": [(line, list(zip(line.values, line.levels, strict=True))) for line in lines],
        "depenses": [(name, sums.get(code)) for code, name in places],
        "requete": request.GET.urlencode(),
        "fil": shell.trail(("Coûts", "")),
    }
    return render(request, "systems/couts.html", context)


@require_safe
@shell.seeing
def compare(request: HttpRequest) -> HttpResponse:
    """Two establishments, function by function."""
    scope = shell.scope_of(request)
    members = shell.members(scope)
    known = inventory(shell.day_in(request.GET))
    codes = [code for code, _ in members]
    busy = sorted(codes, key=lambda code: -sum(one.key.establishment == code for one in known.live()))
    default = ([*busy, "", ""])[:2]
    sides = [request.GET.get("a", "") or default[0], request.GET.get("b", "") or default[1]]
    ready = all(side in codes for side in sides) and sides[0] != sides[1]
    lines, sums = rules.compare(known, functions(), *sides) if ready else ([], [])
    words = {"meme": "oui", "different": "non", "gauche": "manquant", "droite": "manquant"}
    labels = {"meme": "Commun", "different": "Différent", "gauche": "Absent à droite", "droite": "Absent à gauche"}
    names = dict(members)
    context = {
        "titre": "Comparer deux établissements",
        "le": known.day,
        "membres": members,
        "a": sides[0],
        "b": sides[1],
        "noms": [names.get(side, side) for side in sides],
        "pret": ready,
        "lignes": [(line, words[line.state], labels[line.state]) for line in lines],
        "communs": sum(line.state == "meme" for line in lines),
        "totaux": sums,
        "fil": shell.trail(("Comparer", "")),
    }
    return render(request, "systems/comparer.html", context)


urlpatterns = [
    path("systemes/echeances/", deadlines, name="echeances"),
    path("systemes/echeances/export", shell.exporting("echeances"), name="echeances-export"),
    path("systemes/couts/", costs, name="couts"),
    path("systemes/couts/export", shell.exporting("couts"), name="couts-export"),
    path("systemes/comparer/", compare, name="comparer"),
]
