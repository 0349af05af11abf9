"""Open sessions: rotation at login, idle and absolute limits, ending the others."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone

from archipel.foundation.accounts.models import OpenSession, User
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope

OPENED = "archipel_opened"
SEEN = "archipel_seen"
METHOD = "archipel_method"
TOUCH_EVERY = 60
"""Seconds between two writes of "seen": a page a second must not be a write a second."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """An open session as its owner sees it."""

    key: str
    opened_at: datetime
    seen_at: datetime
    address: str
    browser: str
    method: str
    current: bool


def expiry_reason(session: Mapping[str, Any], now: float | None = None) -> str:
    """Why the session is over (``inactivite`` or ``duree``), or an empty string while it may go on.

    Args:
        session: the Django session (or any mapping with the same marks).
        now: seconds since the epoch; the present by default.
    """
    moment = time.time() if now is None else now
    opened, seen = session.get(OPENED), session.get(SEEN)
    if opened is None or seen is None:
        return ""
    if moment - opened >= settings.SESSION_ABSOLUTE_SECONDS:
        return "duree"
    if moment - seen >= settings.SESSION_IDLE_SECONDS:
        return "inactivite"
    return ""


def open_session(request: HttpRequest, user: User, *, method: str, backend: str) -> None:
    """Connect the account in this browser under a new session key, and leave a trace.

    Args:
        request: the request that proved who the user is.
        user: the account.
        method: ``mot_de_passe``, ``totp``, ``secours`` or ``psc``.
        backend: dotted path of the Django backend that recognised the account.
    """
    for key in ("archipel_pending", "archipel_pending_at", "archipel_pending_next"):
        request.session.pop(key, None)
    login(request, user, backend=backend)
    request.session.cycle_key()
    stamp = time.time()
    request.session[OPENED] = stamp
    request.session[SEEN] = stamp
    request.session[METHOD] = method
    now = timezone.now()
    user.open_sessions.filter(seen_at__lt=now - timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)).delete()
    OpenSession.objects.create(
        key=request.session.session_key or "",
        user=user,
        opened_at=now,
        seen_at=now,
        address=request.META.get("REMOTE_ADDR", ""),
        browser=request.META.get("HTTP_USER_AGENT", "")[:200],
        method=method,
    )
    record(
        scope=acting(user), action="connexion", object_type="compte", object_key=str(user.pk), details={"mode": method}
    )


def acting(user: User) -> Scope:
    """The bare scope of an account acting on itself (login, password): no right, only a name for the trace."""
    return Scope(actor=user.get_username(), establishments=frozenset(), user_id=user.pk)


def touch(request: HttpRequest) -> None:
    """Note that the session is alive, at most once a minute."""
    stamp = time.time()
    if OPENED not in request.session:
        request.session[OPENED] = stamp
    if stamp - request.session.get(SEEN, 0) >= TOUCH_EVERY:
        request.session[SEEN] = stamp
        OpenSession.objects.filter(key=request.session.session_key).update(seen_at=timezone.now())


def rekey(request: HttpRequest, old_key: str | None) -> None:
    """Follow a session whose key was rotated."""
    if old_key and request.session.session_key and old_key != request.session.session_key:
        OpenSession.objects.filter(key=old_key).update(key=request.session.session_key)


def forget(key: str | None) -> None:
    """Drop the mark of a session that ended by itself."""
    if key:
        OpenSession.objects.filter(key=key).delete()


def sessions_of(user: User, current: str | None) -> list[SessionRow]:
    """The sessions of an account that are still alive, the present one first."""
    alive = timezone.now() - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    rows = [
        SessionRow(s.key, s.opened_at, s.seen_at, s.address, s.browser, s.method, s.key == current)
        for s in user.open_sessions.filter(seen_at__gte=alive).order_by("-seen_at")
    ]
    return sorted(rows, key=lambda row: not row.current)


def end_sessions(*, scope: Scope, user: User, keep: str | None = None, why: str) -> int:
    """End the sessions of an account, but for one; returns how many.

    Args:
        scope: who does it.
        user: the account.
        keep: key of the session that stays.
        why: a word for the trace (``mot_de_passe``, ``demande``, ``desactivation``…).
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore
    doomed = list(user.open_sessions.exclude(key=keep or "").values_list("key", flat=True))
    for key in doomed:
        store(key).delete()
    OpenSession.objects.filter(key__in=doomed).delete()
    if doomed:
        record(
            scope=scope,
            action="sessions.fin",
            object_type="compte",
            object_key=str(user.pk),
            details={"motif": why, "nombre": len(doomed)},
        )
    return len(doomed)
