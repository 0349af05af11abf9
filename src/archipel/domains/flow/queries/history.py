"""What happened, counted: arrivals at the emergency departments and stays in the beds of a filière, without identity.

Read by forecasts. Only places and moments leave here: neither key, nor number, nor name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from archipel.domains.flow.queries.bed_rows import whole_territory
from archipel.foundation.scope import Scope

_RUNS = """
WITH placed AS (
  SELECT s.venue_id, s.begin, s.end_at, u.establishment, u.site, u.filiere
  FROM flow_segment s
  JOIN territory_uf u ON u.establishment = s.establishment AND u.code = coalesce(nullif(s.uf, ''), s.uf_medicale)
  WHERE s.begin <= %(until)s AND (s.end_at IS NULL OR (s.end_at > %(since)s AND s.end_at > s.begin))
), marked AS (
  SELECT *, lag(end_at) OVER one IS NOT DISTINCT FROM begin AS goes_on,
    lag(site) OVER one AS site_before, lag(filiere) OVER one AS filiere_before
  FROM placed WINDOW one AS (PARTITION BY venue_id ORDER BY begin)
), numbered AS (
  SELECT *, count(*) FILTER (WHERE NOT goes_on OR site_before <> site OR filiere_before <> filiere)
    OVER (PARTITION BY venue_id ORDER BY begin) AS run
  FROM marked
)
SELECT establishment, site, filiere, min(begin) AS entered,
  CASE WHEN bool_or(end_at IS NULL) THEN NULL ELSE max(end_at) END AS left_at,
  (array_agg(CASE WHEN goes_on THEN filiere_before ELSE '' END ORDER BY begin))[1],
  (array_agg(goes_on AND site_before = site ORDER BY begin))[1]
FROM numbered GROUP BY venue_id, run, establishment, site, filiere ORDER BY venue_id, run
"""


@dataclass(frozen=True, slots=True)
class FiliereStay:
    """An unbroken stretch of a stay in one filière of one site; [entered, left)."""

    establishment: str
    site: str
    """FINESS EG, empty when the structure does not say."""
    filiere: str
    entered: datetime
    left: datetime | None
    """None: still there."""
    before: str
    """The filière just before, without interruption; empty for an entry from outside."""
    same_site: bool
    """It goes on from a place of the same site (the stretch before it in the list)."""


def filiere_stays(*, scope: Scope, since: datetime, until: datetime) -> tuple[FiliereStay, ...]:
    """The stretches that overlap a period, of every establishment; those of one stay follow each other in order.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        since: beginning of the period.
        until: its end: what begins later is left out, what is planned later is not an exit yet.

    Raises:
        Denied: without the capability.
    """
    with whole_territory(scope), connection.cursor() as cursor:
        cursor.execute(_RUNS, {"since": since, "until": until})
        return tuple(
            FiliereStay(place, site, filiere, entered, None if left is None or left > until else left, before or "",
                        bool(same))
            for place, site, filiere, entered, left, before, same in cursor.fetchall()
        )  # fmt: skip
