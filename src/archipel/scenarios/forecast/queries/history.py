"""What imported files say of the past; the last file that speaks of a day of a series prevails."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from archipel.scenarios.forecast.models import HistoryDay
from archipel.scenarios.forecast.values import SeriesKey


def told_history(since: date) -> dict[tuple[SeriesKey, str], dict[date, tuple[float, ...]]]:
    """(series of a site, FINESS EJ) → day → one value or 24, from a day on; inside the scope of the caller."""
    found: dict[tuple[SeriesKey, str], dict[date, tuple[float, ...]]] = defaultdict(dict)
    rows = HistoryDay.objects.filter(day__gte=since).order_by("file_id", "id")
    for establishment, site, measure, filiere, day, values in rows.values_list(
        "establishment", "site", "measure", "filiere", "day", "values"
    ).iterator(chunk_size=10_000):
        key = SeriesKey("site", site, measure, filiere)
        found[key, establishment][day] = tuple(float(value) for value in values)
    return dict(found)


def imported() -> bool:
    """Whether any history was ever imported; inside the scope of the caller."""
    return HistoryDay.objects.exists()
