"""What is left of each quota, region by region."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.programmes.catalogue import public as catalogue
from archipel.programmes.catalogue.pages.common import Context, readers, trail


def _lines() -> list[catalogue.ShareLine]:
    return [line for aid in catalogue.aids() if aid.quota for line in catalogue.shares(aid)]


@readers
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """How many rights does each region have left?"""
    scope = scope_of(request)
    mine = {g.region for g in catalogue.ghts(scope)}
    lines = _lines()
    moves = [
        (line, move)
        for line in lines
        if mine.intersection(line.regions)
        for move in catalogue.movements(f"{line.aid}#{'+'.join(line.regions)}")
    ]
    context: Context = {
        "titre": "Quotas",
        "lignes": [(line, bool(mine.intersection(line.regions))) for line in lines],
        "mouvements": moves,
        "total": sum(line.rights for line in lines),
        "reste": sum(line.left for line in lines),
        "fil": trail(("Quotas", "")),
    }
    return render(request, "aide/quotas.html", context)


@readers
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The shares, as a file."""

    def rows() -> Iterator[list[object]]:
        for line in _lines():
            yield [line.aid_name, line.label, ", ".join(line.regions), line.rights, line.taken, line.left]

    return table_response(request, "quotas", ["Aide", "Part", "Régions (INSEE)", "Droits", "Pris", "Restants"], rows())
