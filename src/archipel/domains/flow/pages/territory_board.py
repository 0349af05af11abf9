"""The territory (map and table of the sites) and the list of its units: capacity without names, with its age."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from archipel.domains.flow import public as flow
from archipel.domains.flow.pages import geometry, shell
from archipel.domains.flow.pages.neighbours import Spot, drawn, spots
from archipel.domains.flow.public import Capacity, Counts, SiteCapacity, UnitCapacity
from archipel.kernel.errors import NotFound
from archipel.territory.reference import contours
from archipel.territory.values import FILIERE_LABELS

TENSE, FULL = 85.0, 97.0
"""Occupancy in per cent from which a site is shown tense, then full."""


@dataclass(frozen=True, slots=True)
class SiteMarker:
    """A site on the map: a shape, a word and a number."""

    site: SiteCapacity
    place: geometry.Marker
    level: str
    """libre (round), tendu (square), sature (octagon), inconnu (dashed), absent (small)."""
    word: str
    number: str
    url: str
    name_x: float


@dataclass(frozen=True, slots=True)
class _Map:
    """What is drawn."""

    markers: list[SiteMarker]
    outlines: list[dict[str, Any]]
    size: tuple[float, float]
    around: list[Spot]


def _filiere(request: HttpRequest) -> str:
    wanted = request.GET.get("filiere", "")
    return wanted if wanted in FILIERE_LABELS else ""


def level_of(site: SiteCapacity) -> tuple[str, str]:
    """(level, word) of a site."""
    occupancy = site.counts.occupancy
    if not site.described:
        return "absent", "lits non décrits"
    if not site.heard or occupancy is None:
        return "inconnu", "occupation inconnue"
    if occupancy >= FULL or not site.counts.available:
        return "sature", "saturé"
    return ("tendu", "tendu") if occupancy >= TENSE else ("libre", "places disponibles")


def _markers(found: Capacity, around: Sequence[Spot], wide: bool) -> _Map:
    placed = [s for s in found.sites if s.latitude is not None and s.longitude is not None and s.described]
    points = [(s.longitude or 0.0, s.latitude or 0.0) for s in placed]
    if not points:
        return _Map([], [], (geometry.WIDTH, 400.0), [])
    beyond = [(spot.longitude, spot.latitude) for spot in around] if wide else []
    fit = geometry.projection(points + beyond)
    size = (fit.width, fit.height)
    at = {s.finess: fit.point(s.longitude or 0.0, s.latitude or 0.0) for s in placed}
    sites = {s.finess: s for s in placed}
    markers = []
    for place in geometry.spread(at, size):
        site = sites[place.key]
        level, word = level_of(site)
        known = site.heard and site.counts.occupancy is not None
        number = str(site.counts.available) if known else "?"
        url = f"{reverse('flow:lits')}?{urlencode({'site': site.finess})}"
        markers.append(SiteMarker(site, place, level, word, number, url, geometry.name_x(place.at_x, site.commune)))
    return _Map(markers, _outlines(fit), size, drawn(around, fit))


def _outlines(fit: geometry.Projection) -> list[dict[str, Any]]:
    try:
        features = contours()["features"]
    except NotFound:
        return []
    return [{"d": geometry.outline(f["geometry"], fit), "nom": f["properties"].get("nom", "")} for f in features]


def _territory(request: HttpRequest) -> dict[str, Any]:
    chosen = _filiere(request)
    found = flow.capacity(scope=shell.scope_of(request), filiere=chosen)
    wide = request.GET.get("voisins") == "1"
    around = spots(flow.neighbours(scope=shell.scope_of(request), filiere=chosen))
    drawing = _markers(found, around, wide)
    heard = [site for site in found.sites if site.heard and site.described]
    loads = [site.emergency for site in found.sites if site.emergency]
    return {
        "titre": "Territoire",
        "capacite": found,
        "total": sum((site.counts for site in heard), Counts()),
        "muets": [site for site in found.sites if site.described and not site.heard],
        "plus_ancien": min((s.updated_at for s in heard if s.updated_at), default=None),
        "plus_recent": max((s.updated_at for s in heard if s.updated_at), default=None),
        "marqueurs": drawing.markers,
        "contours": drawing.outlines,
        "largeur": drawing.size[0],
        "hauteur": drawing.size[1],
        "voisins": drawing.around,
        "voisins_hors_cadre": len(around) - len(drawing.around),
        "large": wide,
        "urgences_presents": sum(load.present for load in loads) if loads else None,
        "urgences_attente": sum(load.waiting for load in loads) if loads else None,
        "urgences_plus_longue": min((x.oldest_arrival for x in loads if x.oldest_arrival), default=None),
        "urgences_aval": sum(load.downstream for load in loads) if loads else None,
        "filiere": chosen,
        "filieres": FILIERE_LABELS.items(),
    }


@login_required
@require_safe
def territory(request: HttpRequest) -> HttpResponse:
    """Where is there a bed? Every site of the group, its beds by state and its emergency department."""
    template = "flow/_territoire.html" if shell.is_fragment(request) else "flow/territoire.html"
    return render(request, template, _territory(request))


COLUMNS = (
    "Établissement", "Site", "FINESS", "Commune", "Lits installés", "Lits ouverts", "Occupés", "Réservés",
    "À nettoyer", "Fermés", "Non armés", "Disponibles", "Occupation (%)", "Conflits", "Provisoires", "Lits SAE",
    "Urgences : présents", "Urgences : en attente", "Urgences : plus ancienne arrivée", "Dernière nouvelle",
)  # fmt: skip


def _cells(counts: Counts, described: bool, heard: bool) -> list[object]:
    """Figures of an export; None where nobody knows."""
    known = described and heard
    occupancy = counts.occupancy
    return [
        counts.installed if described else None,
        counts.opened if described else None,
        counts.occupied if known else None,
        counts.reserved if known else None,
        counts.cleaning if known else None,
        counts.closed if described else None,
        counts.unstaffed if described else None,
        counts.available if known else None,
        round(occupancy, 1) if known and occupancy is not None else None,
        counts.conflicts if known else None,
        counts.provisional if described else None,
    ]


def _site_rows(sites: Iterable[SiteCapacity]) -> Iterable[list[object]]:
    for site in sites:
        load = site.emergency if site.heard else None
        yield [
            site.establishment_name, site.name, site.finess, site.commune,
            *_cells(site.counts, site.described, site.heard), site.declared,
            load.present if load else None, load.waiting if load else None, load.oldest_arrival if load else None,
            site.updated_at,
        ]  # fmt: skip


@login_required
@require_safe
def territory_export(request: HttpRequest) -> HttpResponse:
    """The table of the sites as a file."""
    found = flow.capacity(scope=shell.scope_of(request), filiere=_filiere(request))
    return shell.table_response(request, "territoire", COLUMNS, _site_rows(found.sites))


# --- units --------------------------------------------------------------------------------------------


def _units(request: HttpRequest) -> tuple[Capacity, list[UnitCapacity]]:
    """The units that the filters keep, the ones with beds available first."""
    found = flow.capacity(scope=shell.scope_of(request))
    wanted = {name: request.GET.get(name, "") for name in ("etablissement", "site", "filiere")}
    kept = [
        unit
        for unit in found.units
        if (not wanted["etablissement"] or unit.establishment == wanted["etablissement"])
        and (not wanted["site"] or unit.site == wanted["site"])
        and (not wanted["filiere"] or unit.filiere == wanted["filiere"])
        and (request.GET.get("disponible") != "1" or (unit.heard and unit.counts.available > 0))
    ]
    return found, sorted(kept, key=lambda u: (u.establishment_name, u.site_name, u.name, u.uf))


def _beds(request: HttpRequest) -> dict[str, Any]:
    found, units = _units(request)
    return {
        "titre": "Lits",
        "unites": units,
        "total": sum((unit.counts for unit in units if unit.heard), Counts()),
        "plus_ancien": min((unit.updated_at for unit in units if unit.heard and unit.updated_at), default=None),
        "etablissements": sorted({(u.establishment_name, u.establishment) for u in found.units}),
        "sites": sorted({(u.site_name or "Site à préciser", u.site) for u in found.units if u.site}),
        "filieres": found.filieres,
        "choix": {name: request.GET.get(name, "") for name in ("etablissement", "site", "filiere", "disponible")},
        "libelles": FILIERE_LABELS,
    }


@login_required
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """Which unit has a bed? The units of the group with their beds by state."""
    template = "flow/_lits.html" if shell.is_fragment(request) else "flow/lits.html"
    return render(request, template, _beds(request))


UNIT_COLUMNS = (
    "Établissement", "Site", "UF", "Unité", "Pôle", "Filière", "Lits installés", "Lits ouverts", "Occupés",
    "Réservés", "À nettoyer", "Fermés", "Non armés", "Disponibles", "Occupation (%)", "Conflits", "Provisoires",
    "Patients sans lit", "Dernière nouvelle",
)  # fmt: skip


@login_required
@require_safe
def units_export(request: HttpRequest) -> HttpResponse:
    """The list of the units as a file, with the same filters."""
    _, kept = _units(request)
    rows = (
        [
            unit.establishment_name, unit.site_name, unit.uf, unit.name, unit.pole,
            FILIERE_LABELS.get(unit.filiere, unit.filiere), *_cells(unit.counts, True, unit.heard),
            unit.counts.without_bed if unit.heard else None, unit.updated_at,
        ]
        for unit in kept
    )  # fmt: skip
    return shell.table_response(request, "lits", UNIT_COLUMNS, rows)


urlpatterns = [
    path("territoire/", territory, name="territoire"),
    path("territoire/export", territory_export, name="territoire_export"),
    path("lits/", units, name="lits"),
    path("lits/export", units_export, name="lits_export"),
]
