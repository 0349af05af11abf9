"""The tables of a plan as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.kernel.errors import Conflict, NotFound
from archipel.scenarios.trajectory.pages import shell
from archipel.scenarios.trajectory.queries.scenarios import ScenarioInfo, Solution, scenario, solution
from archipel.scenarios.trajectory.rules.checker import costs_by_part
from archipel.scenarios.trajectory.rules.results import PART_LABELS, Results

Rows = Iterable[Sequence[object]]


def sound(info: ScenarioInfo) -> tuple[Solution, Results]:
    """The plan of a scenario.

    Raises:
        Conflict: there is none that the checker accepts.
    """
    held = solution(info)
    if held is None or not held.sound or held.results is None:
        raise Conflict("Ce scénario n'a pas encore de plan vérifié.", code="sans-plan")
    return held, held.results


def switches(held: Solution, plan: Results) -> tuple[Sequence[str], Rows]:
    """Every switch."""
    del held
    titles = ("Année", "Établissement", "FINESS EJ", "Fonction", "De", "Vers", "Charge (jours-homme)", "Coût (€)",
              "Grande bascule")  # fmt: skip
    return titles, ([s.year, s.name, s.establishment, s.label, s.before, s.after, s.days, s.euros, s.large]
                    for s in plan.switches)  # fmt: skip


def costs(held: Solution, plan: Results) -> tuple[Sequence[str], Rows]:
    """Euros by establishment, year and part."""
    names = {one.id: one.label for one in held.built.problem.establishments}
    rows = sorted(costs_by_part(held.built.problem, held.choices).items())
    return ("Établissement", "FINESS EJ", "Année", "Part", "Coût (€)"), (
        [names[place], place, plan.years[rank], PART_LABELS[part], round(euros, 2)]
        for (place, rank, part), euros in rows
    )


def years(held: Solution, plan: Results) -> tuple[Sequence[str], Rows]:
    """One line a year: cost, load, capacity, products, sovereignty, carbon."""
    del held
    capacity = plan.capacity or (None,) * len(plan.years)
    titles = ("Année", "Coût (€)", "Ne rien changer (€)", "Charge (jours-homme)", "Capacité (jours-homme)", "Produits",
              "Souverain (%)", "Carbone (kg CO2e)")  # fmt: skip
    return titles, (
        [year, round(plan.totals[rank], 2), round(plan.status_quo[rank], 2), plan.load[rank], capacity[rank],
         plan.products[rank], round(plan.sovereign[rank], 1), plan.carbon[rank]]
        for rank, year in enumerate(plan.years)
    )  # fmt: skip


def target(held: Solution, plan: Results) -> tuple[Sequence[str], Rows]:
    """What serves each function of each establishment, year by year."""
    names = {one.id: one.label for one in held.built.problem.establishments}
    labels = {one.id: one.label for one in held.built.problem.functions}
    return ("Établissement", "FINESS EJ", "Fonction", "Aujourd'hui", *map(str, plan.years)), (
        [names[one.establishment], one.establishment, labels[one.function], one.before, *one.by_year]
        for one in held.choices
    )


def constraint_prices(held: Solution, plan: Results) -> tuple[Sequence[str], Rows]:
    """What each constraint costs."""
    del plan
    return ("Contrainte", "Coûte (€)", "Au moins (€)", "Au plus (€)"), (
        [one["sentence"], one["found"], one["least"], one["most"]] for one in held.prices
    )


TABLES: dict[str, Callable[[Solution, Results], tuple[Sequence[str], Rows]]] = {
    "bascules": switches, "couts": costs, "annees": years, "cible": target, "contraintes": constraint_prices,
}  # fmt: skip


@require_safe
@shell.seeing
def export(request: HttpRequest, number: int, table: str) -> HttpResponse:
    """One table of the plan, as CSV or XLSX.

    Raises:
        NotFound: no such table. Conflict: no plan.
    """
    if table not in TABLES:
        raise NotFound(f"Tableau « {table[:30]} » inconnu.", code="tableau")
    titles, rows = TABLES[table](*sound(scenario(number)))
    return shell.table_response(request, f"trajectoire-{number}-{table}", titles, rows)


urlpatterns = [path("systemes/trajectoires/<int:number>/export/<str:table>", export, name="export")]
