"""Reading the trail: filtered, paged; what may be read is decided by the scope and enforced by the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from archipel.foundation.audit.models import Entry
from archipel.foundation.scope import EVERYWHERE, Capability, Scope

PER_PAGE = 100
COUNT_LIMIT = 10_000
"""Beyond this many entries the page says "more than": counting a whole ledger is a read of all of it."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked of the trail; empty filters nothing. ``since`` and ``until`` are whole days, Paris time."""

    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_key: str = ""
    establishment: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One act."""

    id: int
    at: datetime
    actor: str
    establishment: str
    action: str
    object_type: str
    object_key: str
    reason: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[str, Any]]:
        """The details in order, whatever their names (one of them may be called ``items``)."""
        return list(self.details.items())


@dataclass(frozen=True, slots=True)
class TracePage:
    """A page of acts, the newest first. ``total`` is capped at ``COUNT_LIMIT``."""

    rows: tuple[TraceRow, ...]
    total: int
    capped: bool


def traces(*, scope: Scope, filters: Filters, page: int = 1) -> TracePage:
    """The acts that answer the filters, in the establishments whose trail the scope may read.

    Must run inside ``in_scope(scope)``: row-level security decides again.

    Raises:
        Denied: the account reads no trail.
    """
    scope.require(Capability.VOIR_AUDIT)
    found = _filtered(scope, filters)
    total = found.order_by()[: COUNT_LIMIT + 1].count()
    start = (max(1, page) - 1) * PER_PAGE
    rows = tuple(
        TraceRow(e.pk, e.at, e.actor, e.establishment, e.action, e.object_type, e.object_key, e.reason, e.details)
        for e in found.order_by("-id")[start : start + PER_PAGE]
    )
    return TracePage(rows=rows, total=min(total, COUNT_LIMIT), capped=total > COUNT_LIMIT)


def _filtered(scope: Scope, filters: Filters) -> QuerySet[Entry]:
    found = Entry.objects.all()
    if not scope.may(Capability.VOIR_AUDIT, EVERYWHERE):
        places = [place for place, held in scope.grants.items() if Capability.VOIR_AUDIT in held]
        found = found.filter(establishment__in=places)
    exact = {
        "actor": filters.actor,
        "object_type": filters.object_type,
        "object_key": filters.object_key,
        "establishment": filters.establishment,
    }
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if filters.action:
        found = found.filter(action__startswith=filters.action)
    if filters.since:
        found = found.filter(at__gte=_midnight(filters.since))
    if filters.until:
        found = found.filter(at__lt=_midnight(filters.until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
