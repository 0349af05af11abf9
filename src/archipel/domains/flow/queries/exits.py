"""Who left an emergency department, and what the venue's messages told besides its movements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from archipel.foundation.bulk import plain_reading

_EXITS = """
SELECT DISTINCT ON (s.venue_id) s.establishment, v.key, s.venue_id, v.patient, u.site, s.end_at
FROM flow_segment s
JOIN territory_uf u ON u.establishment = s.establishment AND u.filiere = 'URG'
  AND u.code = coalesce(nullif(s.uf, ''), s.uf_medicale)
JOIN flow_venue v ON v.id = s.venue_id AND v.establishment = s.establishment AND NOT v.cancelled
WHERE s.end_at > %(since)s AND s.end_at <= %(until)s AND NOT EXISTS (
  SELECT 1 FROM flow_segment n
  JOIN territory_uf m ON m.establishment = n.establishment AND m.filiere = 'URG'
    AND m.code = coalesce(nullif(n.uf, ''), n.uf_medicale)
  WHERE n.venue_id = s.venue_id AND n.begin >= s.end_at AND n.begin <= %(until)s)
ORDER BY s.venue_id, s.end_at DESC
"""

_VENUE = """
SELECT v.establishment, v.key, v.patient, v.begin, v.discharged_at, v.exit_mode, v.attributes,
  (SELECT coalesce(nullif(s.uf, ''), s.uf_medicale) FROM flow_segment s WHERE s.venue_id = v.id
   AND s.begin <= %(now)s ORDER BY s.begin DESC LIMIT 1),
  ARRAY(SELECT DISTINCT coalesce(nullif(s.uf, ''), s.uf_medicale) FROM flow_segment s WHERE s.venue_id = v.id
   AND s.begin <= %(now)s)
FROM flow_venue v WHERE v.id = %(venue)s AND NOT v.cancelled
"""


@dataclass(frozen=True, slots=True)
class EdExit:
    """A patient who left an emergency department and did not come back to it."""

    establishment: str
    key: str
    venue_id: int
    patient: str
    site: str
    """FINESS EG of the department; empty when unknown."""
    left_at: datetime


@dataclass(frozen=True, slots=True)
class VenueInfo:
    """A venue and what its messages told: consents, PMSI modes, death. Personal data."""

    establishment: str
    key: str
    venue_id: int
    patient: str
    begin: datetime | None
    discharged_at: datetime | None
    exit_mode: str
    attributes: Mapping[str, Any]
    """field → value, as its messages said last (see ``values/labels.py``)."""
    last_uf: str
    """Where the patient is, or was last."""
    ufs: tuple[str, ...]
    """Every unit gone through so far."""


def ed_exits(*, since: datetime, until: datetime) -> list[EdExit]:
    """Those who left an emergency department in ``]since, until]``, within the scope of the transaction."""
    with connection.cursor() as cursor:
        plain_reading(cursor)
        cursor.execute(_EXITS, {"since": since, "until": until})
        return [EdExit(*row) for row in cursor.fetchall()]


def venue_info(*, venue: int, at: datetime) -> VenueInfo | None:
    """One venue; None when it is cancelled or out of the scope."""
    with connection.cursor() as cursor:
        plain_reading(cursor)
        cursor.execute(_VENUE, {"venue": venue, "now": at})
        row = cursor.fetchone()
    if row is None:
        return None
    attributes = {name: told[0] for name, told in (row[6] or {}).items()}
    return VenueInfo(
        row[0], row[1], venue, row[2], row[3], row[4], row[5], attributes, row[7] or "", tuple(filter(None, row[8]))
    )
