"""The packs in force at a date."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.programmes.packs.pages.common import day_in, reading, trail
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.services import rights
from archipel.programmes.packs.values.base import NATURE_LABELS, Nature
from archipel.programmes.packs.values.pack import Pack
from archipel.programmes.packs.values.versions import Status


class Row(NamedTuple):
    """A line of the list."""

    pack: Pack
    nature: str
    requirements: int
    help: int
    regions: int


def _rows(request: HttpRequest) -> list[Row]:
    words = request.GET.get("q", "").casefold().split()
    nature, closed = request.GET.get("nature", ""), request.GET.get("clos", "") == "1"
    overlays = [one for one in store.published() if one.region]
    found = []
    for pack in store.packs(at=day_in(request.GET)):
        text = f"{pack.titre} {pack.pack} {pack.porteur} {pack.resume or ''}".casefold()
        if (nature and pack.nature != nature) or (not closed and pack.historique) or any(w not in text for w in words):
            continue
        help_ = len(pack.catalogue.dispositifs) if pack.catalogue else 0
        indicators = sum(len(grid.indicateurs) for grid in pack.grilles)
        regions = len({one.region for one in overlays if one.pack == pack.pack})
        found.append(Row(pack, NATURE_LABELS[pack.nature], sum(1 for _ in pack.requirements()), help_ or indicators,
                         regions))  # fmt: skip
    return found


@require_safe
@reading
def home(request: HttpRequest) -> HttpResponse:
    """Which packs are in force, and which proposals wait."""
    scope = scope_of(request)
    proposes = rights.may_propose(scope)
    context: dict[str, Any] = {
        "titre": "Référentiels",
        "fil": [*trail()[:-1], ("Référentiels", "")],
        "lignes": _rows(request),
        "le": day_in(request.GET),
        "natures": [(nature.value, NATURE_LABELS[nature]) for nature in Nature],
        "choix": {name: request.GET.get(name, "") for name in ("q", "nature", "clos")},
        "requete": request.GET.urlencode(),
        "propose": proposes,
        "attente": sum(one.status is Status.PROPOSEE for one in store.infos()) if proposes else 0,
    }
    return render(request, "packs/accueil.html", context)


@require_safe
@reading
def export(request: HttpRequest) -> HttpResponse:
    """The list as a file."""
    columns = ("Référentiel", "Nom", "Nature", "Porteur", "Version", "Publié le", "Valide du", "Valide au", "Exigences",
               "Règles", "Aides ou indicateurs", "Défauts de source")  # fmt: skip
    rows = (
        (row.pack.titre, row.pack.pack, row.nature, row.pack.porteur, row.pack.version, row.pack.publie_le,
         row.pack.valide.du, row.pack.valide.au, row.requirements, len(row.pack.regles), row.help,
         len(row.pack.defauts))
        for row in _rows(request)
    )  # fmt: skip
    return table_response(request, "referentiels", columns, rows)
