"""The least-effort plan of real entities: the question built from answers, AC and stated efforts, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from archipel.programmes.maturity.queries.activity import activity_of
from archipel.programmes.maturity.queries.answers import efforts
from archipel.programmes.maturity.queries.entities import EntityInfo, GroupInfo
from archipel.programmes.maturity.queries.results import Assessment, assessments
from archipel.programmes.maturity.rules.effort import But, Entite, Lot, Plan, Point, Probleme, plan_problems
from archipel.programmes.maturity.rules.solve import least_effort
from archipel.programmes.maturity.values import Agregation, Etat, Grille, Indicateur, PartComptee, Saisie

Stated = dict[tuple[str, str, int], Fraction]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a goal, a level, a share of the AC, and what counts (a part of the grid, or all of it).

    ``days`` is the person-days of a step for which nobody stated any.
    """

    goal: But
    level: Fraction
    share: Fraction
    days: Fraction
    part: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """A plan and what it rests on.

    ``left_out``: entities whose AC is unknown, when the goal weighs by AC. ``unanswered``: questions without an answer,
    counted at level 0. ``supposed``: what of the plan nobody stated the effort of. ``problems``: what the independent
    check found; nothing, unless the program is wrong.
    """

    question: Question
    plan: Plan
    left_out: tuple[EntityInfo, ...]
    unanswered: int
    supposed: frozenset[tuple[str, str]]
    fixed: int
    problems: tuple[str, ...]
    entities: dict[str, EntityInfo]


def plan(grid: Grille, group: GroupInfo, question: Question, day: date) -> Answered:
    """The least effort by which the members reach the goal.

    Questions that the group answers once: where levels are minima they must be reached whatever happens, and are added
    once; where levels are means they are kept as they are.
    """
    found = assessments(grid, group.members, day)
    activity = activity_of([e.code for e in group.members], day)
    weighs = question.goal is not But.CHACUN
    kept = [a for a in found if not weighs or activity[a.entity.code].value is not None]
    stated = efforts(grid, [e.code for e in group.members] + [group.itself.code], day)
    asked = _asked(grid, question.part)
    minima = bool(question.part) or grid.par_rubrique is grid.global_ is Agregation.MINIMUM
    builder = _Builder(grid, stated, question, asked, separate=minima)
    problem = Probleme(
        entites=tuple(builder.entity(a, activity[a.entity.code].value or Fraction(1)) for a in kept),
        but=question.goal,
        niveau=question.level,
        part=question.share,
        par_rubrique=Agregation.MINIMUM if question.part else grid.par_rubrique,
        global_=Agregation.MINIMUM if question.part else grid.global_,
    )
    made = least_effort(problem)
    problems = plan_problems(problem, made)
    if minima and made.possible and question.goal is not But.MOYENNE and group.code:
        made, more = _with_group(made, builder, group, problem, day)
        problems += more
    return Answered(
        question=question,
        plan=made,
        left_out=tuple(a.entity for a in found if a not in kept),
        unanswered=builder.unanswered,
        supposed=frozenset(
            (step.entite, step.indicateur)
            for step in made.pas
            if not builder.is_stated(step.entite, step.indicateur, step.de, step.a)
        ),
        fixed=builder.fixed,
        problems=tuple(problems),
        entities={e.code: e for e in (*group.members, group.itself)},
    )


def _with_group(
    made: Plan, builder: _Builder, group: GroupInfo, problem: Probleme, day: date
) -> tuple[Plan, list[str]]:
    (own,) = assessments(builder.grid, [group.itself], day)
    alone = replace(problem, entites=(builder.group(own),), but=But.CHACUN)
    if not any(lot.points for lot in alone.entites[0].lots):
        return made, []
    more = least_effort(alone)
    whole = Plan((*more.pas, *made.pas), more.effort + made.effort, more.relachee + made.relachee, more.possible)
    return whole, plan_problems(alone, more)


def _asked(grid: Grille, part: str) -> frozenset[str]:
    held: PartComptee | None = next((one for one in grid.parts if one.id == part), None)
    return frozenset(held.indicateurs) if held else frozenset(i.id for i in grid.indicateurs)


class _Builder:
    """Entities of the question, built from answers and stated efforts; counts what had to be supposed."""

    def __init__(
        self, grid: Grille, stated: Stated, question: Question, asked: frozenset[str], *, separate: bool
    ) -> None:
        self.grid, self.stated, self.question, self.asked, self.separate = grid, stated, question, asked, separate
        self.unanswered = self.fixed = 0

    def entity(self, found: Assessment, weight: Fraction) -> Entite:
        """An entity and its own questions; those of the group are left out (``separate``) or cannot move."""
        lots = []
        for rubric in self.grid.rubriques:
            points = []
            for indicator in rubric.indicateurs:
                shared = indicator.groupe and bool(found.entity.ght)
                if indicator.id in self.asked and not (shared and self.separate):
                    points += self._point(found, indicator, movable=not shared)
            lots.append(Lot(rubric.id, tuple(points), rubric.poids))
        return Entite(found.entity.code, weight, tuple(lots))

    def group(self, found: Assessment) -> Entite:
        """The group as an entity: the questions that it answers once."""
        lots = []
        for rubric in self.grid.rubriques:
            points: list[Point] = []
            for indicator in rubric.indicateurs:
                if indicator.groupe and indicator.id in self.asked:
                    points += self._point(found, indicator, movable=True)
            lots.append(Lot(rubric.id, tuple(points), rubric.poids))
        return Entite(found.entity.code, Fraction(1), tuple(lots))

    def _point(self, found: Assessment, indicator: Indicateur, *, movable: bool) -> list[Point]:
        state = found.bilan.etats.get(indicator.id, Etat.ABSENTE)
        if state is Etat.SANS_OBJET:
            return []
        level = found.bilan.indicateurs.get(indicator.id)
        self.unanswered += level is None
        self.fixed += not movable
        here = level or 0
        steps = range(here + 1, self.grid.niveau_max + 1) if movable else ()
        days = tuple(self._days(found.entity.code, indicator.id, to) for to in steps)
        if indicator.saisie is Saisie.OUI_NON:  # from no to yes at once
            days = (*days[:1], *(Fraction(0) for _ in days[1:]))
        return [Point(indicator.id, here, days, indicator.poids)]

    def _days(self, entity: str, indicator: str, level: int) -> Fraction:
        known = self.stated.get((entity, indicator, level), self.stated.get((entity, indicator, 0)))
        return self.question.days if known is None else known

    def is_stated(self, entity: str, indicator: str, start: int, end: int) -> bool:
        """Whether somebody stated the effort of each of these steps."""
        every = (entity, indicator, 0) in self.stated
        return every or all((entity, indicator, level) in self.stated for level in range(start + 1, end + 1))


def default_goals(grid: Grille) -> Sequence[But]:
    """The goals that make sense for a grid, the most natural first."""
    return (But.PART, But.CHACUN, But.MOYENNE) if grid.seuil is not None else (But.CHACUN, But.MOYENNE, But.PART)
