"""What these pages share: who may come in, errors told where one was, the way back up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import is_htmx, scope_of
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Invalid

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
TOLD_HERE = (409, 422)
"""Errors of what was typed or of the moment, told on the page; the others have a page of their own."""


def steering(view: View[P]) -> View[P]:
    """Let in connected accounts that may see programmes somewhere; others log in, or are refused."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        scope_of(request).require(Capability.VOIR_PROGRAMMES)
        return view(request, *args, **kwargs)

    return inner


def told(request: HttpRequest, do: Callable[[], str], back: str) -> HttpResponse:
    """Do something and go back, with its sentence, or that of what went wrong."""
    try:
        message = do()
    except ArchipelError as error:
        if is_htmx(request) or error.http_status not in TOLD_HERE:
            raise
        messages.error(request, error.message)
        return HttpResponseRedirect(back)
    if message:
        messages.success(request, message)
    return HttpResponseRedirect(back)


def trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The breadcrumb below the list of dossiers."""
    return [("Dossiers", reverse("dossiers:accueil")), *steps]


def moment(text: str) -> datetime | None:
    """The day of a form, at noon, or now when it is today; None when it is empty.

    Raises:
        Invalid: not a date.
    """
    said = text.strip()
    if not said:
        return None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise Invalid(f"« {said[:20]} » n'est pas une date (jj/mm/aaaa).", code="date", field="date") from None
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    return min(noon, clock.now()) if day == timezone.localdate() else noon
