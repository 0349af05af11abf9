"""One pack: what it asks, who is eligible, what it pays, when, and where all of it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from archipel.foundation.web.asking import scope_of
from archipel.programmes.packs.pages.common import Asked, asked, reading, trail
from archipel.programmes.packs.pages.showing import (
    calendar_rows,
    catalogue_context,
    funding_rows,
    grid_context,
    rule_rows,
)
from archipel.programmes.packs.queries import store
from archipel.programmes.packs.services import rights
from archipel.programmes.packs.values.base import MAILLE_LABELS, NATURE_LABELS
from archipel.programmes.packs.values.pack import Pack

_HAS: dict[str, tuple[str, Callable[[Pack], object]]] = {
    "apercu": ("Aperçu", lambda pack: True),
    "exigences": ("Objectifs et exigences", lambda pack: pack.themes),
    "regles": ("Règles", lambda pack: pack.regles),
    "financement": ("Financement", lambda pack: pack.financement or pack.incompatibilites),
    "calendrier": ("Calendrier", lambda pack: pack.calendrier),
    "dossier": ("Dossier et critères", lambda pack: pack.dossier or pack.selection),
    "catalogue": ("Aides", lambda pack: pack.catalogue),
    "grilles": ("Grille", lambda pack: pack.grilles),
    "chiffres": ("Chiffres", lambda pack: pack.chiffres or pack.series),
    "sources": ("Sources et défauts", lambda pack: True),
    "versions": ("Versions", lambda pack: True),
}
"""The views of a pack: name, label, what it must have."""


@require_safe
@reading
def show(request: HttpRequest, pack: str) -> HttpResponse:
    """One view of a pack."""
    found = asked(request, pack)
    views = {name: label for name, (label, has) in _HAS.items() if has(found.pack)}
    view = request.GET.get("vue", "apercu")
    view = view if view in views else "apercu"
    base = reverse("packs:pack", args=[pack])
    carried = f"&{found.query}" if found.query else ""
    context: dict[str, Any] = {
        "titre": found.pack.titre,
        "fil": trail((found.pack.titre, "")),
        "demande": found,
        "pack": found.pack,
        "info": found.info,
        "nature": NATURE_LABELS[found.pack.nature],
        "maille": MAILLE_LABELS[found.pack.maille] if found.pack.maille else "",
        "vue": view,
        "vues": [(label, f"{base}?vue={name}{carried}", name == view) for name, label in views.items()],
        "versions": store.versions(pack),
        "defauts": {defect.id: defect for defect in found.pack.defauts},
    }
    context |= _CONTEXTS.get(view, _nothing)(request, found)
    return render(request, f"packs/pack_{view}.html", context)


def _nothing(request: HttpRequest, found: Asked) -> dict[str, Any]:
    return {}


def _overview(request: HttpRequest, found: Asked) -> dict[str, Any]:
    pack = found.pack
    rows = calendar_rows(pack, found.day)
    return {
        "prochains": [row for row in rows if row.state in ("a_venir", "en_cours")][:5],
        "exigences": sum(1 for _ in pack.requirements()),
        "objectifs": sum(len(theme.objectifs) for theme in pack.themes),
        "aides": len(pack.catalogue.dispositifs) if pack.catalogue else 0,
        "indicateurs": sum(len(grid.indicateurs) for grid in pack.grilles),
    }


def _rules(request: HttpRequest, found: Asked) -> dict[str, Any]:
    results = store.cases_of(found.pack)
    return {
        "regles": rule_rows(found.pack, results),
        "cas": len(found.pack.cas),
        "attentes": len(results),
        "echecs": [one for one in results if not one.ok],
        "mailles": {fact.id: MAILLE_LABELS[fact.maille] for fact in found.pack.faits},
    }


def _funding(request: HttpRequest, found: Asked) -> dict[str, Any]:
    return {"tranches": funding_rows(found.pack)}


def _calendar(request: HttpRequest, found: Asked) -> dict[str, Any]:
    return {"jalons": calendar_rows(found.pack, found.day)}


def _catalogue(request: HttpRequest, found: Asked) -> dict[str, Any]:
    return catalogue_context(found.pack, request.GET.get("q", ""), request.GET.get("type", ""))


def _grids(request: HttpRequest, found: Asked) -> dict[str, Any]:
    return {"grilles": grid_context(found.pack)}


def _versions(request: HttpRequest, found: Asked) -> dict[str, Any]:
    scope = scope_of(request)
    return {
        "publie": rights.may_publish(scope),
        "surcharges": [one for one in store.infos(pack=found.info.pack) if one.region],
    }


_CONTEXTS: dict[str, Callable[[HttpRequest, Asked], dict[str, Any]]] = {
    "apercu": _overview,
    "regles": _rules,
    "financement": _funding,
    "calendrier": _calendar,
    "catalogue": _catalogue,
    "grilles": _grids,
    "versions": _versions,
}
