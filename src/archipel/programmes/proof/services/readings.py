"""Reading a live metric, now or at a day past, and keeping what it said."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Invalid
from archipel.kernel.indicators import Indicator, hide_small_groups
from archipel.programmes.proof import models, registry
from archipel.programmes.proof.queries import readings
from archipel.programmes.proof.queries.subjects import inside
from archipel.programmes.proof.values import LEVEL_LABELS, Subject
from archipel.programmes.proof.values.metric import Metric, Past

PRESENT = timedelta(hours=1)
"""A moment not older than this is the present, for a metric that only knows the present."""


def compute(
    *, scope: Scope, metric: Metric, subject: Subject, at: datetime, known_at: datetime | None = None
) -> Indicator | None:
    """What the metric says of a moment, as it was known; None when that moment was not kept.

    A metric whose facts are dated twice is computed again. Another is computed when the moment is the present, and
    read in the kept readings otherwise.

    Raises:
        Denied: the programmes of one of the establishments are not visible.
        Invalid: the metric says nothing at that level.
    """
    if subject.level not in metric.levels:
        raise Invalid(
            f"« {metric.label} » ne se mesure pas au niveau « {LEVEL_LABELS[subject.level]} ».", code="mesure-niveau"
        )
    for establishment in subject.establishments:
        scope.require(Capability.VOIR_PROGRAMMES, establishment)
    now = clock.now()
    known = min(known_at or now, now)
    if metric.past is Past.RELEVE and (now - at > PRESENT or now - known > PRESENT):
        return readings.latest([subject], at=at, known_at=known, metric=metric.id).get((metric.id, subject))
    return metric.compute(scope, subject, min(at, now), known)


def value(
    *, scope: Scope, metric: str, subject: Subject, at: datetime | None = None, known_at: datetime | None = None
) -> Indicator | None:
    """:func:`compute` for a reader: small groups of patients are hidden outside of the establishment.

    Raises:
        NotFound: no such metric. Denied, Invalid: see :func:`compute`.
    """
    found = compute(
        scope=scope, metric=registry.metric(metric), subject=subject, at=at or clock.now(), known_at=known_at
    )
    return None if found is None else told(scope, subject, found)


def told(scope: Scope, subject: Subject, found: Indicator) -> Indicator:
    """An indicator as this account may read it."""
    return found if inside(scope, subject.establishments) else hide_small_groups(found)


def take(*, scope: Scope, metric: str, subject: Subject) -> Indicator:
    """Read a metric now and keep what it says.

    Raises:
        NotFound: no such metric. Denied, Invalid: see :func:`compute`.
    """
    now = clock.now()
    with in_scope(scope):
        found = compute(scope=scope, metric=registry.metric(metric), subject=subject, at=now, known_at=now)
        if found is None:
            raise Invalid("Cette mesure ne dit rien du moment présent.", code="mesure-muette")
        keep(metric, subject, found)
    return found


def keep(metric: str, subject: Subject, found: Indicator) -> models.Reading:
    """Write a reading, and the text of its statement once."""
    digest = hashlib.sha256(found.query.encode()).hexdigest()
    level, code = readings.same_as(subject)
    models.Query.objects.bulk_create([models.Query(sha256=digest, text=found.query)], ignore_conflicts=True)
    return models.Reading.objects.create(
        establishments=list(subject.establishments),
        level=level,
        subject=code,
        metric=metric,
        at=found.at,
        known_at=found.known_at,
        recorded_at=clock.now(),
        measures=readings.to_json(found.measures),
        newest=found.newest,
        rows=found.rows,
        rows_sha256=found.rows_sha256,
        query_id=digest,
    )
