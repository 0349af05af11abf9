"""The tabs that every page of systems shares, and look-ups in the tables of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

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


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab, and whether the page shown is behind it."""

    label: str
    url: str
    icon: str
    current: bool


@register.inclusion_tag("systems/_onglets.html", takes_context=True)
def onglets_systemes(context: template.Context) -> dict[str, list[Tab]]:
    """The tabs; the longest address that begins the page's own is the current one."""
    request: HttpRequest = context["request"]
    found = []
    for label, name, icon in TABS:
        try:
            found.append((label, reverse(name), icon))
        except NoReverseMatch:
            continue
    here = max((url for _, url, _ in found if request.path.startswith(url)), key=len, default="")
    return {"onglets": [Tab(label, url, icon, url == here) for label, url, icon in found]}


@register.filter
def de(table: Mapping[str, object], key: str) -> object:
    """The entry of a table; the key itself when there is none: ``{{ noms|de:code }}``."""
    return table.get(key, key)
