"""The SQL that says, for each bed, the facts behind its state; shared by the territory, the list and the unit.

It gives the same word as :func:`archipel.domains.flow.rules.bed_state` (a test compares them), for the whole territory
in one statement. Callers run it in :func:`whole_territory`: the plans of venues are filtered by establishment, and only
places, moments and numbers leave here, never a key nor a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from archipel.foundation.scope import Capability, Scope, in_scope, system_scope

PLAN_LAPSES = "24 hours"
"""A plan that was never carried out nor cancelled keeps its bed this long past its time."""

_LIVE = """
live AS MATERIALIZED (
  SELECT establishment, venue_id, begin, end_at, uf, chambre, lit, present, sexe, patient_class
    FROM flow_segment WHERE end_at IS NULL
  UNION ALL
  SELECT establishment, venue_id, begin, end_at, uf, chambre, lit, present, sexe, patient_class
    FROM flow_segment WHERE end_at > %(now)s
)"""

_PLANS = """
plans AS MATERIALIZED (
  SELECT v.establishment, v.id AS venue_id, (p->>'at')::timestamptz AS at, p->>'uf' AS uf,
    p->>'chambre' AS chambre, p->>'lit' AS lit, p->>'kind' AS kind, p->>'wish' AS wish
  FROM flow_venue v CROSS JOIN LATERAL jsonb_array_elements(v.plans) AS p
  WHERE v.plans <> '[]'::jsonb AND NOT v.cancelled AND (v.discharged_at IS NULL OR v.discharged_at > %(now)s)
    AND (p->>'at')::timestamptz > %(now)s::timestamptz - %(lapse)s::interval
)"""

_INSIDE = """
inside AS MATERIALIZED (
  SELECT establishment, uf, chambre, lit, count(DISTINCT venue_id) AS patients, min(begin) AS since,
    array_agg(venue_id) AS venues
  FROM live WHERE begin <= %(now)s GROUP BY 1, 2, 3, 4
)"""

_AWAITED = """
awaited AS MATERIALIZED (
  SELECT e.establishment, e.uf, e.chambre, e.lit, min(e.at) AS at
  FROM (
    SELECT establishment, venue_id, uf, chambre, lit, begin AS at FROM live WHERE begin > %(now)s
    UNION ALL
    SELECT establishment, venue_id, uf, chambre, lit, at FROM plans WHERE kind <> 'A16'
  ) AS e
  LEFT JOIN inside i USING (establishment, uf, chambre, lit)
  WHERE (e.lit <> '' OR e.chambre <> '') AND e.at <= %(now)s::timestamptz + interval '24 hours'
    AND NOT (e.venue_id = ANY(coalesce(i.venues, '{}')))
  GROUP BY 1, 2, 3, 4
)"""

_BEDS = """
beds AS MATERIALIZED (
  SELECT l.establishment, l.uf, l.chambre, l.lit, u.site, u.filiere, l.usage,
    l.provisional OR u.provisional AS provisional,
    NOT (l.closed OR u.closed) AS installed,
    coalesce(b.closed AND (b.closed_until IS NULL OR b.closed_until > %(now)s), false) AS shut,
    coalesce(NOT b.armed AND (b.unstaffed_until IS NULL OR b.unstaffed_until > %(now)s), false) AS unstaffed,
    coalesce(i.patients, 0) AS patients,
    a.at IS NOT NULL OR coalesce(
      b.reserved_from <= %(now)s::timestamptz + interval '24 hours'
      AND (b.reserved_until IS NULL OR b.reserved_until > %(now)s)
      AND NOT EXISTS (
        SELECT 1 FROM flow_segment s
        WHERE s.venue_id = b.reserved_venue AND s.establishment = b.establishment AND s.uf = b.uf
          AND s.chambre = b.chambre AND s.lit = b.lit AND s.begin <= %(now)s
          AND (s.end_at IS NULL OR s.end_at > b.reserved_at))
      AND NOT EXISTS (
        SELECT 1 FROM flow_venue v
        WHERE v.id = b.reserved_venue AND v.establishment = b.establishment
          AND (v.cancelled OR v.discharged_at <= %(now)s)), false) AS awaited,
    CASE WHEN i.patients > 0 THEN false ELSE
      coalesce(b.to_clean_at > coalesce(b.cleaned_at, '-infinity'), false)
      OR (u.tracks_cleaning AND coalesce(left_at.at > coalesce(b.cleaned_at, '-infinity'), false))
    END AS dirty,
    b.updated_at
  FROM territory_lit l
  JOIN territory_uf u ON u.establishment = l.establishment AND u.code = l.uf
  LEFT JOIN flow_bedstatus b
    ON b.establishment = l.establishment AND b.uf = l.uf AND b.chambre = l.chambre AND b.lit = l.lit
  LEFT JOIN inside i
    ON i.establishment = l.establishment AND i.uf = l.uf AND i.chambre = l.chambre AND i.lit = l.lit
  LEFT JOIN awaited a
    ON a.establishment = l.establishment AND a.uf = l.uf AND a.chambre = l.chambre AND a.lit = l.lit
  LEFT JOIN LATERAL (
    SELECT max(last.end_at) AS at FROM (
      SELECT s.end_at FROM flow_segment s
      WHERE s.establishment = l.establishment AND s.uf = l.uf AND s.chambre = l.chambre AND s.lit = l.lit
        AND s.end_at <= %(now)s AND u.tracks_cleaning AND i.patients IS NULL
      ORDER BY s.begin DESC LIMIT 8) AS last
  ) AS left_at ON true
  WHERE l.lit <> ''
)"""

_WORDS = """
words AS MATERIALIZED (
  SELECT *, CASE
    WHEN patients > 0 THEN 'occupe'
    WHEN shut OR NOT installed THEN 'ferme'
    WHEN unstaffed THEN 'non_arme'
    WHEN dirty THEN 'a_nettoyer'
    WHEN awaited THEN 'reserve'
    ELSE 'libre' END AS state
  FROM beds
)"""

BED_ROWS = "WITH " + ",".join((_LIVE, _PLANS, _INSIDE, _AWAITED, _BEDS, _WORDS))
"""CTE up to ``words``: one row per bed. Parameters: ``now``, ``lapse``."""


@contextmanager
def whole_territory(scope: Scope) -> Iterator[list[str]]:
    """Read the capacity of every establishment, for a scope that may see it: only counts may leave the block.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM territory_etablissement")
        codes = [code for (code,) in cursor.fetchall()]
    with in_scope(system_scope("capacité", codes)):
        yield codes
