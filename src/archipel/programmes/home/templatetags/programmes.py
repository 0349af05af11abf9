"""The tabs that every page of programmes shares."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

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


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab, and whether the page shown is behind it."""

    label: str
    url: str
    icon: str
    current: bool


@register.inclusion_tag("programmes/_onglets.html", takes_context=True)
def onglets_programmes(context: template.Context) -> dict[str, list[Tab]]:
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
