"""A grid over a group: the members side by side, the group weighted by the AC, the share rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.foundation.scope import Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.charts import Chart, Mark, Series
from archipel.foundation.web.export import table_response
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.pages.common import (
    Context,
    ask,
    day_asked,
    figure,
    grid_address,
    group_text,
    level_text,
    percent,
    readers,
    trail,
)
from archipel.programmes.maturity.queries.results import GroupResult
from archipel.programmes.maturity.values import Grille, Verdict

VERDICTS = {Verdict.OUI: "Atteint", Verdict.NON: "Pas atteint", Verdict.INCONNU: "Inconnu"}
MOST_ON_RADAR = 4


def _asked(request: HttpRequest, pack: str, grille: str) -> tuple[Scope, Grille, maturity.GroupInfo, date]:
    scope = scope_of(request)
    grid = maturity.grid(pack, grille)
    day = day_asked(request)
    return scope, grid, maturity.group(scope, grid, ask(request, "ght"), day), day


@readers
@require_safe
def overview(request: HttpRequest, pack: str, grille: str) -> HttpResponse:
    """Where do the members stand, and the group that they make?"""
    scope, grid, group, day = _asked(request, pack, grille)
    found = maturity.group_result(grid, group, day)
    names = {a.entity.code: a.entity.name for a in found.assessments}
    context: Context = {
        "titre": grid.titre,
        "grille": grid,
        "groupe": group,
        "groupes": maturity.groups(scope, grid, day),
        "jour": day,
        "aujourdhui": timezone.localdate(),
        "ensemble": group_text(found.ensemble) if group.whole else None,
        "sans_ac": [names[code] for code in found.ensemble.sans_ac],
        "incomplets": len(found.ensemble.incomplets),
        "lignes": [_line(grid, found, a) for a in found.assessments],
        "parts": [_part(part, names) for part in found.parts] if group.whole else [],
        "rubriques": [(r, group_text(found.rubriques[r.id]) if group.whole else "") for r in grid.rubriques],
        "radar": _radar(grid, found) if len(grid.rubriques) > 2 else None,
        "questions_groupe": sum(i.groupe for i in grid.indicateurs),
        "peut_groupe": bool(group.code),
        "plan_url": grid_address("plan", grid) + f"?ght={group.code}",
        "fil": trail(grid),
    }
    return render(request, "maturite/grille.html", context)


def _line(grid: Grille, found: GroupResult, one: maturity.Assessment) -> Context:
    level = one.bilan.ensemble
    activity = found.activity[one.entity.code]
    return {
        "a": one,
        "url": grid_address("entite", grid, one.entity.code),
        "ac": activity.value,
        "ac_source": activity.source,
        "niveau": level_text(level),
        "tri": "" if level.bas is None else float(level.bas),
        "repondus": level.repondus,
        "attendus": level.attendus,
        "rubriques": [level_text(one.bilan.rubriques[r.id]) for r in grid.rubriques],
    }


def _part(found: object, names: dict[str, str]) -> Context:
    part = found.part  # type: ignore[attr-defined]
    result = found.resultat  # type: ignore[attr-defined]
    low, high = percent(result.bas), percent(result.haut)
    return {
        "part": part,
        "verdict": result.verdict.value,
        "mot": VERDICTS[result.verdict],
        "valeur": low if result.valeur is not None else f"de {low} à {high}" if result.bas is not None else "inconnue",
        "seuil": percent(result.seuil),
        "sans_ac": [names[code] for code in result.sans_ac],
        "sans_reponse": [names[code] for code in result.sans_reponse],
        "decidant": [names[code] for code in found.decidant],  # type: ignore[attr-defined]
        "tiennent": [names[p.entite] for p in found.porteurs if p.tient],  # type: ignore[attr-defined]
    }


def _radar(grid: Grille, found: GroupResult) -> Chart:
    """The group, and its first members: the supporting establishment comes first."""
    series = []
    if found.group.whole and found.group.code:
        series.append(Series("GHT", [figure(found.rubriques[r.id].valeur) for r in grid.rubriques]))
    for one in found.assessments[:MOST_ON_RADAR]:
        series.append(Series(one.entity.name, [figure(one.bilan.rubriques[r.id].bas) for r in grid.rubriques]))
    return Chart(
        "maturite-rubriques", "Niveau par rubrique", "Rubrique", [r.libelle for r in grid.rubriques], series,
        kind="radar", unit=f"niveaux sur {grid.niveau_max}", source="réponses à la grille ; sans réponse : 0",
        maximum=grid.niveau_max, folded=True,
    )  # fmt: skip


def progress_chart(grid: Grille, moments: list[maturity.Moment], goal: Fraction | None = None) -> Chart | None:
    """The level over time, between its bounds; None before two days are known."""
    if len(moments) < 2:
        return None
    lows = [figure(m.bilan.ensemble.bas) for m in moments]
    highs = [figure(m.bilan.ensemble.haut) for m in moments]
    return Chart(
        "maturite-progression", "Niveau d'ensemble au fil du temps", "Jour", [m.day for m in moments],
        (Series("Niveau certain", lows, low=lows, high=highs),), kind="step", unit=f"niveaux sur {grid.niveau_max}",
        source="réponses à la grille ; bande : selon les réponses qui manquent", maximum=grid.niveau_max,
        marks=(Mark(float(goal), "But"),) if goal is not None else (), folded=True,
    )  # fmt: skip


@readers
@require_safe
def export(request: HttpRequest, pack: str, grille: str) -> HttpResponse:
    """The members and their levels, as a file."""
    _, grid, group, day = _asked(request, pack, grille)
    found = maturity.group_result(grid, group, day)
    titles = ["FINESS", "Établissement", "GHT", "AC (points)", "Provenance de l'AC", "Réponses", "Questions",
              "Sans preuve", "Ensemble (au moins)", "Ensemble (au plus)",
              *(f"{r.libelle} (au moins)" for r in grid.rubriques)]  # fmt: skip

    def rows() -> Iterator[list[object]]:
        for one in found.assessments:
            level = one.bilan.ensemble
            activity = found.activity[one.entity.code]
            yield [
                one.entity.code, one.entity.name, group.name, activity.value and float(activity.value),
                activity.source, level.repondus, level.attendus, one.declared_only, figure(level.bas),
                figure(level.haut), *(figure(one.bilan.rubriques[r.id].bas) for r in grid.rubriques),
            ]  # fmt: skip

    return table_response(request, f"maturite-{grid.id}", titles, rows())
