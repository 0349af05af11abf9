"""The tabs that every page of systems shares, the cells of the matrix, and look-ups in the tables of a page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from django import template
from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString

from archipel.domains.systems.rules.coverage import Cell
from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.tabs import tabs

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
PRICED_TABS = frozenset({"trajectory:accueil"})
"""Shown to who may see prices."""


@register.inclusion_tag("systems/_onglets.html", takes_context=True)
def onglets_systemes(context: template.Context) -> dict[str, object]:
    """The tabs of the page, and whether prices are hidden from who reads it."""
    request: HttpRequest = context["request"]
    scope = scope_of(request)
    priced = scope.may(Capability.VOIR_PRIX)
    return {
        "onglets": tabs(request, [tab for tab in TABS if priced or tab[1] not in PRICED_TABS]),
        "sans_prix": bool(scope.systems - scope.prices),
        "des_prix": bool(scope.systems & scope.prices),
    }


@register.filter
def de(table: Mapping[str, object], key: str) -> object:
    """The entry of a table; the key itself when there is none: ``{{ noms|de:code }}``."""
    return table.get(key, key)


_SHARED = ' <small class="sous">partagé</small>'
_AIMED = ' <small class="sous">cible</small>'


@register.simple_tag
def cellule(cell: Cell, sheets: str, missing: str, twice: str) -> SafeString:
    """One function in one establishment: ``{% cellule c fiches icone_manque icone_doublon %}``.

    Written here, not in the template: a matrix has a thousand of them, and the first sight of the page waits for all.

    Args:
        cell: what is used there.
        sheets: the address that begins those of the sheets of applications.
        missing: the icon of a mandatory function that has nothing.
        twice: the icon of several products for one function.
    """
    said, look = "", "cible" if cell.on_target else ""
    if cell.hole:
        said, look = f"{missing} Manque", "trou"
    elif cell.duplicate:
        said, look = f'<span class="signe">{twice} Doublon</span>', "doublon"
    said += "<br>".join(
        f'<a href="{sheets}{cell.establishment}/{quote(use.code)}">{escape(use.product)}</a>'
        + (_SHARED if use.shared else "")
        for use in cell.uses
    )
    opened = f'<td class="{look}">' if look else "<td>"
    return SafeString(f"{opened}{said}{_AIMED if cell.on_target else ''}</td>")
