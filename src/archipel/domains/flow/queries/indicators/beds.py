"""How old the state of the beds is, by filière; and how much of the declared capacity is followed live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection

from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, rows_digest, share
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

LOOKED_BACK = timedelta(days=31)
"""A filière of which nothing was learnt for longer has no known age."""

FRESHNESS = """
WITH units AS (
  SELECT u.establishment, u.code, u.filiere, count(*) AS beds
  FROM territory_uf u JOIN territory_lit l ON l.establishment = u.establishment AND l.uf = u.code
  WHERE u.establishment = ANY(%(establishments)s) AND (%(sites)s::text[] = '{}' OR u.site = ANY(%(sites)s))
    AND NOT u.closed AND NOT l.closed AND l.usage = 'lit' AND l.lit <> ''
  GROUP BY 1, 2, 3
),
learnt AS (
  SELECT establishment, uf, max(recorded_at) AS at FROM flow_movementfact
  WHERE establishment = ANY(%(establishments)s) AND recorded_at <= %(known_at)s AND recorded_at > %(since)s
  GROUP BY 1, 2
  UNION ALL
  SELECT establishment, uf, max(recorded_at) FROM flow_bedfact
  WHERE establishment = ANY(%(establishments)s) AND recorded_at <= %(known_at)s AND recorded_at > %(since)s
  GROUP BY 1, 2
)
SELECT u.establishment, u.code, u.filiere, u.beds, max(l.at)
FROM units u LEFT JOIN learnt l ON l.establishment = u.establishment AND l.uf = u.code
GROUP BY 1, 2, 3, 4
"""

COVERAGE = """
SELECT e.code,
  (SELECT count(*) FROM territory_lit l JOIN territory_uf u ON u.establishment = l.establishment AND u.code = l.uf
   WHERE l.establishment = e.code AND l.usage = 'lit' AND l.lit <> '' AND NOT l.closed AND NOT u.closed
     AND (%(sites)s::text[] = '{}' OR u.site = ANY(%(sites)s))),
  EXISTS (SELECT 1 FROM flow_segment s WHERE s.establishment = e.code AND s.begin <= %(at)s)
FROM territory_etablissement e WHERE e.code = ANY(%(establishments)s)
"""


def _read(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def bed_state_freshness(
    *,
    scope: Scope,
    establishments: Sequence[str],
    sites: Sequence[str] = (),
    at: datetime,
    known_at: datetime,
    bar: timedelta = timedelta(hours=24),
) -> Indicator:
    """How long ago something was last learnt about the beds of each filière, and which beds are within the bar.

    What is learnt: a movement received from the establishment's system, or an act of its staff on a bed. The age of a
    filière is that of its last news, in each establishment; a bed is within the bar when its filière is.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: keep the UF of these FINESS EG only; all when empty.
        at: the moment from which ages are counted.
        known_at: take only what had been recorded by then.
        bar: the oldest age accepted. Source: HOP'EN 2, guide des thématiques, « désengorgement des urgences »,
            objectif 2: at least daily for critical care and burns.

    Raises:
        Denied: the programmes of one of them are not visible.

    The UF, beds and filières are those of today's structure.
    """
    moment = min(at, known_at)
    with only_counts(scope, establishments) as codes:
        values = {"establishments": codes, "sites": list(sites), "known_at": moment, "since": moment - LOOKED_BACK}
        rows = _read(FRESHNESS, values)
    news: dict[tuple[str, str], datetime] = {}
    beds: dict[tuple[str, str], int] = defaultdict(int)
    for establishment, _, filiere, count, last in rows:
        beds[establishment, filiere] += count
        if last is not None:
            news[establishment, filiere] = max(last, news.get((establishment, filiere), last))
    fresh = sum(count for key, count in beds.items() if key in news and at - news[key] <= bar)
    total = sum(beds.values())
    measures = [
        Measure("part-a-jour", f"Lits dont la filière a donné des nouvelles depuis {_hours(bar)} h au plus",
                share(fresh, total), "%", reason="" if total else "aucun lit n'est décrit"),
        Measure("lits", "Lits suivis", Decimal(total)),
        *_ages(beds, news, at),
    ]  # fmt: skip
    count, digest = rows_digest(rows)
    return Indicator(at, known_at, tuple(measures), max(news.values(), default=None), count, digest, _text(FRESHNESS))


def _ages(beds: Mapping[tuple[str, str], int], news: Mapping[tuple[str, str], datetime], at: datetime) -> list[Measure]:
    """The age of the last news by filière: that of the establishment that is the latest to speak."""
    found = []
    present = {filiere for _, filiere in beds}
    for code, label in FILIERE_LABELS.items():
        if code not in present or code == "URG":
            continue
        asked = [key for key in beds if key[1] == code]
        known = [news[key] for key in asked if key in news]
        silent = len(asked) - len(known)
        age = None if silent else Decimal((at - min(known)).total_seconds()) / 3600
        reason = f"aucune nouvelle depuis {LOOKED_BACK.days} jours dans {silent} établissement(s)" if silent else ""
        value = None if age is None else max(Decimal(0), age).quantize(Decimal("0.1"), ROUND_HALF_UP)
        found.append(Measure(f"age-{code.lower()}", f"Dernières nouvelles : {label}", value, "h", reason=reason))
    return found


def followed_capacity(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """How much of the declared capacity is described bed by bed, and how many members are heard.

    The declared beds are those of the statistique annuelle des établissements (SAE), MCO to SLD; the followed ones are
    the open beds of today's structure, in establishments from which movements are received.

    Raises:
        Denied: the programmes of one of the establishments are not visible.
    """
    with only_counts(scope, establishments) as codes:
        rows = _read(COVERAGE, {"establishments": codes, "sites": list(sites), "at": at})
        declared = {
            code: sum(
                one.lits
                for place in territory.sites(code)
                if not sites or place.finess in sites
                for one in place.installed
            )
            for code in codes
        }
    heard = {code: beds for code, beds, speaks in rows if speaks}
    followed = sum(min(beds, declared[code]) if declared[code] else 0 for code, beds in heard.items())
    total = sum(declared.values())
    count, digest = rows_digest((code, beds, speaks, declared[code]) for code, beds, speaks in rows)
    measures = (
        Measure("part-suivie", "Lits déclarés (SAE) suivis en direct", share(followed, total), "%",
                reason="" if total else "aucun lit n'est déclaré"),
        Measure("lits-suivis", "Lits suivis en direct", Decimal(sum(heard.values()))),
        Measure("lits-declares", "Lits déclarés (SAE)", Decimal(total)),
        Measure("membres-entendus", "Membres dont les mouvements sont reçus", share(len(heard), len(codes)), "%"),
    )  # fmt: skip
    return Indicator(at, known_at, measures, at if heard else None, count, digest, _text(COVERAGE))


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)


def _text(sql: str) -> str:
    return sql.strip() + ";"
