"""Is the structure shared and clean? Read at any day, with what was known at any moment.

A UF is *clean* when somebody validated it (or published it), and it belongs to a service, a pôle or a site, and the
site where it is can be found. A provisional UF comes from messages alone; an orphan one lacks its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, rows_digest, share

PARIS = ZoneInfo("Europe/Paris")

QUERY = """
WITH RECURSIVE links AS (
  SELECT child_id, parent_id, kind FROM territory_relation
  WHERE recorded_at <= %(known_at)s AND (superseded_at IS NULL OR superseded_at > %(known_at)s)
    AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)
    AND kind IN ('rattachement', 'implantation')
),
units AS (
  SELECT e.id, e.establishment, e.code, e.provisional
  FROM territory_version v JOIN territory_entity e ON e.id = v.entity_id
  WHERE e.kind = 'UF' AND e.establishment = ANY(%(establishments)s)
    AND v.recorded_at <= %(known_at)s AND (v.superseded_at IS NULL OR v.superseded_at > %(known_at)s)
    AND v.valid_from <= %(day)s AND (v.valid_to IS NULL OR v.valid_to > %(day)s)
),
up (uf, node, depth) AS (
  SELECT id, id, 0 FROM units
  UNION ALL
  SELECT up.uf, l.parent_id, up.depth + 1 FROM up JOIN links l ON l.child_id = up.node AND l.kind = 'rattachement'
  WHERE up.depth < 8
),
placed AS (
  SELECT up.uf, bool_or(up.depth = 1 AND e.kind IN ('SERVICE', 'POLE', 'EG')) AS attached,
    bool_or(e.kind = 'EG' OR i.child_id IS NOT NULL) AS located,
    (array_agg(coalesce(site.code, CASE WHEN e.kind = 'EG' THEN e.code END) ORDER BY up.depth)
      FILTER (WHERE e.kind = 'EG' OR i.child_id IS NOT NULL))[1] AS site
  FROM up JOIN territory_entity e ON e.id = up.node
  LEFT JOIN links i ON i.child_id = up.node AND i.kind = 'implantation'
  LEFT JOIN territory_entity site ON site.id = i.parent_id
  GROUP BY up.uf
),
flags AS (
  SELECT e.id, p.at, false AS provisional
  FROM territory_publication p CROSS JOIN LATERAL jsonb_array_elements(p.summary->'validees') AS v
  JOIN territory_entity e ON e.kind = v->>0 AND e.establishment = v->>1 AND e.code = v->>2
  WHERE jsonb_typeof(p.summary->'validees') = 'array'
  UNION ALL
  SELECT e.id, u.at, true
  FROM territory_publication u JOIN territory_publication p ON p.id = u.undoes_id
  CROSS JOIN LATERAL jsonb_array_elements(p.summary->'validees') AS v
  JOIN territory_entity e ON e.kind = v->>0 AND e.establishment = v->>1 AND e.code = v->>2
  WHERE jsonb_typeof(p.summary->'validees') = 'array'
)
SELECT u.establishment, u.code,
  coalesce(
    (SELECT f.provisional FROM flags f WHERE f.id = u.id AND f.at <= %(known_at)s ORDER BY f.at DESC LIMIT 1),
    (SELECT NOT f.provisional FROM flags f WHERE f.id = u.id AND f.at > %(known_at)s ORDER BY f.at LIMIT 1),
    u.provisional),
  p.attached, p.located, p.site
FROM units u JOIN placed p ON p.uf = u.id
"""

PUBLISHED = """
SELECT v.establishment, max(v.recorded_at) FROM territory_version v
JOIN territory_entity e ON e.id = v.entity_id AND e.kind = 'UF'
JOIN territory_publication p ON p.id = v.publication_id AND p.source NOT LIKE 'provisoire:%%'
WHERE v.establishment = ANY(%(establishments)s) AND v.recorded_at <= %(known_at)s GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class _Unit:
    establishment: str
    code: str
    provisional: bool
    attached: bool
    located: bool
    site: str | None

    @property
    def clean(self) -> bool:
        return not self.provisional and self.attached and self.located


def shared_structure(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """How clean and how recent the structure of some establishments is.

    Args:
        scope: must see the programmes of each.
        establishments: FINESS EJ; all the members for a group.
        sites: keep the UF of these FINESS EG only; all when empty.
        at: the moment described (its day in Paris counts).
        known_at: take only what had been published by then.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    with only_counts(scope, establishments) as codes, connection.cursor() as cursor:
        values: dict[str, Any] = {"establishments": codes, "day": at.astimezone(PARIS).date(), "known_at": known_at}
        cursor.execute(QUERY, values)
        units = [_Unit(*row) for row in cursor.fetchall()]
        cursor.execute(PUBLISHED, values)
        published = dict(cursor.fetchall())
    if sites:
        units = [unit for unit in units if unit.site in sites]
    count, digest = rows_digest(
        (unit.establishment, unit.code, unit.provisional, unit.attached, unit.located) for unit in units
    )
    oldest = min(published.values()) if len(published) == len(codes) and codes else None
    return Indicator(
        at=at,
        known_at=known_at,
        measures=_measures(codes, units, oldest, at),
        newest=max(published.values(), default=None),
        rows=count,
        rows_sha256=digest,
        query=f"{QUERY.strip()};\n\n{PUBLISHED.strip().replace('%%', '%')};",
    )


def _measures(
    codes: Sequence[str], units: Sequence[_Unit], oldest: datetime | None, at: datetime
) -> tuple[Measure, ...]:
    clean = [unit for unit in units if unit.clean]
    covered = {unit.establishment for unit in clean}
    age = None if oldest is None else Decimal(max(0, (at - oldest).days))
    return (
        Measure("part-propre", "UF validées et rattachées", share(len(clean), len(units)), "%",
                reason="" if units else "aucune UF n'est décrite"),
        Measure("uf", "UF ouvertes", Decimal(len(units))),
        Measure("provisoires", "UF provisoires, connues des seuls messages",
                Decimal(sum(unit.provisional for unit in units))),
        Measure("orphelines", "UF sans service, pôle ou site",
                Decimal(sum(not (unit.attached and unit.located) for unit in units))),
        Measure("age-publication", "Âge de la dernière publication (du membre le plus ancien)", age, "j",
                reason="" if age is not None else "un membre au moins n'a jamais publié d'UF"),
        Measure("membres-couverts", "Membres qui partagent au moins une UF propre", share(len(covered), len(codes)),
                "%"),
    )  # fmt: skip
