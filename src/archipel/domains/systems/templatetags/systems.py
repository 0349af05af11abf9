"""The tabs that every page of systems shares, and look-ups in the tables of a page."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from archipel.foundation.web.tabs import Tab, tabs

register = template.Library()

TABS: tuple[tuple[str, str, str], ...] = (
    ("Inventaire", "systems:accueil", "list"),
    ("Couverture", "systems:couverture", "layout-grid"),
    ("Cartes", "systems:cartes", "sitemap"),
    ("Échéances", "systems:echeances", "calendar-due"),
    ("Coûts", "systems:couts", "coin-euro"),
    ("Comparer", "systems:comparer", "scale"),
    ("Exposition", "systems:exposition", "alert-triangle"),
    ("Indicateurs", "systems:indicateurs", "chart-bar"),
    ("Noms", "systems:noms", "book"),
    ("Campagne", "systems:campagne", "checklist"),
    ("Trajectoire", "trajectory:accueil", "target"),
)
"""Label, name of the first page, icon. What has no page yet is not shown."""


@register.inclusion_tag("systems/_onglets.html", takes_context=True)
def onglets_systemes(context: template.Context) -> dict[str, list[Tab]]:
    """The tabs of the page."""
    return {"onglets": tabs(context["request"], TABS)}


@register.filter
def de(table: Mapping[str, object], key: str) -> object:
    """The entry of a table; the key itself when there is none: ``{{ noms|de:code }}``."""
    return table.get(key, key)
