"""The error of the forecasts that were shown, against what came: followed as an indicator of proof.

What counts is what was published: the first refresh of each day, kept 45 days; its forecast of the arrivals of the next
day at each emergency department is held against the arrivals counted since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, rows_digest, share
from archipel.scenarios.forecast.models import Curve, Refresh

PARIS = ZoneInfo("Europe/Paris")
PERIOD = timedelta(days=28)
QUERY = """
-- Pour chaque jour des 28 derniers : la courbe des arrivées aux urgences (forecast_curve, par jour, par site) du
-- premier calcul fait la veille (forecast_refresh) ; son point du jour (P10, P50, P90) ; le nombre constaté ce
-- jour-là, lu dans la dernière courbe qui le dit. Erreur relative : somme des écarts absolus à P50, divisée par la
-- somme des constatés.
SELECT code, at, content FROM forecast_curve JOIN forecast_refresh r ON r.id = refresh_id
WHERE measure = 'arrivees' AND filiere = '' AND grain = 'jour' AND level = 'site' AND r.state = 'fait'
  AND at > :depuis AND at <= :connu_le ORDER BY code, at;
"""
Row = tuple[str, str, float, float, float, float]
"""(site, day, seen, P10, P50, P90)."""


def published_error(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """How far the arrivals announced a day ahead were from those that came, over 28 days.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: these FINESS EG only; all when empty.
        at: end of the period.
        known_at: take only refreshes made by then.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    begin = at - PERIOD - timedelta(days=1)
    with only_counts(scope, establishments) as codes:
        found = Curve.objects.filter(
            measure="arrivees", filiere="", grain="jour", level="site", refresh__state=Refresh.DONE,
            establishments__overlap=codes, at__gt=begin, at__lte=min(at, known_at),
        ).order_by("code", "at")  # fmt: skip
        curves = [one for one in found if not sites or one.code in sites]
    rows = _rows(curves)
    count, digest = rows_digest(rows)
    newest = max((one.at for one in curves), default=None)
    return Indicator(at, known_at, _measures(rows), newest, count, digest, QUERY.strip())


def _rows(curves: Sequence[Curve]) -> list[Row]:
    told: dict[tuple[str, str], tuple[float, float, float]] = {}
    seen: dict[tuple[str, str], float] = {}
    for one in curves:
        tomorrow = (one.at.astimezone(PARIS).date() + timedelta(days=1)).isoformat()
        for day, low, middle, high in one.content.get("points", ()):
            if day == tomorrow and middle is not None:
                told.setdefault((one.code, day), (low, middle, high))
        for day, value, *_ in one.content.get("seen", ()):
            if value is not None:
                seen[one.code, day] = value
    return [(*key, seen[key], *told[key]) for key in sorted(told) if key in seen]


def _measures(rows: Sequence[Row]) -> tuple[Measure, ...]:
    reason = "" if rows else "aucune prévision d'un jour passé n'est gardée : il en faut de deux jours différents"
    total = sum(row[2] for row in rows)
    gap = sum(abs(row[2] - row[4]) for row in rows)
    inside = sum(row[3] <= row[2] <= row[5] for row in rows)
    error = (Decimal(100 * gap) / Decimal(total)).quantize(Decimal("0.1")) if total else None
    return (
        Measure("erreur", "Écart entre arrivées prévues la veille et constatées", error, "%", reason=reason),
        Measure("bande", "Jours où la réalité était dans la bande annoncée (80 % attendus)", share(inside, len(rows)),
                "%", reason=reason),
        Measure("jours", "Jours et sites comparés", Decimal(len(rows))),
    )  # fmt: skip
