"""What the layers above may use of forecasts."""

from __future__ import annotations

from archipel.scenarios.forecast.queries.capacities import OfferLine, offer_lines
from archipel.scenarios.forecast.queries.curves import (
    CurveInfo,
    Expected,
    PlaceInfo,
    Point,
    RefreshInfo,
    Seen,
    Total,
    curve,
    curves,
    expected,
    filieres,
    places,
    refresh_info,
)
from archipel.scenarios.forecast.queries.history import imported
from archipel.scenarios.forecast.services.imports import DryRun, apply, examine, manageable, receive
from archipel.scenarios.forecast.services.refresh import Refreshed, ask, everyone, refresh
from archipel.scenarios.forecast.services.schedule import forecast_tick
from archipel.scenarios.forecast.values import (
    MEASURE_HELP,
    MEASURE_LABELS,
    METHOD_LABELS,
    Grain,
    Measure,
    Quality,
    SeriesKey,
)

__all__ = [
    "MEASURE_HELP",
    "MEASURE_LABELS",
    "METHOD_LABELS",
    "CurveInfo",
    "DryRun",
    "Expected",
    "Grain",
    "Measure",
    "OfferLine",
    "PlaceInfo",
    "Point",
    "Quality",
    "RefreshInfo",
    "Refreshed",
    "Seen",
    "SeriesKey",
    "Total",
    "apply",
    "ask",
    "curve",
    "curves",
    "everyone",
    "examine",
    "expected",
    "filieres",
    "forecast_tick",
    "imported",
    "manageable",
    "offer_lines",
    "places",
    "receive",
    "refresh",
    "refresh_info",
]
