"""The share of qualified identities among the patients present, and among those of the last days."""

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

STATUSES = """
WITH seen AS (
  SELECT DISTINCT v.establishment, v.patient,
    bool_or(s.begin <= %(at)s AND (s.end_at IS NULL OR s.end_at > %(at)s) AND s.present) AS here
  FROM flow_segment s
  JOIN flow_venue v ON v.id = s.venue_id AND v.establishment = s.establishment AND NOT v.cancelled
  LEFT JOIN territory_uf u ON u.establishment = s.establishment AND u.code = s.uf
  WHERE s.establishment = ANY(%(establishments)s) AND s.begin <= %(at)s
    AND (s.end_at IS NULL OR s.end_at > %(since)s) AND (%(sites)s::text[] = '{}' OR u.site = ANY(%(sites)s))
  GROUP BY 1, 2
)
SELECT p.establishment, r.id, bool_or(seen.here), r.statut, max(r.updated_at)
FROM seen
JOIN identity_patient p ON p.establishment = seen.establishment AND p.key = seen.patient
JOIN identity_patient r ON r.establishment = p.establishment AND r.key = p.representative
GROUP BY 1, 2, 4
"""


def qualified_identities(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """How many of the patients have a qualified identity (INS retrieved, and a document checked).

    Merged records count once. The status of an identity is the present one: the messages that gave it are kept, its
    successive values are not, so a past day is read in the daily readings.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: patients of the UF of these FINESS EG only; all when empty.
        at: the moment; the period is the 30 days before it.
        known_at: kept with the answer.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    values: dict[str, Any] = {"establishments": [], "sites": list(sites), "at": at, "since": at - PERIOD}
    with only_counts(scope, establishments) as codes, connection.cursor() as cursor:
        cursor.execute(STATUSES, values | {"establishments": codes})
        rows = list(cursor.fetchall())
    count, digest = rows_digest((row[0], row[1], row[2], row[3]) for row in rows)
    present = [row for row in rows if row[2]]
    measures = (
        *_shares(rows, "", "les patients des 30 derniers jours"),
        *_shares(present, "-presents", "les patients présents"),
    )
    newest = max((row[4] for row in rows), default=None)
    return Indicator(at, known_at, measures, newest, count, digest, STATUSES.strip() + ";")


def _shares(rows: list[tuple[Any, ...]], suffix: str, whom: str) -> list[Measure]:
    total = len(rows)
    by_place = [sum(row[0] == place for row in rows) for place in {row[0] for row in rows}]
    smallest = min(by_place, default=None)
    counts = {status: sum(row[3] == status for row in rows) for status in ("QUAL", "RECUP", "VALI", "PROV")}
    words = {
        "QUAL": "Identités qualifiées", "RECUP": "Identités récupérées, pièce non contrôlée",
        "VALI": "Identités validées, INS non récupérée", "PROV": "Identités provisoires",
    }  # fmt: skip

    def measure(code: str, label: str, value: Decimal | None, unit: str, part: int) -> Measure:
        known = value is not None
        return Measure(
            f"{code}{suffix}", f"{label} parmi {whom}", value, unit, group=total, part=part, smallest=smallest,
            reason="" if known else "aucun patient",
        )  # fmt: skip

    found = [
        measure("part-qualifiee", words["QUAL"], share(counts["QUAL"], total), "%", counts["QUAL"]),
        measure("patients", "Patients comptés", Decimal(total), "", total),
    ]
    found += [
        measure(f"part-{status.lower()}", label, share(counts[status], total), "%", counts[status])
        for status, label in words.items()
        if status != "QUAL"
    ]
    return found
