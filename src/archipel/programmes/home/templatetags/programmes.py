"""The tabs that every page of programmes shares."""

from __future__ import annotations

from django import template

from archipel.foundation.web.tabs import Tab, tabs

register = template.Library()

TABS: tuple[tuple[str, str, str], ...] = (
    ("Pilotage", "steering:accueil", "target"),
    ("Éligibilité", "eligibility:accueil", "circle-check"),
    ("Faits", "facts:accueil", "list"),
    ("Financement", "funding:accueil", "coin-euro"),
    ("Dossiers", "dossiers:accueil", "files"),
    ("Preuves", "proof:accueil", "certificate"),
    ("Aide", "catalogue:accueil", "lifebuoy"),
    ("Maturité", "maturity:accueil", "chart-radar"),
    ("Référentiels", "packs:accueil", "book"),
)
"""Label, name of the first page of the room, icon. A room that has no page yet is not shown."""


@register.inclusion_tag("programmes/_onglets.html", takes_context=True)
def onglets_programmes(context: template.Context) -> dict[str, list[Tab]]:
    """The tabs of the page."""
    return {"onglets": tabs(context["request"], TABS)}
