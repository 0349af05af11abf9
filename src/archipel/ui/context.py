"""What every template may use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from archipel import __version__
from archipel.foundation.accounts.models import BreakGlass
from archipel.foundation.journal.senders import silent_senders
from archipel.foundation.scope import NOBODY, Capability, Scope
from archipel.foundation.web import privacy
from archipel.ui.navigation import links

THEME_COOKIE = "archipel_theme"
THEMES = ("auto", "light", "dark")


def events_address(request: HttpRequest) -> str:
    """Where this browser finds the event stream: a set URL, the same host on another port, or a proxied path."""
    if settings.EVENTS_URL:
        return str(settings.EVENTS_URL)
    if settings.EVENTS_PORT:
        return f"{request.scheme}://{request_hostname(request)}:{settings.EVENTS_PORT}/evenements/"
    return "/evenements/"


def request_hostname(request: HttpRequest) -> str:
    """The host that the browser asked for, without its port (IPv6 keeps its brackets)."""
    host = request.get_host()
    return host[: host.index("]") + 1] if host.startswith("[") else host.partition(":")[0]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The shell's variables: scope, navigation, theme, privacy, synthetic mark, where the events are."""
    scope: Scope = getattr(request, "scope", NOBODY)
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    until = privacy.revealed_until(request)
    return {
        "scope": scope,
        "signed_in": scope is not NOBODY,
        "synthetic": settings.SYNTHETIC,
        "ght_name": settings.GHT_NAME,
        "events_address": events_address(request),
        "navigation": SimpleLazyObject(lambda: links(scope, request.path)) if scope is not NOBODY else [],
        "break_glass": SimpleLazyObject(lambda: _open_break_glass(scope)) if scope.break_glass else [],
        "may_break_glass": scope.may(Capability.BRIS_DE_GLACE),
        "silent_senders": SimpleLazyObject(lambda: silent_senders(scope=scope)) if _keeps_messages(scope) else [],
        "shell_theme": theme if theme in THEMES else "auto",
        "mur": privacy.is_wall(request),
        "names_can_reveal": privacy.wants_hidden(request),
        "names_hidden": privacy.names_hidden(request),
        "names_revealed_until": datetime.fromtimestamp(until, UTC) if until else None,
        "served_at": timezone.now(),
        "app_version": __version__,
    }


def _keeps_messages(scope: Scope) -> bool:
    return scope is not NOBODY and scope.may(Capability.GERER_MESSAGES)


def _open_break_glass(scope: Scope) -> list[BreakGlass]:
    opened = BreakGlass.objects.filter(
        user_id=scope.user_id or 0, closed_at__isnull=True, expires_at__gt=timezone.now()
    )
    return list(opened.order_by("expires_at"))
