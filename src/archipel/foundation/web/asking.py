"""Questions that every page puts to its request."""

from __future__ import annotations

from django.http import HttpRequest

from archipel.foundation.scope import NOBODY, Scope


def scope_of(request: HttpRequest) -> Scope:
    """Who is asking: the scope that the middleware attached, nobody's when there is none."""
    scope = getattr(request, "scope", NOBODY)
    return scope if isinstance(scope, Scope) else NOBODY


def is_fragment(request: HttpRequest) -> bool:
    """Whether only the live part of the page is asked for."""
    return request.headers.get("Archipel-Live") == "1"


def is_htmx(request: HttpRequest) -> bool:
    """Whether a script asks, and will show what is answered in the page that is there."""
    return bool(getattr(request, "htmx", False))
