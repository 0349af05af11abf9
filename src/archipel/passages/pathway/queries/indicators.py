"""How many passages had a page."""

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

PASSAGES = """
SELECT s.establishment, s.venue_id, min(s.begin), min(o.opened_at) FILTER (WHERE o.opened_at <= %(known_at)s)
FROM flow_segment s
JOIN territory_uf u ON u.establishment = s.establishment AND u.filiere = 'URG'
  AND u.code = coalesce(nullif(s.uf, ''), s.uf_medicale)
JOIN flow_venue v ON v.id = s.venue_id AND v.establishment = s.establishment AND NOT v.cancelled
LEFT JOIN pathway_opening o ON o.establishment = s.establishment AND o.venue_number = s.venue_id
WHERE s.establishment = ANY(%(establishments)s) AND (%(sites)s::text[] = '{}' OR u.site = ANY(%(sites)s))
  AND s.begin > %(since)s AND s.begin <= %(at)s
GROUP BY 1, 2
"""


def pathway_share(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of emergency passages, begun in the 30 days before ``at``, whose patient had a page.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: the emergency departments of these FINESS EG only; all when empty.
        at: end of the period.
        known_at: pages opened by then.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    values: dict[str, Any] = {
        "establishments": [], "sites": list(sites), "at": at, "since": at - PERIOD, "known_at": known_at,
    }  # fmt: skip
    with only_counts(scope, establishments) as codes, connection.cursor() as cursor:
        cursor.execute(PASSAGES, values | {"establishments": codes})
        rows = list(cursor.fetchall())
    count, digest = rows_digest(rows)
    total, opened = len(rows), sum(row[3] is not None for row in rows)
    places = [row[0] for row in rows]
    smallest = min((places.count(place) for place in set(places)), default=None)
    measures = (
        Measure("part", "Passages dont le patient a eu un fil d'Ariane", share(opened, total), "%", group=total,
                part=opened, smallest=smallest, reason="" if rows else "aucun passage aux urgences"),
        Measure("passages", "Passages aux urgences, sur 30 jours", Decimal(total), group=total, part=total,
                smallest=smallest),
    )  # fmt: skip
    return Indicator(
        at, known_at, measures, max((row[2] for row in rows), default=None), count, digest, PASSAGES.strip() + ";"
    )
