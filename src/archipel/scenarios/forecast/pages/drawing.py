"""From a curve to its chart, its sentences and its tables. Pure but for the formats."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.web.charts import Chart, Series
from archipel.foundation.web.formats import number
from archipel.scenarios.forecast.public import (
    MEASURE_LABELS,
    METHOD_LABELS,
    CurveInfo,
    Grain,
    Measure,
    Point,
    Quality,
    Seen,
)

VIEWS: dict[str, tuple[str, Grain, int, int]] = {
    "jours": ("8 jours, par jour", Grain.JOUR, 28, 8),
    "48h": ("48 heures, par heure", Grain.HEURE, 24, 48),
    "7j": ("7 jours, par heure", Grain.HEURE, 48, 168),
}
"""Name → (label, grain, how much of the past, how much ahead)."""
UNITS = {"arrivees": "passages", "admissions": "patients", "sorties": "patients", "presents": "patients"}
_WEEKDAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")


def day_name(day: date) -> str:
    """``sam. 28/11``."""
    return f"{_WEEKDAYS[day.weekday()]} {day:%d/%m}"


def hour_name(moment: datetime) -> str:
    """``sam. 28/11 14 h``."""
    return f"{day_name(moment)} {moment.hour} h"


def moment_name(moment: date | datetime) -> str:
    """A day or an hour."""
    return hour_name(moment) if isinstance(moment, datetime) else day_name(moment)


def fan(curve: CurveInfo, view: str, place: str, filiere: str) -> Chart:
    """What was seen, then P50 in its band from P10 to P90."""
    _, _, behind, ahead = VIEWS[view]
    seen, points = curve.seen[-behind:], curve.points[:ahead]
    nothing: list[None] = [None] * len(points)
    told: list[Seen | Point] = [*seen, *points]
    moments = [*(one.moment for one in seen), *(one.moment for one in points)]
    categories: list[date] | list[str]
    categories = (
        [hour_name(one) for one in moments if isinstance(one, datetime)]
        if curve.grain is Grain.HEURE
        else [one for one in moments if not isinstance(one, datetime)]
    )
    title = f"{MEASURE_LABELS[curve.key.measure]}, {filiere.lower()}, {place}" if filiere else (
        f"{MEASURE_LABELS[curve.key.measure]}, {place}"
    )  # fmt: skip
    source = f"Archipel, {METHOD_LABELS.get(curve.method, curve.method).lower()}"
    return Chart(
        name="prevision",
        title=title,
        heading="Heure" if curve.grain is Grain.HEURE else "Jour",
        categories=categories,
        series=(
            Series("Constaté", [*(one.value for one in seen), *nothing]),
            Series(
                "Attendu (P50)",
                [one.p50 for one in told],
                low=[one.p10 for one in told],
                high=[one.p90 for one in told],
            ),
        ),
        kind="line",
        unit=UNITS[curve.key.measure],
        source=source,
        at=curve.at,
        decimals=1,
        folded=True,
        wide=True,
    )


@dataclass(frozen=True, slots=True)
class PointLine:
    """A point ahead, in words and figures."""

    name: str
    sort: str
    p10: float | None
    p50: float | None
    p90: float | None


def table(curve: CurveInfo, view: str) -> list[PointLine]:
    """The points ahead."""
    return [
        PointLine(moment_name(one.moment), one.moment.isoformat(), one.p10, one.p50, one.p90)
        for one in curve.points[: VIEWS[view][3]]
    ]


def error_chart(curve: CurveInfo) -> Chart | None:
    """The mean error by horizon of what is shown and of the best of the others."""
    if curve.model is None or not curve.model.mae_by_horizon:
        return None
    daily = curve.grain is Grain.JOUR
    step = 1 if daily else 6
    ranks = (
        range(0, len(curve.model.mae_by_horizon), step) if daily else range(5, len(curve.model.mae_by_horizon), step)
    )
    names = [("aujourd'hui" if rank == 0 else f"J+{rank}") if daily else f"+{rank + 1} h" for rank in ranks]

    def values(one: Quality) -> list[float | None]:
        return [None if math.isnan(one.mae_by_horizon[rank]) else one.mae_by_horizon[rank] for rank in ranks]

    every = (curve.model, *curve.baselines[:2])
    return Chart(
        name="erreur",
        title="Erreur moyenne selon l'horizon",
        heading="Horizon",
        categories=names,
        series=[Series(METHOD_LABELS.get(one.method, one.method), values(one)) for one in every],
        kind="line",
        unit=UNITS[curve.key.measure],
        source="contrôle rétrospectif, sur des jours que la méthode n'avait pas vus",
        at=curve.at,
        decimals=2,
        folded=True,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A method in the panel of errors."""

    label: str
    shown: bool
    model: bool
    mae: str
    pinball: str
    below: tuple[str, str, str]
    coverage: str
    count: int
    quality: Quality


def lines(curve: CurveInfo) -> list[Line]:
    """The model, then the baselines from the best to the worst."""
    if curve.model is None:
        return []
    return [_line(curve, one, model=rank == 0) for rank, one in enumerate((curve.model, *curve.baselines))]


def _line(curve: CurveInfo, one: Quality, *, model: bool) -> Line:
    low, middle, high = (percent(value) for value in one.below)
    shown = (curve.state == "modele") is model and one.method == curve.method
    return Line(
        METHOD_LABELS.get(one.method, one.method), shown, model, figure(one.mae, 2), figure(one.pinball, 2),
        (low, middle, high), percent(one.coverage), one.count, one,
    )  # fmt: skip


def figure(value: float, decimals: int) -> str:
    """A figure, or ``inconnu``."""
    return number(None if math.isnan(value) else value, decimals)


def percent(value: float) -> str:
    """A share as ``79 %``."""
    return "inconnu" if math.isnan(value) else f"{number(100 * value, 0)}\u00a0%"


def calibration(curve: CurveInfo) -> str:
    """What the measured coverage says of the band, in words."""
    shown = curve.shown
    if shown is None or math.isnan(shown.coverage):
        return ""
    share = percent(shown.coverage)
    if shown.coverage < 0.7:
        return f"La bande est trop étroite : elle a contenu la réalité dans {share} des cas, 80 % attendus."
    if shown.coverage > 0.9:
        return f"La bande est large : elle a contenu la réalité dans {share} des cas, 80 % attendus."
    return f"La bande a contenu la réalité dans {share} des cas, pour 80 % attendus."


def sentence(curve: CurveInfo) -> str:
    """The first line of the page: what is expected."""
    unit = UNITS[curve.key.measure]
    if curve.grain is Grain.JOUR:
        if len(curve.points) < 2 or curve.points[1].p50 is None:
            return ""
        point = curve.points[1]
        when = "Demain soir" if curve.key.measure == Measure.PRESENTS else "Demain"
        return f"{when}, {band(point, unit)}."
    if curve.key.measure == Measure.PRESENTS:
        at = 23
        return f"Dans 24 heures, {band(curve.points[at], unit)}." if len(curve.points) > at else ""
    total = curve.total(24)
    return f"Dans les 24 heures qui viennent, {band(total.point, unit)}." if total else ""


def band(point: Point, unit: str) -> str:
    """``366 patients attendus (huit fois sur dix de 340 à 395)``."""
    said = f"huit fois sur dix de {number(point.p10, 0)} à {number(point.p90, 0)}"
    return f"{number(point.p50, 0)} {unit} attendus ({said})"
