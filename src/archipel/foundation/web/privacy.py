"""Whether names are shown on this screen, and until when."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest

REVEAL_SECONDS = 60
_KEY = "noms_visibles_jusqu_a"


def is_wall(request: HttpRequest) -> bool:
    """Whether the page (or the page around this fragment) is a wall screen: ``?mur=1``."""
    if request.GET.get("mur") == "1":
        return True
    htmx = getattr(request, "htmx", None)
    around = str(htmx.current_url or "") if htmx else ""
    return parse_qs(urlsplit(around).query).get("mur") == ["1"]


def revealed_until(request: HttpRequest) -> float:
    """Until when names are shown on this session's hidden screens (Unix seconds); 0: they are not."""
    session = getattr(request, "session", None)
    until = float(session.get(_KEY, 0)) if session is not None else 0.0
    return until if until > time.time() else 0.0


def reveal(request: HttpRequest) -> float:
    """Show names for :data:`REVEAL_SECONDS`; returns until when. The caller leaves the trace."""
    until = time.time() + REVEAL_SECONDS
    request.session[_KEY] = until
    return until


def hide(request: HttpRequest) -> None:
    """Hide names again at once."""
    request.session.pop(_KEY, None)


def wants_hidden(request: HttpRequest) -> bool:
    """Whether this screen hides names unless they were just revealed: a wall, or an account in privacy mode."""
    user = getattr(request, "user", None)
    return is_wall(request) or bool(getattr(user, "names_hidden", False))


def names_hidden(request: HttpRequest) -> bool:
    """Whether names are hidden in this response."""
    return wants_hidden(request) and not revealed_until(request)
