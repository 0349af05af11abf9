"""How many emergency exits have a transmitted document, and for how many patients the DMP may be fed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, rows_digest, share

PERIOD = timedelta(days=30)

EXITS = """
WITH last AS (
  SELECT DISTINCT ON (s.venue_id) s.establishment, s.venue_id, s.end_at, u.site
  FROM flow_segment s
  JOIN territory_uf u ON u.establishment = s.establishment AND u.filiere = 'URG'
    AND u.code = coalesce(nullif(s.uf, ''), s.uf_medicale)
  WHERE s.establishment = ANY(%(establishments)s) AND s.begin <= %(at)s
  ORDER BY s.venue_id, s.begin DESC
)
SELECT l.establishment, l.venue_id, l.end_at,
  EXISTS (SELECT 1 FROM documents_document d WHERE d.establishment = l.establishment AND d.venue_number = l.venue_id
    AND d.kind = 'cr_passage' AND d.state = 'transmis'),
  EXISTS (SELECT 1 FROM documents_document d WHERE d.establishment = l.establishment AND d.venue_number = l.venue_id
    AND d.kind = 'cr_passage' AND d.validated_at IS NOT NULL),
  coalesce(r.statut, p.statut, '') = 'QUAL', coalesce(v.attributes -> 'dmp_alimentation' ->> 0, '')
FROM last l
JOIN flow_venue v ON v.id = l.venue_id AND v.establishment = l.establishment AND NOT v.cancelled
LEFT JOIN identity_patient p ON p.establishment = v.establishment AND p.key = v.patient
LEFT JOIN identity_patient r ON r.establishment = p.establishment AND r.key = p.representative
WHERE l.end_at > %(since)s AND l.end_at <= %(at)s AND (%(sites)s::text[] = '{}' OR l.site = ANY(%(sites)s))
"""


def _rows(scope: Scope, establishments: Sequence[str], sites: Sequence[str], at: datetime) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {"establishments": [], "sites": list(sites), "at": at, "since": at - PERIOD}
    with only_counts(scope, establishments) as codes, connection.cursor() as cursor:
        cursor.execute(EXITS, values | {"establishments": codes})
        return list(cursor.fetchall())


def _smallest(rows: Sequence[tuple[Any, ...]]) -> int | None:
    places = [row[0] for row in rows]
    return min((places.count(place) for place in set(places)), default=None)


def _share(code: str, label: str, part: int, rows: Sequence[tuple[Any, ...]]) -> Measure:
    reason = "" if rows else "aucune sortie des urgences"
    return Measure(
        code, label, share(part, len(rows)), "%", group=len(rows), part=part, smallest=_smallest(rows), reason=reason
    )


def _count(rows: Sequence[tuple[Any, ...]]) -> Measure:
    total = len(rows)
    return Measure(
        "sorties", "Sorties des urgences, sur 30 jours", Decimal(total), group=total, part=total,
        smallest=_smallest(rows),
    )  # fmt: skip


def documents_share(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of emergency exits of the 30 days before ``at`` whose report reached every destination.

    The state of a document is the present one: a past day is read in the daily readings.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: the emergency departments of these FINESS EG only; all when empty.
        at: end of the period.
        known_at: kept with the answer.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    rows = _rows(scope, establishments, sites, at)
    count, digest = rows_digest(row[:5] for row in rows)
    measures = (
        _share("part", "Sorties dont le compte rendu est transmis", sum(row[3] for row in rows), rows),
        _share("part-validee", "Sorties dont le compte rendu est validé", sum(row[4] for row in rows), rows),
        _count(rows),
    )
    newest = max((row[2] for row in rows), default=None)
    return Indicator(at, known_at, measures, newest, count, digest, EXITS.strip() + ";")


def dmp_eligibility(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of emergency exits of the 30 days before ``at`` whose patient's DMP may be fed.

    That takes a qualified identity and no objection (ZFA-9 other than IO). Beside it: how often the information was
    given and written down (IO or INO), and how often the patient objects.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: the emergency departments of these FINESS EG only; all when empty.
        at: end of the period.
        known_at: kept with the answer.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    rows = _rows(scope, establishments, sites, at)
    count, digest = rows_digest((row[0], row[1], row[5], row[6]) for row in rows)
    informed = sum(row[6] in ("IO", "INO") for row in rows)
    measures = (
        _share("part", "Patients dont le DMP peut être alimenté", sum(row[5] and row[6] != "IO" for row in rows), rows),
        _share("part-information", "Patients dont l'information est tracée", informed, rows),
        _share("part-opposition", "Patients qui s'opposent", sum(row[6] == "IO" for row in rows), rows),
        _share("part-qualifiee", "Patients dont l'identité est qualifiée", sum(row[5] for row in rows), rows),
        _count(rows),
    )  # fmt: skip
    newest = max((row[2] for row in rows), default=None)
    return Indicator(at, known_at, measures, newest, count, digest, EXITS.strip() + ";")
