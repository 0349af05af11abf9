"""The calendar feed of an account: a secret address that a calendar program follows, revocable, read only."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from icalendar import Alarm, Calendar, Event

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied, NotFound
from archipel.programmes.dossiers.models import Feed
from archipel.programmes.dossiers.queries.calendar import Due, due_dates
from archipel.programmes.dossiers.rules.deadlines import NOTICE_DAYS

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_TOUCH = timedelta(minutes=10)


def make_feed(*, scope: Scope) -> str:
    """A new secret for the account, whose former one stops working; told once and kept nowhere.

    Raises:
        Denied: no account, or no right on programmes.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    if scope.user_id is None:
        raise Denied("Seul un compte peut avoir un calendrier.", code="calendrier-compte")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        _revoke(scope)
        Feed.objects.create(user_id=scope.user_id, hash=_digest(token), created_at=clock.now())
        record(
            scope=scope, action="dossiers.calendrier_ouvert", object_type="calendrier", object_key=str(scope.user_id)
        )
    return token


def revoke_feed(*, scope: Scope) -> None:
    """The account's address stops working."""
    with transaction.atomic():
        _revoke(scope)
        record(scope=scope, action="dossiers.calendrier_ferme", object_type="calendrier", object_key=str(scope.user_id))


def _revoke(scope: Scope) -> None:
    Feed.objects.filter(user_id=scope.user_id or 0, revoked_at=None).update(revoked_at=clock.now())


def feed_since(scope: Scope) -> datetime | None:
    """Since when the account has a calendar; None without one."""
    found = Feed.objects.filter(user_id=scope.user_id or 0, revoked_at=None).first()
    return found.created_at if found else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def read_feed(token: str, address: str) -> bytes:
    """The calendar (RFC 5545) behind a secret, with what its account may see now.

    Args:
        token: the secret of the address.
        address: where the pages of dossiers are, ``https://…/programmes/dossiers/``.

    Raises:
        NotFound: unknown or revoked secret, closed account; the caller is not told which.
    """
    gone = NotFound("Ce calendrier n'existe pas, ou n'existe plus.", code="calendrier-inconnu")
    if not _TOKEN.fullmatch(token):
        raise gone
    found = Feed.objects.filter(hash=_digest(token), revoked_at=None).first()
    user = User.objects.filter(pk=found.user_id, is_active=True).first() if found is not None else None
    if found is None or user is None:
        raise gone
    now = clock.now()
    if found.last_used_at is None or now - found.last_used_at > _TOUCH:
        Feed.objects.filter(pk=found.pk).update(last_used_at=now)
    scope = scope_of(user)
    if not scope.may(Capability.VOIR_PROGRAMMES):
        raise gone
    with in_scope(scope):
        return write_calendar(due_dates(scope=scope, today=clock.day_of(now)), address, now)


def write_calendar(found: list[Due], address: str, now: datetime) -> bytes:
    """The deadlines as a calendar: one day each, with an alarm at each notice while it is not done."""
    calendar: Any = Calendar()
    calendar.add("prodid", "-//Archipel//Dossiers//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Échéances des dossiers")
    calendar.add("refresh-interval;value=duration", "PT6H")
    for due in found:
        if due.deadline.due is not None:
            calendar.add_component(_event(due, due.deadline.due, address, now))
    raw: bytes = calendar.to_ical()
    return raw


def _event(due: Due, day: date, address: str, now: datetime) -> Any:
    one, event = due.deadline, Event()
    mark = "Fait : " if one.done else "En retard : " if one.late else ""
    event.add("uid", f"dossier-{due.dossier}-{one.id}@archipel")
    event.add("dtstamp", now)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"{mark}{one.label} ({due.title})")
    event.add("description", f"Dossier n° {due.dossier}, {due.state}. Source : {one.source or 'non dite'}.")
    event.add("url", f"{address}{due.dossier}/")
    event.add("transp", "TRANSPARENT")
    if not one.done:
        for days in NOTICE_DAYS[:3]:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", one.label)
            alarm.add("trigger", timedelta(days=-days))
            event.add_component(alarm)
    return event
