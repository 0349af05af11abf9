"""What the region says to the ROR: the neighbours' beds with their age, the stale ones marked."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from archipel.connectors.ror.config import ror_config
from archipel.connectors.ror.models import Link
from archipel.connectors.ror.screens.common import TABS, chosen
from archipel.connectors.ror.settings import ror_settings
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import Neighbour
from archipel.foundation.web.asking import is_fragment, scope_of
from archipel.foundation.web.export import table_response
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS


def _found(request: HttpRequest) -> tuple[list[Neighbour], dict[str, str], list[territory.SiteInfo]]:
    """The neighbours that the filters keep, nearest first."""
    sites = [site for site in territory.sites() if site.latitude is not None and not site.provisional]
    filters = {
        "filiere": chosen(request, "filiere", set(FILIERE_LABELS)),
        "site": chosen(request, "site", {site.finess for site in sites}),
        "disponible": "1" if request.GET.get("disponible") == "1" else "",
    }
    near = next(((s.latitude or 0.0, s.longitude or 0.0) for s in sites if s.finess == filters["site"]), None)
    stale_after = ror_config().stale_after
    found = flow.neighbours(scope=scope_of(request), filiere=filters["filiere"], near=near, stale_after=stale_after)
    return [one for one in found if not filters["disponible"] or one.available], filters, sites


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The neighbours; live."""
    found, filters, sites = _found(request)
    context = {
        "titre": "Capacités de la région (ROR)",
        "onglets": TABS,
        "voisins": found,
        "libres": sum(one.available or 0 for one in found if not one.stale),
        "perimes": sum(one.stale for one in found),
        "lien": Link.objects.filter(name="consommateur").first(),
        "regle": ror_settings().consumer is not None,
        "filtres": filters,
        "filieres": FILIERE_LABELS.items(),
        "libelles": FILIERE_LABELS,
        "sites": sites,
        "heures": ror_config().stale_after.total_seconds() / 3600,
        "live_url": request.get_full_path(),
    }
    return render(request, "ror/_region.html" if is_fragment(request) else "ror/region.html", context)


COLUMNS = (
    "Établissement", "Lieu", "Offre", "Filière", "Commune", "Distance (km)", "Disponibles", "dont femmes",
    "dont hommes", "Installés", "Fermés", "Donnée du", "Périmée", "Lue le",
)  # fmt: skip


@never_cache
@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    rows = (
        [
            one.organisation, one.name, one.service, FILIERE_LABELS.get(one.filiere, ""), one.commune,
            None if one.distance_km is None else round(one.distance_km, 1), one.available, one.women, one.men,
            one.installed, one.closed, one.told_at, one.stale, one.read_at,
        ]
        for one in _found(request)[0]
    )  # fmt: skip
    return table_response(request, "ror-region", COLUMNS, rows)
