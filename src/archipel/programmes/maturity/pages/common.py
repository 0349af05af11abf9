"""What the pages of maturity share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.formats import UNKNOWN, number
from archipel.kernel.errors import ArchipelError
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.rules.consolidation import Consolide
from archipel.programmes.maturity.values import Grille, Niveau

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def readers(view: View[P]) -> View[P]:
    """Let in signed-in accounts that may see programmes somewhere; others sign in, or are refused."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        scope_of(request).require(Capability.VOIR_PROGRAMMES)
        return view(request, *args, **kwargs)

    return login_required(inner)


def day_asked(request: HttpRequest, name: str = "le") -> date:
    """The day of the query string; today when absent or impossible."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return timezone.localdate()


def acted(request: HttpRequest, do: Callable[[], maturity.Act], back: str) -> HttpResponse:
    """Do it and say so; what was refused is said on the page that it came from."""
    try:
        messages.success(request, do().message)
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    return HttpResponseRedirect(back)


def decimal(value: Fraction | None, places: int = 2) -> str:
    """An exact number as people read it, rounded down: 2.999 is not 3."""
    if value is None:
        return UNKNOWN
    scale = 10**places
    return number(float(Fraction((value * scale).numerator // (value * scale).denominator, scale)))


def figure(value: Fraction | None) -> float | None:
    """An exact number for a chart."""
    return None if value is None else round(float(value), 4)


def percent(value: Fraction | None) -> str:
    """A share as people read it: ``65,99 %``, rounded down so that a threshold is not met by rounding."""
    return UNKNOWN if value is None else f"{decimal(value * 100)} %"


def level_text(level: Niveau) -> str:
    """``2,75`` once all is answered, ``de 1 à 3,5`` before, ``sans objet`` when nothing applies."""
    if level.bas is None or level.haut is None:
        return "sans objet"
    if level.bas == level.haut:
        return decimal(level.bas)
    return f"de {decimal(level.bas)} à {decimal(level.haut)}"


def group_text(level: Consolide) -> str:
    """The same for a group; ``inconnu`` when no entity says anything."""
    if level.bas is None or level.haut is None:
        return UNKNOWN
    return decimal(level.bas) if level.valeur is not None else f"de {decimal(level.bas)} à {decimal(level.haut)}"


def grid_address(name: str, grid: Grille, *more: str) -> str:
    """The address of a page of a grid."""
    return reverse(f"maturity:{name}", args=[grid.pack, grid.id, *more])


def trail(grid: Grille | None = None, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The breadcrumb."""
    found = [("Maturité", reverse("maturity:accueil"))]
    if grid is not None:
        found.append((grid.titre, grid_address("grille", grid)))
    return [*found, *more]


def ask(request: HttpRequest, name: str, default: str = "") -> str:
    """A parameter of the query string, cleaned."""
    return " ".join(request.GET.get(name, default).split())[:200]


Context = dict[str, Any]
