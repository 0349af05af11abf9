"""Tension and BJML: are they followed day by day, and what did the journal hold?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, rows_digest, share
from archipel.territory import public as territory

PERIOD = timedelta(days=30)
HOURS_A_DAY = 20
"""A day is followed when its level was computed in at least this many different hours."""

DAYS = """
SELECT r.establishment, r.site, (r.at AT TIME ZONE 'Europe/Paris')::date,
  count(DISTINCT date_trunc('hour', r.at)),
  max(r.level),
  max((SELECT max((one->>'valeur')::float) FROM jsonb_array_elements(r.indicators) AS one
       WHERE one->>'indicateur' = 'couverture_bjml')),
  max(r.at)
FROM flow_tensionreading r
WHERE r.establishment = ANY(%(establishments)s) AND (%(sites)s::text[] = '{}' OR r.site = ANY(%(sites)s))
  AND r.at > %(since)s AND r.at <= %(at)s AND r.at <= %(known_at)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

JOURNAL = """
SELECT f.establishment, f.subject, f.kind, f.level, f.recorded_at FROM flow_tensionfact f
WHERE f.establishment = ANY(%(establishments)s) AND f.recorded_at > %(since)s AND f.recorded_at <= %(at)s
  AND f.recorded_at <= %(known_at)s
  AND (%(sites)s::text[] = '{}' OR f.subject = ANY(SELECT 'site:' || s FROM unnest(%(sites)s::text[]) AS s))
ORDER BY f.id
"""


def _read(
    scope: Scope, establishments: Sequence[str], sites: Sequence[str], at: datetime, known_at: datetime
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], int]:
    """(days of sites, lines of the journal, sites that have an emergency department)."""
    with only_counts(scope, establishments) as codes, connection.cursor() as cursor:
        values: dict[str, Any] = {
            "establishments": codes, "sites": list(sites), "since": at - PERIOD, "at": at, "known_at": known_at,
        }  # fmt: skip
        cursor.execute(DAYS, values)
        days = list(cursor.fetchall())
        cursor.execute(JOURNAL, values)
        journal = list(cursor.fetchall())
        followed = {
            uf.site for uf in territory.ufs(codes)
            if uf.filiere == "URG" and not uf.closed and uf.site and (not sites or uf.site in sites)
        }  # fmt: skip
    return days, journal, len(followed)


def tension_journal_kept(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of the last 30 days during which the tension of each site was computed hour after hour.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: these FINESS EG only; all when empty.
        at: end of the period.
        known_at: take only what had been written by then.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    days, journal, count = _read(scope, establishments, sites, at, known_at)
    followed = sum(1 for row in days if row[3] >= HOURS_A_DAY)
    wanted = count * PERIOD.days
    none = "" if count else "aucun service d'urgences dans la structure"
    said = [row for row in journal if row[2] != "calcul"]
    measures = (
        Measure("part-suivie", "Jours de sites dont la tension est calculée d'heure en heure",
                share(min(followed, wanted), wanted), "%", reason=none),
        Measure("jours-tendus", "Jours de sites au niveau tension ou plus",
                Decimal(sum(1 for row in days if row[4] >= 2)), "j"),
        Measure("changements", "Changements de niveau au journal", Decimal(len(journal) - len(said)), "lignes"),
        Measure("gestes", "Déclarations, confirmations et levées au journal", Decimal(len(said)), "lignes"),
    )  # fmt: skip
    number, digest = rows_digest([*days, *journal])
    newest = max((row[6] for row in days), default=None)
    return Indicator(at, known_at, measures, newest, number, digest, f"{DAYS.strip()};\n\n{JOURNAL.strip()};")


def bed_need_followed(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of the last 30 days during which BJML was known and held against the beds available.

    Args and errors: as :func:`tension_journal_kept`.
    """
    days, _, count = _read(scope, establishments, sites, at, known_at)
    known = [row for row in days if row[5] is not None]
    wanted = count * PERIOD.days
    none = "" if count else "aucun service d'urgences dans la structure"
    measures = (
        Measure("part-suivie", "Jours de sites dont le BJML est comparé aux lits disponibles",
                share(min(len(known), wanted), wanted), "%", reason=none),
        Measure("part-couverte", "De ces jours, ceux où les lits ont couvert le BJML",
                share(sum(1 for row in known if row[5] >= 100), len(known)), "%",
                reason="" if known else "le BJML n'est connu d'aucun site"),
    )  # fmt: skip
    number, digest = rows_digest(days)
    newest = max((row[6] for row in known), default=None)
    return Indicator(at, known_at, measures, newest, number, digest, DAYS.strip() + ";")
