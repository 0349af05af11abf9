"""The past of an installation that begins: statuses and measures of the days before the first round, as known now.

Only what can be told honestly: metrics whose facts are dated twice, documents and decisions by their effective date.
The lines are marked by their own dates: ``at`` the day described, ``recorded_at`` the day of the computation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min

from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock
from archipel.programmes.proof import models, registry
from archipel.programmes.proof.queries.packs import followed
from archipel.programmes.proof.queries.statuses import statuses
from archipel.programmes.proof.services.following import write_changes
from archipel.programmes.proof.services.readings import compute, keep
from archipel.programmes.proof.values import Subject
from archipel.programmes.proof.values.metric import Past

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was written."""

    since: date
    readings: int
    changes: int


def rebuild(*, scope: Scope, subject: Subject, days: int, every: int = 7, measured: bool = True) -> Rebuilt:
    """Write the history of a subject before its first reading and status; what is already there stays.

    Args:
        scope: must see the programmes of every establishment of the subject.
        subject: a GHT or an establishment.
        days: how far back.
        every: one point each so many days.
        measured: compute the metrics too.

    Raises:
        Denied: an establishment is out of reach.
    """
    today = clock.now().astimezone(PARIS).date()
    begin = today - timedelta(days=days)
    readings = changes = 0
    with in_scope(scope):
        first = {
            (row["pack"], row["requirement"]): row["first"]
            for row in models.Change.objects.filter(**_mine(subject))
            .values("pack", "requirement")
            .annotate(first=Min("at"))
        }
    for back in range(days, 0, -every):
        at = datetime.combine(today - timedelta(days=back), time(23, 59), PARIS)
        with in_scope(scope):
            readings += _read(scope, subject, at) if measured else 0
            changes += _follow(scope, subject, at, first)
    return Rebuilt(begin, readings, changes)


def _mine(subject: Subject) -> dict[str, str]:
    return {"level": subject.level.value, "subject": subject.code}


def _read(scope: Scope, subject: Subject, at: datetime) -> int:
    count = 0
    for metric in registry.metrics():
        if metric.past is not Past.RECALCUL or subject.level not in metric.levels:
            continue
        if models.Reading.objects.filter(metric=metric.id, at__date=clock.day_of(at), **_mine(subject)).exists():
            continue
        found = compute(scope=scope, metric=metric, subject=subject, at=at)
        if found is not None:
            keep(metric.id, subject, found)
            count += 1
    return count


def _follow(scope: Scope, subject: Subject, at: datetime, first: Mapping[tuple[str, str], datetime]) -> int:
    count = 0
    for pack in followed(clock.day_of(at)):
        if pack.historique:
            continue
        found = statuses(scope=scope, pack=pack, subject=subject, at=at, outside=True)
        count += write_changes(
            one
            for one in found
            if one.subject == subject and at < first.get((pack.pack, one.requirement.path), clock.now())
        )
    return count
