"""The daily round: every metric read, every requirement computed again, a little at each tick of the worker.

A round is made of small works (one metric for one subject, then one pack for one subject), each in its own transaction,
so that messages are never kept waiting for it. What is already done today is skipped: a round goes on after a restart,
and several workers share it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as hour
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet

from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import models, registry
from archipel.programmes.proof.queries.packs import followed
from archipel.programmes.proof.queries.subjects import visible
from archipel.programmes.proof.services.following import follow_all
from archipel.programmes.proof.services.readings import take
from archipel.programmes.proof.values import Level, Subject
from archipel.programmes.proof.values.metric import Metric
from archipel.territory.public import establishments

log = logging.getLogger(__name__)
PARIS = ZoneInfo("Europe/Paris")
LEVELS = (Level.GHT, Level.EJ, Level.PMSI)
"""Whom a round looks at; a site is looked at when somebody asks."""
EVERY_SECONDS = 60.0
"""How often a worker looks whether the round of the day is still to be made."""
_LOCK = 7205_320


@dataclass(frozen=True, slots=True)
class Work:
    """One small work of a round: a metric to read, or a pack to compute."""

    subject: Subject
    metric: Metric | None = None
    pack: Pack | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A round made whole."""

    day: date
    readings: int
    changes: int


def system() -> Scope:
    """The scope of the round: every establishment."""
    with in_scope(system_scope("preuves", [])):
        return system_scope("preuves", [row.code for row in establishments()])


def works(scope: Scope, day: date) -> Iterator[Work]:
    """What a round is made of, in order: the readings first."""
    with in_scope(scope):
        looked_at = [one for level in LEVELS for one in visible(scope, level)]
        done = set(_today(day).values_list("metric", "level", "subject"))
        packs = followed(day)
    for metric in registry.metrics():
        for subject in looked_at:
            if subject.level in metric.levels and (metric.id, subject.level.value, subject.code) not in done:
                yield Work(subject, metric=metric)
    for pack in packs:
        if not pack.historique:
            for subject in looked_at:
                yield Work(subject, pack=pack)


def _today(day: date) -> QuerySet[models.Reading]:
    begin = datetime.combine(day, hour(0), PARIS)
    return models.Reading.objects.filter(at__gte=begin, recorded_at__gte=begin)


def do(scope: Scope, work: Work) -> int:
    """Do one work in its own transaction; returns how many statuses changed."""
    with in_scope(scope):
        if work.metric is not None:
            take(scope=scope, metric=work.metric.id, subject=work.subject)
        elif work.pack is not None:
            return follow_all(scope=scope, pack=work.pack, subject=work.subject)
    return 0


def run(day: date | None = None) -> Finished:
    """Make the whole round now; for the command and for tests."""
    today = day or clock.now().astimezone(PARIS).date()
    scope = system()
    changes = sum(_carefully(scope, work) for work in works(scope, today))
    return _finish(scope, today, changes)


def _carefully(scope: Scope, work: Work) -> int:
    """One work; what cannot be measured today does not stop the others."""
    try:
        with transaction.atomic():
            return do(scope, work)
    except ArchipelError as error:
        log.warning("tour des preuves : %s (%s)", work.subject.key, error.error_code)
        return 0


def _finish(scope: Scope, day: date, changes: int) -> Finished:
    with in_scope(scope):
        readings = _today(day).count()
        models.Round.objects.bulk_create(
            [models.Round(day=day, finished_at=clock.now(), readings=readings, changes=changes)], ignore_conflicts=True
        )
    return Finished(day, readings, changes)


class Ticker:
    """One work of the round at each tick, while there is any."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._waiting: Iterator[Work] | None = None
        self._scope: Scope | None = None
        self._changes = 0
        self._looked = 0.0

    def __call__(self) -> None:
        """Go on with the round of the day; nothing when it is made, or when another worker is at it."""
        today = clock.now().astimezone(PARIS).date()
        if self._waiting is None or self._day != today:
            if time.monotonic() - self._looked < EVERY_SECONDS:
                return
            self._looked = time.monotonic()
            if models.Round.objects.filter(day=today).exists():
                return
            self._scope, self._day, self._changes = system(), today, 0
            if not self._scope.programmes:
                return
            self._waiting = works(self._scope, today)
        self._step()

    def _step(self) -> None:
        assert self._waiting is not None and self._scope is not None and self._day is not None
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
                mine = cursor.fetchone()
            if not (mine and mine[0]):
                self._waiting = None  # another worker is at it: what is left is looked for again later
                return
            work = next(self._waiting, None)
            if work is None:
                _finish(self._scope, self._day, self._changes)
                self._waiting = None
            else:
                self._changes += _carefully(self._scope, work)

    @property
    def __name__(self) -> str:
        """As the worker logs it."""
        return "tour des preuves"


round_tick = Ticker()
