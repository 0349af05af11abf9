"""The least effort to reach a level or a share: the question, the answer, and a check that owes the solver nothing.

An effort is stated by somebody, in person-days, for each step from one level of an indicator to the next; nobody's
effort is invented: a step without a stated effort takes the default of the question, and is counted as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from archipel.programmes.maturity.rules.consolidation import Pese, Porteur, consolidate, share
from archipel.programmes.maturity.rules.levels import aggregate
from archipel.programmes.maturity.values import Agregation, Niveau, Verdict


class But(StrEnum):
    """What is to be reached."""

    PART = "part"
    """Entities carrying a share of the AC reach the level each."""
    MOYENNE = "moyenne"
    """The AC-weighted mean of the group reaches the level."""
    CHACUN = "chacun"
    """Every entity reaches the level."""


@dataclass(frozen=True, slots=True)
class Point:
    """An indicator of an entity: its level, and the effort of each step up from there (index 0: the next level)."""

    indicateur: str
    niveau: int
    efforts: tuple[Fraction, ...]
    poids: int = 1

    def cout(self, level: int) -> Fraction:
        """The effort to go from the present level up to ``level``; nothing to stay."""
        return sum(self.efforts[: max(0, level - self.niveau)], Fraction(0))

    @property
    def plafond(self) -> int:
        """The highest level that can be reached."""
        return self.niveau + len(self.efforts)


@dataclass(frozen=True, slots=True)
class Lot:
    """The indicators that are read together (a rubric), and what they weigh among the others."""

    rubrique: str
    points: tuple[Point, ...]
    poids: int = 1


@dataclass(frozen=True, slots=True)
class Entite:
    """An entity: its AC (known) and its rubrics."""

    id: str
    ac: Fraction
    lots: tuple[Lot, ...]


@dataclass(frozen=True, slots=True)
class Probleme:
    """A question: from these entities, under these rules, reach ``niveau`` (and ``part`` of the AC)."""

    entites: tuple[Entite, ...]
    but: But
    niveau: Fraction
    part: Fraction = Fraction(1)
    par_rubrique: Agregation = Agregation.MOYENNE
    global_: Agregation = Agregation.MOYENNE


@dataclass(frozen=True, slots=True)
class Pas:
    """One thing to do: bring an indicator of an entity from one level to another."""

    entite: str
    rubrique: str
    indicateur: str
    de: int
    a: int
    effort: Fraction


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do and what it takes: the least there is, or ``possible`` false when every step would not do.

    ``relachee`` is a lower bound that anybody can check; between it and the effort, every combination was excluded.
    """

    pas: tuple[Pas, ...]
    effort: Fraction
    relachee: Fraction
    possible: bool = True


IMPOSSIBLE = Plan((), Fraction(0), Fraction(0), possible=False)


def score(problem: Probleme, entity: Entite, reached: Mapping[tuple[str, str], int]) -> Fraction | None:
    """The level of an entity when its indicators stand at ``reached`` (by entity and indicator; else as they are)."""
    rubrics = []
    for lot in entity.lots:
        levels = [
            (Fraction(reached.get((entity.id, point.indicateur), point.niveau)), point.poids) for point in lot.points
        ]
        value = aggregate(problem.par_rubrique, levels)
        if value is not None:
            rubrics.append((value, lot.poids))
    return aggregate(problem.global_, rubrics)


def goal_reached(problem: Probleme, reached: Mapping[tuple[str, str], int]) -> bool:
    """Whether the goal is met, by the very rules that the screens of results follow."""
    scores = {entity.id: score(problem, entity, reached) for entity in problem.entites}
    holds = {id: value is not None and value >= problem.niveau for id, value in scores.items()}
    if problem.but is But.CHACUN:
        return all(holds[id] for id, value in scores.items() if value is not None)
    if problem.but is But.PART:
        carried = [Porteur(entity.id, entity.ac, holds[entity.id]) for entity in problem.entites]
        return share(carried, problem.part).verdict is Verdict.OUI
    group = consolidate(
        [Pese(entity.id, entity.ac, Niveau(scores[entity.id], scores[entity.id], 0, 0)) for entity in problem.entites]
    )
    return group.valeur is not None and group.valeur >= problem.niveau


def plan_problems(problem: Probleme, plan: Plan) -> list[str]:
    """What is wrong with a plan, in French; empty when each step exists, is paid its price, and the goal is met."""
    points = {
        (entity.id, point.indicateur): (lot.rubrique, point)
        for entity in problem.entites
        for lot in entity.lots
        for point in lot.points
    }
    reached: dict[tuple[str, str], int] = {}
    found = []
    for step in plan.pas:
        key = (step.entite, step.indicateur)
        if key not in points or key in reached:
            found.append(f"{step.entite}, {step.indicateur} : inconnu, ou deux fois dans le plan.")
            continue
        rubric, point = points[key]
        if (step.rubrique, step.de) != (rubric, point.niveau) or not point.niveau < step.a <= point.plafond:
            found.append(f"{step.entite}, {step.indicateur} : de {step.de} à {step.a} n'est pas possible.")
        if step.effort != point.cout(step.a):
            found.append(f"{step.entite}, {step.indicateur} : effort {step.effort} au lieu de {point.cout(step.a)}.")
        reached[key] = step.a
    if plan.effort != sum((step.effort for step in plan.pas), Fraction(0)):
        found.append("L'effort total n'est pas la somme des efforts.")
    if plan.possible and not goal_reached(problem, reached):
        found.append("Le but n'est pas atteint.")
    return found
