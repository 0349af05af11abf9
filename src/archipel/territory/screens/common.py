"""What the structure's views share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.territory.ficom.reader import parse_date

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def holding(capability: Capability) -> Callable[[View[P]], View[P]]:
    """Let in connected accounts that hold the capability somewhere; others log in, or are refused."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            scope_of(request).require(capability)
            return view(request, *args, **kwargs)

        return inner

    return decorate


def day_asked(request: HttpRequest, name: str = "le") -> date:
    """The day of the query string; today when absent or impossible."""
    return parse_date(request.GET.get(name, "")) or timezone.localdate()


def download(body: bytes, content_type: str, filename: str) -> HttpResponse:
    """A file to keep."""
    response = HttpResponse(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
