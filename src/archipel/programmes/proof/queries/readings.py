"""What the live metrics said: the last reading at a moment, the history, and how a reading is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from archipel.kernel.indicators import Indicator, Measure
from archipel.programmes.proof import models
from archipel.programmes.proof.values import Level, Subject

Readings = Mapping[tuple[str, Subject], Indicator]


def to_json(measures: Iterable[Measure]) -> list[dict[str, Any]]:
    """Measures as JSON values; numbers are texts, so that not a digit is lost."""
    return [
        {
            "code": one.code,
            "libelle": one.label,
            "valeur": None if one.value is None else str(one.value),
            "unite": one.unit,
            "effectif": one.group,
            "dont": one.part,
            "plus_petit": one.smallest,
            "raison": one.reason,
        }
        for one in measures
    ]


def from_json(values: Iterable[Mapping[str, Any]]) -> tuple[Measure, ...]:
    """Measures read back."""
    return tuple(
        Measure(
            code=one["code"],
            label=one["libelle"],
            value=None if one["valeur"] is None else Decimal(one["valeur"]),
            unit=one["unite"],
            group=one["effectif"],
            part=one["dont"],
            smallest=one["plus_petit"],
            reason=one["raison"],
        )
        for one in values
    )


def indicator_of(row: models.Reading) -> Indicator:
    """A reading read back; the text of the statement is left aside (see :func:`query_text`)."""
    return Indicator(
        at=row.at,
        known_at=row.known_at,
        measures=from_json(row.measures),
        newest=row.newest,
        rows=row.rows,
        rows_sha256=row.rows_sha256,
        query=row.query_id,
    )


def query_text(sha256: str) -> str:
    """The text of a statement that gave a reading; empty when it is not known."""
    return models.Query.objects.filter(pk=sha256).values_list("text", flat=True).first() or ""


def latest(
    subjects: Iterable[Subject], *, at: datetime, known_at: datetime, metric: str = ""
) -> dict[tuple[str, Subject], Indicator]:
    """The last reading of each metric for each subject, about a moment not later than ``at``, as known; one query.

    A FINESS PMSI that is a whole establishment is read as that establishment.
    """
    asked: dict[tuple[str, str], list[Subject]] = defaultdict(list)
    for one in subjects:
        asked[same_as(one)].append(one)
    rows = models.Reading.objects.filter(subject__in={code for _, code in asked}, at__lte=at, recorded_at__lte=known_at)
    if metric:
        rows = rows.filter(metric=metric)
    found = {}
    for row in rows.order_by("metric", "subject", "level", "-at", "-id").distinct("metric", "subject", "level"):
        for whom in asked.get((row.level, row.subject), ()):
            found[row.metric, whom] = indicator_of(row)
    return found


def same_as(subject: Subject) -> tuple[str, str]:
    """(level, code) under which the readings of a subject are kept."""
    if subject.level is Level.PMSI and not subject.sites and len(subject.establishments) == 1:
        return Level.EJ.value, subject.establishments[0]
    return subject.level.value, subject.code


def history(metric: str, seen: Subject, *, since: datetime, until: datetime) -> tuple[Indicator, ...]:
    """The readings of a metric for a subject over a period, oldest first; the last one of each moment."""
    level, code = same_as(seen)
    rows = models.Reading.objects.filter(
        metric=metric, subject=code, level=level, at__gt=since, at__lte=until
    ).order_by("at", "id")
    found: dict[datetime, Indicator] = {row.at: indicator_of(row) for row in rows}
    return tuple(found.values())
