"""Requests for a bed between units and establishments: are they answered, and how fast?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, nearest_rank, rows_digest, share

PERIOD = timedelta(days=30)

ANSWERS = """
SELECT r.establishment, r.id, min(e.recorded_at) FILTER (WHERE e.status = 'envoyee'),
  min(e.recorded_at) FILTER (WHERE e.status IN ('acceptee', 'refusee'))
FROM flow_request r
JOIN flow_requestevent e ON e.request_id = r.id AND e.recorded_at <= %(known_at)s
WHERE r.establishment = ANY(%(establishments)s) AND r.created_at > %(since)s AND r.created_at <= %(at)s
  AND (%(sites)s::text[] = '{}' OR EXISTS (
    SELECT 1 FROM territory_uf u WHERE u.establishment = r.receiving_establishment AND u.code = r.uf
      AND u.site = ANY(%(sites)s)))
GROUP BY 1, 2
"""


def request_answers(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of the requests of the last 30 days that were answered, and the median delay of the answer.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ that ask.
        sites: requests made to the UF of these FINESS EG only; all when empty.
        at: end of the period.
        known_at: take only what had been entered by then.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    with only_counts(scope, establishments) as codes, connection.cursor() as cursor:
        cursor.execute(
            ANSWERS,
            {"establishments": codes, "sites": list(sites), "at": at, "since": at - PERIOD, "known_at": known_at},
        )
        rows = [row for row in cursor.fetchall() if row[2] is not None]
    answered = [row for row in rows if row[3] is not None]
    minutes = [Decimal(int((row[3] - row[2]).total_seconds() // 60)) for row in answered]
    total = len(rows)
    smallest = min((sum(row[0] == place for row in rows) for place in {row[0] for row in rows}), default=None)
    count, digest = rows_digest(rows)
    none = "aucune demande de lit sur 30 jours" if not rows else "aucune réponse"
    measures = (
        Measure("part-repondue", "Demandes de lit auxquelles il est répondu", share(len(answered), total), "%",
                group=total, part=len(answered), smallest=smallest, reason="" if rows else none),
        Measure("mediane", "Délai médian de la réponse", nearest_rank(minutes, 50), "min", group=len(answered),
                reason="" if minutes else none),
        Measure("demandes", "Demandes de lit sur 30 jours", Decimal(total), "", group=total, part=total,
                smallest=smallest),
    )  # fmt: skip
    newest = max((row[3] or row[2] for row in rows), default=None)
    return Indicator(at, known_at, measures, newest, count, digest, ANSWERS.strip() + ";")
