"""What the views share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from archipel.foundation.accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def account_of(request: HttpRequest) -> User:
    """The connected account; only called behind :func:`connected`."""
    assert isinstance(request.user, User)
    return request.user


def connected(view: View[P]) -> View[P]:
    """Send whoever is not connected to the login page, and back afterwards."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        return view(request, *args, **kwargs)

    return inner


def safe_next(request: HttpRequest, url: str | None) -> str:
    """Where to go after login: the page asked for when it is one of ours, else the first page."""
    if url and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return url
    return settings.LOGIN_REDIRECT_URL or "/"
