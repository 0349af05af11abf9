"""What we say to the ROR, offer by offer: said, held, since when, what failed, who must act; sent again on demand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from archipel.connectors.ror import overview
from archipel.connectors.ror.overview import STATES, Line
from archipel.connectors.ror.screens.common import CHIPS, TABS, filters_of, kept
from archipel.domains.flow import public as flow
from archipel.domains.flow.values.offers import LABELS
from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import is_fragment, scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Invalid
from archipel.territory import public as territory

HISTORY = 40


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every offer; live."""
    scope = scope_of(request)
    found = overview.overview(scope=scope)
    filters = filters_of(request, found.lines)
    lines = kept(found.lines, filters)
    context = {
        "titre": "ROR",
        "onglets": TABS,
        "vue": found,
        "lignes": [(line, CHIPS[line.state], _may(scope, line)) for line in lines],
        "comptes": {state: found.count(state) for state in STATES},
        "etats": STATES.items(),
        "filtres": filters,
        "etablissements": sorted({(line.place, line.offer.establishment) for line in found.lines}),
        "filieres": sorted({(line.filiere, line.offer.filiere) for line in found.lines}),
        "renvoyables": sum(_may(scope, line) for line in lines),
        "live_url": request.get_full_path(),
    }
    return render(request, "ror/_offres.html" if is_fragment(request) else "ror/offres.html", context)


def _may(scope: Any, line: Line) -> bool:
    return bool(scope.may(Capability.GERER_LITS, line.offer.establishment))


COLUMNS = (
    "Établissement", "Site", "Offre", "IdNatStruct", "Code externe", "Filière", "État", "Dit : installés",
    "Dit : disponibles", "ROR : disponibles", "Dit : fermés", "Donnée la plus ancienne au ROR",
    "Différent depuis", "En retard depuis", "Problème", "Qui doit agir", "Tension", "Cadence (h)",
)  # fmt: skip


@never_cache
@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same list as a file, with its filters."""
    found = overview.overview(scope=scope_of(request))
    lines = kept(found.lines, filters_of(request, found.lines))
    rows: Iterable[list[object]] = (
        [
            line.place, line.site, line.offer.name, line.offer.structure, line.offer.code, line.filiere, line.word,
            line.installed, line.free if line.state != "muet" else None, line.free_there, line.closed,
            line.accepted_at, line.differs_since, line.late_since, line.problem, ", ".join(line.who), line.tension,
            line.every_hours,
        ]
        for line in lines
    )  # fmt: skip
    return table_response(request, "ror-offres", COLUMNS, rows)


@never_cache
@login_required
@require_safe
def detail(request: HttpRequest, idnat: str, lieu: str) -> HttpResponse:
    """One offer: each indicator said and held, and its exchanges."""
    scope = scope_of(request)
    line = overview.line_of(scope=scope, structure=idnat, code=lieu)
    history = overview.exchanges(scope=scope, structure=idnat, code=lieu, limit=HISTORY)
    context = {
        "titre": line.offer.name,
        "fil": [("ROR", reverse("ror:accueil")), (line.offer.name, None)],
        "ligne": line,
        "puce": CHIPS[line.state],
        "nature": LABELS["R329"].get(line.offer.nature, line.offer.nature),
        "unites": _units(line),
        "echanges": [(one, _text(one.request), [(a, _text(a.body)) for a in one.answers]) for one in history],
        "plus": len(history) == HISTORY,
        "peut": _may(scope, line),
        "peut_modifier": scope.may(Capability.GERER_STRUCTURE, line.offer.establishment),
        "previsions": flow.forecasts(scope=scope).get(line.offer.key, []),
        "horizons": LABELS["R331"],
        "live_url": request.get_full_path(),
    }
    return render(request, "ror/_offre.html" if is_fragment(request) else "ror/offre.html", context)


def _units(line: Line) -> list[tuple[str, str, str]]:
    """(establishment, UF, name) of the units that the offer counts."""
    known = territory.uf_index(line.offer.establishment)
    return [(line.offer.establishment, uf, known[uf].name if uf in known else "UF inconnue") for uf in line.offer.units]


def _text(body: Any) -> str:
    return "" if body is None else json.dumps(body, ensure_ascii=False, indent=1)


@login_required
@require_POST
def resend_one(request: HttpRequest, idnat: str, lieu: str) -> HttpResponse:
    """Tell an offer again at once."""
    overview.resend(scope=scope_of(request), keys=[(idnat, lieu)])
    success(request, "L'offre est redite au ROR dans les secondes qui viennent.")
    return redirect("ror:offre", idnat, lieu)


@login_required
@require_POST
def resend_many(request: HttpRequest) -> HttpResponse:
    """Tell again every offer in a state (and an establishment), those that the account may."""
    scope = scope_of(request)
    state, place = request.POST.get("etat", ""), request.POST.get("etablissement", "")
    if state not in STATES:
        raise Invalid("Dites quelles offres redire : choisissez un état.", code="etat")
    lines = [
        line
        for line in overview.overview(scope=scope).lines
        if line.state == state and (not place or line.offer.establishment == place) and _may(scope, line)
    ]
    count = overview.resend(scope=scope, keys=[(line.offer.structure, line.offer.code) for line in lines])
    success(request, f"{count} offre{'s' if count > 1 else ''} redite{'s' if count > 1 else ''} au ROR.")
    return redirect(f"{reverse('ror:accueil')}?etat={state}")
