"""The first page: what is expected of me, and where the members stand."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.pages.common import grid_address, readers
from archipel.programmes.maturity.rules.campaign import EtatCampagne
from archipel.programmes.maturity.values import Grille

STATES = {
    EtatCampagne.A_VENIR: ("idee", "À venir"),
    EtatCampagne.EN_COURS: ("en_cours", "En cours"),
    EtatCampagne.EN_RETARD: ("en_retard", "En retard"),
    EtatCampagne.CLOSE: ("solde", "Close"),
}
"""Look and word of the state of a campaign."""


@dataclass(frozen=True, slots=True)
class GridLine:
    """A grid, and how far the account's establishments are with it."""

    grid: Grille
    url: str
    entities: int
    complete: int
    started: int


def _line(scope: Scope, grid: Grille) -> GridLine:
    members = [m for g in maturity.groups(scope, grid) for m in g.members]
    found = maturity.assessments(grid, members)
    done = [a.bilan.ensemble for a in found]
    return GridLine(
        grid,
        grid_address("grille", grid),
        len(members),
        sum(level.repondus == level.attendus for level in done),
        sum(level.repondus > 0 for level in done),
    )


@readers
@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """What is expected, and where do we stand?"""
    scope = scope_of(request)
    today = timezone.localdate()
    known = maturity.campaigns(scope, today)
    open_ones = [c for c in known if c.state is not EtatCampagne.CLOSE]
    context = {
        "titre": "Maturité",
        "grilles": [_line(scope, grid) for grid in maturity.grids()],
        "campagnes": [(c, STATES[c.state]) for c in known],
        "ouvertes": len(open_ones),
        "en_retard": sum(c.state is EtatCampagne.EN_RETARD for c in open_ones),
        "prochaine": min((c.due_on for c in open_ones), default=None),
        "peut_ouvrir": scope.may(Capability.VALIDER_PROGRAMMES),
    }
    return render(request, "maturite/accueil.html", context)
