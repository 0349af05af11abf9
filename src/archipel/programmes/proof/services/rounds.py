"""The round: every metric read, every requirement computed again, a little at each tick of the worker.

A round is made of small works (one metric for one subject, then one pack for one subject), each in its own transaction,
so that messages are never kept waiting for it. What was read lately is skipped: a round goes on after a restart, and
several workers share it. A new one begins every :data:`EVERY`, and at each change of day.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet

from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import models, registry
from archipel.programmes.proof.queries.packs import followed
from archipel.programmes.proof.queries.readings import same_as
from archipel.programmes.proof.queries.subjects import visible
from archipel.programmes.proof.queries.trend import last_round
from archipel.programmes.proof.services.following import follow_all
from archipel.programmes.proof.services.readings import take
from archipel.programmes.proof.values import Level, Subject
from archipel.programmes.proof.values.metric import Metric
from archipel.territory.public import establishments

log = logging.getLogger(__name__)
PARIS = ZoneInfo("Europe/Paris")
LEVELS = (Level.GHT, Level.EJ, Level.PMSI)
"""Whom a round looks at; a site is looked at when somebody asks."""
EVERY = timedelta(hours=6)
SECONDS = 0.2
"""How long a tick works at the most, one work at least."""
LOOK_SECONDS = 60.0
"""How often a worker looks whether a round is to be made."""
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

    at: datetime
    readings: int
    changes: int


def system() -> Scope:
    """The scope of the round: every establishment."""
    with in_scope(system_scope("preuves", [])):
        return system_scope("preuves", [row.code for row in establishments()])


def works(scope: Scope, since: datetime) -> Iterator[Work]:
    """What a round is made of, in order: the metrics not read since then, then the packs."""
    with in_scope(scope):
        looked_at = [one for level in LEVELS for one in visible(scope, level)]
        done = set(_read(since).values_list("metric", "level", "subject"))
        packs = followed(clock.now().astimezone(PARIS).date())
    for metric in registry.metrics():
        for subject in looked_at:
            key = (metric.id, *same_as(subject))
            if subject.level in metric.levels and key not in done:
                done.add(key)
                yield Work(subject, metric=metric)
    for pack in packs:
        if not pack.historique:
            for subject in looked_at:
                yield Work(subject, pack=pack)


def _read(since: datetime) -> QuerySet[models.Reading]:
    return models.Reading.objects.filter(at__gte=since, recorded_at__gte=since)


def do(scope: Scope, work: Work) -> int:
    """Do one work in its own transaction; returns how many statuses changed."""
    with in_scope(scope):
        if work.metric is not None:
            take(scope=scope, metric=work.metric.id, subject=work.subject)
        elif work.pack is not None:
            return follow_all(scope=scope, pack=work.pack, subject=work.subject)
    return 0


def run() -> Finished:
    """Make a whole round now; for the command, the demonstration and tests."""
    scope, begin = system(), clock.now()
    changes = sum(_carefully(scope, work) for work in works(scope, begin))
    return _finish(scope, begin, changes)


def _carefully(scope: Scope, work: Work) -> int:
    """One work; what cannot be measured today does not stop the others."""
    try:
        with transaction.atomic():
            return do(scope, work)
    except ArchipelError as error:
        log.warning("tour des preuves : %s (%s)", work.subject.key, error.error_code)
        return 0


def _finish(scope: Scope, since: datetime, changes: int) -> Finished:
    now = clock.now()
    with in_scope(scope):
        readings = _read(since).count()
        models.Round.objects.create(finished_at=now, readings=readings, changes=changes)
    return Finished(now, readings, changes)


def _due(now: datetime) -> bool:
    """Whether a round is to be made."""
    last = last_round()
    same_day = last is not None and last.astimezone(PARIS).date() == now.astimezone(PARIS).date()
    return last is None or not same_day or now - last >= EVERY


class Ticker:
    """A few works of the round at each tick, while there are any."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._waiting: Iterator[Work] | None = None
        self._scope: Scope | None = None
        self._changes = 0
        self._looked = 0.0

    def __call__(self) -> None:
        """Go on with the round under way, or begin one that is due; nothing when another worker is at it."""
        if self._waiting is None:
            if time.monotonic() - self._looked < LOOK_SECONDS:
                return
            self._looked = time.monotonic()
            now = clock.now()
            if not _due(now):
                return
            self._scope, self._since, self._changes = system(), now - EVERY / 2, 0
            if not self._scope.programmes:
                return
            self._waiting = works(self._scope, self._since)
        begin = time.monotonic()
        self._step()
        while self._waiting is not None and time.monotonic() - begin < SECONDS:
            self._step()

    def _step(self) -> None:
        assert self._waiting is not None and self._scope is not None and self._since is not None
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
                mine = cursor.fetchone()
            if not (mine and mine[0]):
                self._waiting = None  # another worker is at it: what is left is looked for again later
                return
            work = next(self._waiting, None)
            if work is None:
                _finish(self._scope, self._since, self._changes)
                self._waiting = None
            else:
                self._changes += _carefully(self._scope, work)

    @property
    def __name__(self) -> str:
        """As the worker logs it."""
        return "tour des preuves"


round_tick = Ticker()
