"""Timeliness of the RPU, as a live metric of proof: was each night's file accepted before the hour?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection

from archipel.connectors.rpu.settings import rpu_settings
from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, rows_digest, share
from archipel.programmes.proof.public import Level, Metric, Past, register_metric
from archipel.territory import public as territory

PARIS = ZoneInfo("Europe/Paris")
PERIOD = 30
"""Nights."""

NIGHTS = """
SELECT f.establishment, f.site, f.last_day, min(d.at) FILTER (WHERE d.outcome = 'accepte'), count(*),
  max(f.completeness)
FROM rpu_deposit d JOIN rpu_file f ON f.id = d.file_id
WHERE f.establishment = ANY(%(establishments)s) AND (%(sites)s::text[] = '{}' OR f.site = ANY(%(sites)s))
  AND d.at > %(since)s AND d.at <= %(at)s AND d.at <= %(known_at)s AND f.first_day < f.last_day
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def rpu_timeliness(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of the nights of 30 days whose file was accepted before the hour (04:00), by site.

    Source: arrêté du 24 juillet 2013, art. 5. Args and errors: as the other metrics.
    """
    with only_counts(scope, establishments) as codes, connection.cursor() as cursor:
        cursor.execute(
            NIGHTS,
            {"establishments": codes, "sites": list(sites), "since": at - timedelta(days=PERIOD), "at": at,
             "known_at": known_at},
        )  # fmt: skip
        rows = list(cursor.fetchall())
        count = len(
            {uf.site for uf in territory.ufs(codes)
             if uf.filiere == "URG" and not uf.closed and uf.site and (not sites or uf.site in sites)}
        )  # fmt: skip
    done = [row for row in rows if row[3] is not None]
    in_time = [row for row in done if _in_time(row[2], row[3])]
    wanted, number, digest = count * PERIOD, *rows_digest(rows)
    measures = (
        Measure("part-a-l-heure", "Nuits dont le fichier est accepté avant l'heure",
                share(min(len(in_time), wanted), wanted), "%",
                reason="" if count else "aucun service d'urgences dans la structure"),
        Measure("acceptees", "Nuits dont le fichier est accepté, même en retard", Decimal(len(done)), "nuits"),
        Measure("tentatives", "Dépôts tentés", Decimal(sum(row[4] for row in rows)), "dépôts"),
    )  # fmt: skip
    newest = max((row[3] for row in done), default=None)
    return Indicator(at, known_at, measures, newest, number, digest, NIGHTS.strip() + ";")


def _in_time(last_day: date, accepted: datetime) -> bool:
    """Whether it was accepted the day after, before the deadline, on a clock in Paris."""
    moment = accepted.astimezone(PARIS)
    return (moment.date() - last_day).days == 1 and moment.time() < rpu_settings().deadline


def register() -> None:
    """Make it known to the proof engine."""
    register_metric(
        Metric(
            id="rpu-delai",
            label="RPU transmis à l'heure",
            why="L'ARS et la veille sanitaire attendent chaque nuit, avant 4 h, les passages de la veille.",
            formula="Nuits des 30 derniers jours, par site, dont le fichier a été accepté le lendemain avant l'heure, "
            "divisées par toutes les nuits.",
            unit="%",
            levels=frozenset(Level),
            stale_days=2,
            past=Past.RECALCUL,
            source="Journal des dépôts de RPU, daté",
            compute=lambda scope, subject, at, known_at: rpu_timeliness(
                scope=scope, establishments=subject.establishments, sites=subject.sites, at=at, known_at=known_at
            ),
            board="rpu:envois",
            board_label="Envois des RPU",
        )
    )
