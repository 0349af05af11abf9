"""The charts of a plan, and those that set scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from archipel.foundation.web.charts import Chart, Series
from archipel.scenarios.trajectory.queries.scenarios import ScenarioInfo, Solution
from archipel.scenarios.trajectory.rules.results import PART_LABELS, Results

SOURCE = "plan recompté par le vérificateur"


def costs_chart(found: Results, at: datetime | None) -> Chart:
    """Euros by year, by part, with what doing nothing would cost."""
    parts = [
        Series(PART_LABELS[part], [round(value) for value in values], pile="plan")
        for part, values in found.parts.items()
        if any(values)
    ]
    nothing = Series("Ne rien changer", [round(value) for value in found.status_quo], kind="line")
    return Chart("couts", "Coût par année", "Année", [str(year) for year in found.years], [*parts, nothing],
                 kind="stacked", unit="€", source=SOURCE, at=at, wide=True)  # fmt: skip


def load_chart(found: Results, at: datetime | None) -> Chart:
    """Person-days by year, and the capacity of the teams."""
    series = [Series("Charge", list(found.load))]
    if found.capacity:
        series.append(Series("Capacité", list(found.capacity), kind="line"))
    return Chart("charge", "Charge des équipes", "Année", [str(year) for year in found.years], series,
                 unit="jours-homme", source=SOURCE, at=at, folded=True, wide=True)  # fmt: skip


def products_chart(found: Results, at: datetime | None) -> Chart:
    """Distinct products in use by year."""
    return Chart("produits", "Produits distincts en service", "Année", [str(year) for year in found.years],
                 [Series("Produits", list(found.products))], source=SOURCE, at=at, folded=True, wide=True)  # fmt: skip


def carbon_chart(found: Results, at: datetime | None) -> Chart:
    """Greenhouse gases of what hosts the applications, by year."""
    return Chart("carbone", "Carbone de l'hébergement des applications", "Année", [str(year) for year in found.years],
                 [Series("Émissions", list(found.carbon))], unit="kg CO2e", source=SOURCE, at=at, folded=True,
                 wide=True)  # fmt: skip


def comparison_chart(held: Sequence[tuple[ScenarioInfo, Solution]]) -> Chart | None:
    """Euros by year of several scenarios; None when there is nothing to compare."""
    plans = [(info, found.results) for info, found in held if found.results is not None]
    if not plans:
        return None
    years = sorted({year for _, plan in plans for year in plan.years})

    def values(plan: Results) -> list[float | None]:
        totals = dict(zip(plan.years, plan.totals, strict=True))
        return [round(totals[year]) if year in totals else None for year in years]

    series = [Series(f"{info.title} (n° {info.id})", values(plan)) for info, plan in plans]
    return Chart("comparaison", "Coût par année", "Année", [str(year) for year in years], series, kind="line",
                 unit="€", source=SOURCE, wide=True)  # fmt: skip
