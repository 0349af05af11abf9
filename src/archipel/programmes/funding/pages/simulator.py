"""What a perimeter would be worth: the ceiling of a chosen set of establishments, and what grouping brings."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.kernel.errors import ArchipelError, Invalid
from archipel.programmes.funding.pages import shell
from archipel.programmes.funding.queries.activity import group_parties
from archipel.programmes.funding.queries.programme import Programme
from archipel.programmes.funding.rules.caps import ceiling, gain
from archipel.programmes.funding.values import Ceiling, Party


@require_safe
@shell.seeing
def simulator(request: HttpRequest) -> HttpResponse:
    """The establishments of a group to choose from, their activity, the ceiling of those chosen.

    An activity may be supposed (``ac_<finess>``): it is marked as such, and kept nowhere.
    """
    about = shell.programme_in(request.GET)
    groups = shell.groups(shell.scope_of(request))
    group = request.GET.get("ght", "") or (groups[0][0] if groups else "")
    day = shell.day_in(request.GET) or timezone.localdate()
    context: dict[str, object] = {
        "titre": "Simulateur de plafond",
        "programme": about,
        "groupes": groups,
        "choix": {"ght": group, "au": day},
        "fil": shell.trail(("Simulateur", "")),
    }
    if about is None or not group:
        return render(request, "funding/simulateur.html", context)
    error, parties = "", group_parties(group, about.activity_fact, day)
    try:
        parties = [_supposed(request, party) for party in parties]
    except ArchipelError as wrong:
        error = wrong.message
    wanted = set(request.GET.getlist("etablissement"))
    chosen = [party for party in parties if party.finess in wanted]
    context |= {
        "error": error,
        "etablissements": [
            (party, party.finess in wanted, ceiling(about.bands, [party]), request.GET.get(f"ac_{party.finess}", ""))
            for party in parties
        ],
        "choisis": chosen,
    }
    if chosen:
        context |= _worth(about, chosen)
    return render(request, "funding/simulateur.html", context, status=422 if error else 200)


def _supposed(request: HttpRequest, party: Party) -> Party:
    value = shell.amount_in(request.GET, f"ac_{party.finess}")
    if value is None:
        return party
    if value < 0:
        raise Invalid(f"L'activité supposée de {party.name} est négative.", code="activite")
    return replace(party, activity=value, source="hypothèse de cette page")


def _worth(about: Programme, chosen: list[Party]) -> dict[str, object]:
    found: Ceiling = ceiling(about.bands, chosen)
    alone = [ceiling(about.bands, [party]).amount for party in chosen]
    apart = None if any(amount is None for amount in alone) else sum(amount for amount in alone if amount is not None)
    names = {party.finess: party.name for party in chosen}
    return {
        "plafond": found,
        "manque": [names[code] for code in found.missing],
        "separes": apart,
        "gain": gain(about.bands, chosen),
        "tranches": about.bands,
        "versements": [
            (one, Decimal(found.amount) * one.share) for one in about.instalments
        ] if found.amount is not None else [],
        "sources": about.sources,
    }  # fmt: skip


urlpatterns = [path("programmes/financement/simulateur/", simulator, name="simulateur")]
