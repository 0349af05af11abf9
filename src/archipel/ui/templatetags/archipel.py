"""Template tags and filters, available in every template: French numbers, dates, ages, icons, states, names."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from archipel.foundation.web import formats
from archipel.foundation.web.charts import Chart
from archipel.ui import states
from archipel.ui.vendoring import ICONS

register = template.Library()

HIDDEN_NAME = "•••"
_KNOWN_ICONS = frozenset(ICONS)


@register.filter
def nombre(value: float | Decimal | str | None, decimals: int | str | None = None) -> str:
    """A number written in French: ``{{ 12345|nombre }}`` → ``12 345``; ``{{ taux|nombre:1 }}`` → ``87,5``."""
    if value == "":
        return ""
    try:
        figure = Decimal(value) if isinstance(value, str) else value
        return formats.number(figure, None if decimals is None else int(decimals))
    except (ArithmeticError, TypeError, ValueError):
        return str(value)


@register.filter
def date_longue(moment: datetime | None) -> str:
    """``dim. 22 nov. 2026, 14:05`` in Paris time."""
    return formats.long_date(moment)


@register.filter
def heure(moment: datetime | None) -> str:
    """``14:05`` in Paris time."""
    return formats.clock(moment)


@register.filter
def duree(span: timedelta | float | None) -> str:
    """``3 h 20``; a number is in seconds."""
    return formats.duration(span)


@register.filter
def depuis(moment: datetime | None) -> str:
    """The time elapsed since a moment: ``3 h 20``."""
    return formats.duration(None if moment is None else timezone.now() - moment)


@register.filter
def age(moment: datetime | None) -> str:
    """``il y a 3 min``. For an age that ticks on the screen, use ``{% fraicheur %}``."""
    return formats.age(moment, timezone.now())


@register.filter
def iso(moment: datetime | None) -> str:
    """The moment for machines (``datetime`` attributes, ``data-sort``)."""
    return moment.isoformat() if moment else ""


@register.simple_tag
def fraicheur(moment: datetime | None, vieux: int = 300, perime: int = 900) -> SafeString:
    """The age of a figure, ticking, visibly stale beyond thresholds in seconds: ``{% fraicheur m perime=3600 %}``."""
    now = timezone.now()
    context = {
        "moment": moment,
        "texte": formats.age(moment, now),
        "niveau": formats.age_level(moment, now, vieux, perime),
        "vieux": str(vieux),
        "perime": str(perime),
    }
    return _piece("ui/_age.html", context)


@register.simple_tag
def icone(name: str, label: str = "") -> SafeString:
    """An icon of the sprite, decorative unless it is given a label: ``{% icone "bed" %}``."""
    shown = name if name in _KNOWN_ICONS else "question-mark"
    href = f"{static('vendor/icons.svg')}#i-{shown}"
    if label:
        return format_html(
            '<svg class="icone" role="img" aria-label="{}" focusable="false"><use href="{}"></use></svg>', label, href
        )
    return format_html('<svg class="icone" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href)


@register.filter
def pluralize(value: object, forms: str = "s") -> str:
    """The French rule: 0 and 1 are singular. ``{{ n|pluralize }}``, ``{{ n|pluralize:"al,aux" }}``."""
    singular, _, plural = forms.rpartition(",")
    try:
        count = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        count = float(len(value)) if hasattr(value, "__len__") else 0.0
    return plural if abs(count) >= 2 else singular


@register.simple_tag
def chip(state: object, word: str = "") -> SafeString:
    """The chip of a state: icon, word and colour: ``{% chip lit.state %}`` or ``{% chip "libre" "3 libres" %}``."""
    look = states.look(state)
    return _piece("ui/_chip.html", {"look": look, "mot": word or look.word})


@register.inclusion_tag("ui/_graphique.html")
def graphique(chart: Chart) -> dict[str, Chart]:
    """A chart, drawn from the table that stands beside it: ``{% graphique tresorerie %}``."""
    return {"graphique": chart}


@register.simple_tag(takes_context=True)
def masque(context: template.Context, name: object) -> str:
    """A person's name, or ``•••`` where names are hidden: ``{% masque venue.nom %}``. Never shows initials."""
    if name is None or name == "":
        return ""
    return HIDDEN_NAME if context.get("names_hidden", True) else str(name)


@register.simple_tag(takes_context=True)
def url_avec(context: template.Context, **changes: object) -> str:
    """The page's query string with some parameters changed, the other filters kept; None removes one."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _piece(template_name: str, context: dict[str, Any]) -> SafeString:
    """A fragment that stands inside a sentence: nothing around it, not even a blank."""
    return SafeString(get_template(template_name).render(context).strip())
