"""The least effort to reach a level or a share of the AC; the efforts that people state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Denied, Invalid
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.pages.common import (
    Context,
    acted,
    ask,
    decimal,
    grid_address,
    percent,
    readers,
    trail,
)
from archipel.programmes.maturity.values import Grille

GOALS = {
    maturity.But.PART: "Des établissements portant une part de l'AC atteignent le niveau",
    maturity.But.CHACUN: "Chaque établissement atteint le niveau",
    maturity.But.MOYENNE: "La moyenne du GHT, pondérée par l'AC, atteint le niveau",
}
DEFAULT_DAYS = "5"


def _number(text: str, name: str, least: str, most: str) -> Fraction:
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not Decimal(least) <= value <= Decimal(most):
        raise Invalid(f"{name} : « {text[:20]} » trouvé, un nombre de {least} à {most} attendu.", code="nombre")
    return Fraction(value)


def _question(request: HttpRequest, grid: Grille) -> maturity.Question:
    goals = maturity.default_goals(grid)
    asked = ask(request, "but", goals[0].value)
    if asked not in set(maturity.But):
        raise Invalid("But inconnu : part, chacun ou moyenne.", code="but")
    part = ask(request, "part_comptee", grid.parts[0].id if grid.parts and "but" not in request.GET else "")
    if part and part not in {p.id for p in grid.parts}:
        raise Invalid("Cette part n'est pas dans la grille.", code="part")
    share = ask(request, "part", str(float(grid.seuil * 100)) if grid.seuil is not None else "66")
    return maturity.Question(
        goal=maturity.But(asked),
        level=_number(ask(request, "niveau", str(grid.niveau_max)), "Niveau", "0", str(grid.niveau_max)),
        share=_number(share, "Part de l'AC en %", "1", "100") / 100,
        days=_number(ask(request, "jours", DEFAULT_DAYS), "Effort par défaut", "0", "10000"),
        part=part,
    )


def _answered(
    request: HttpRequest, pack: str, grille: str
) -> tuple[Grille, maturity.GroupInfo, maturity.Question, maturity.Answered]:
    scope = scope_of(request)
    grid = maturity.grid(pack, grille)
    group = maturity.group(scope, grid, ask(request, "ght"))
    question = _question(request, grid)
    if question.goal is not maturity.But.CHACUN and not group.whole:
        raise Denied("Ce but porte sur tout le GHT : votre compte n'en voit pas tous les membres.")
    return grid, group, question, maturity.plan(grid, group, question, timezone.localdate())


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of the plan, in words."""

    step: maturity.Pas
    entity: str
    rubric: str
    label: str
    days: str
    stated: bool


def _lines(grid: Grille, found: maturity.Answered) -> list[StepLine]:
    rubrics = {r.id: r.libelle for r in grid.rubriques}
    lines = []
    for step in found.plan.pas:
        asked = grid.indicateur(step.indicateur)
        lines.append(
            StepLine(
                step,
                found.entities[step.entite].name,
                rubrics[step.rubrique],
                asked.libelle if asked else step.indicateur,
                decimal(step.effort),
                (step.entite, step.indicateur) not in found.supposed,
            )
        )
    return sorted(lines, key=lambda line: (line.entity, line.rubric))


@readers
@require_safe
def plan(request: HttpRequest, pack: str, grille: str) -> HttpResponse:
    """What is the least work that reaches the goal?"""
    grid, group, question, found = _answered(request, pack, grille)
    scope = scope_of(request)
    lines = _lines(grid, found)
    context: Context = {
        "titre": "Moindre effort",
        "grille": grid,
        "groupe": group,
        "groupes": maturity.groups(scope, grid),
        "buts": [(goal.value, GOALS[goal]) for goal in maturity.default_goals(grid)],
        "but": question.goal.value,
        "niveau": decimal(question.level),
        "part": decimal(question.share * 100),
        "jours": decimal(question.days),
        "part_comptee": question.part,
        "resultat": found,
        "lignes": lines,
        "effort": decimal(found.plan.effort),
        "borne": decimal(found.plan.relachee),
        "seuil": percent(question.share),
        "entites": len({line.step.entite for line in lines}),
        "peut": scope.may(Capability.GERER_PROGRAMMES),
        "fil": trail(grid, ("Moindre effort", "")),
    }
    return render(request, "maturite/plan.html", context)


@readers
@require_safe
def export(request: HttpRequest, pack: str, grille: str) -> HttpResponse:
    """The plan, as a file."""
    grid, _, _, found = _answered(request, pack, grille)
    titles = ["FINESS", "Établissement", "Rubrique", "Question", "De", "À", "Effort (jours)", "Effort déclaré"]

    def rows() -> Iterator[list[object]]:
        for line in _lines(grid, found):
            step = line.step
            yield [step.entite, line.entity, line.rubric, line.label, step.de, step.a, float(step.effort), line.stated]

    return table_response(request, f"plan-{grid.id}", titles, rows())


@readers
@require_POST
def effort(request: HttpRequest, pack: str, grille: str) -> HttpResponse:
    """State the effort of a step."""
    grid = maturity.grid(pack, grille)
    back = request.POST.get("suite", "")
    safe = back if back.startswith("/programmes/maturite/") else grid_address("plan", grid)

    def do() -> maturity.Act:
        text = request.POST.get("jours", "").strip()
        days = None if not text else Decimal(_number(text, "Effort", "0", "100000").numerator) / Decimal(
            _number(text, "Effort", "0", "100000").denominator
        )  # fmt: skip
        level = request.POST.get("niveau", "0")
        return maturity.state_effort(
            scope=scope_of(request),
            grid=grid,
            entity=request.POST.get("entite", ""),
            indicator=request.POST.get("question", ""),
            level=int(level) if level.isdecimal() else -1,
            days=days,
        )

    return acted(request, do, safe)
