"""What the pages of forecasts share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import ArchipelError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
Context = dict[str, Any]


def readers(view: View[P]) -> View[P]:
    """Let in signed-in accounts that may see the capacity; others sign in, or are refused."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        scope_of(request).require(Capability.VOIR_CAPACITE)
        return view(request, *args, **kwargs)

    return login_required(inner)


def ask(request: HttpRequest, name: str, default: str = "") -> str:
    """A parameter of the query string, cleaned."""
    return " ".join(request.GET.get(name, default).split())[:80]


def acted(request: HttpRequest, do: Callable[[], str], back: str) -> HttpResponse:
    """Do it and say so; what was refused is said on the page that it came from."""
    try:
        messages.success(request, do())
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    return HttpResponseRedirect(back)


def tabs(request: HttpRequest, current: str) -> list[tuple[str, str, bool]]:
    """(label, address, current) of the pages that this account may open."""
    scope = scope_of(request)
    found = [("Courbes", "accueil")]
    if scope.may(Capability.GERER_LITS):
        found.append(("Lits attendus, à valider", "capacites"))
    if scope.may(Capability.GERER_MESSAGES):
        found.append(("Importer un historique", "import"))
    return [(label, reverse(f"forecast:{name}"), name == current) for label, name in found]
