"""Levels: of an entity, over time, of the members side by side, of the group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from archipel.programmes.maturity.queries.activity import Activity, activity_of
from archipel.programmes.maturity.queries.answers import Facts, Key, Said, facts, measures
from archipel.programmes.maturity.queries.entities import GROUP, EntityInfo, GroupInfo
from archipel.programmes.maturity.rules.consolidation import (
    Consolide,
    Part,
    Pese,
    Porteur,
    consolidate,
    deciding,
    share,
)
from archipel.programmes.maturity.rules.ledger import Fact, alive, standing
from archipel.programmes.maturity.rules.levels import assess
from archipel.programmes.maturity.values import Bilan, Etat, Grille, PartComptee


@dataclass(frozen=True, slots=True)
class Assessment:
    """An entity's levels, and the answers behind them by indicator."""

    entity: EntityInfo
    bilan: Bilan
    answers: dict[str, Said]

    @property
    def declared_only(self) -> int:
        """How many answers nothing backs."""
        return sum(said.declared_only for said in self.answers.values())


@dataclass(frozen=True, slots=True)
class Moment:
    """The levels on a day."""

    day: date
    bilan: Bilan


@dataclass(frozen=True, slots=True)
class PartResult:
    """A share of the AC against its threshold, who holds what is counted, and whose answers would decide."""

    part: PartComptee
    resultat: Part
    porteurs: tuple[Porteur, ...]
    decidant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupResult:
    """The members side by side, and the group that they make."""

    group: GroupInfo
    assessments: tuple[Assessment, ...]
    activity: dict[str, Activity]
    ensemble: Consolide
    rubriques: dict[str, Consolide]
    parts: tuple[PartResult, ...]


def _group_of(entity: EntityInfo) -> str:
    return GROUP + entity.ght if entity.ght else ""


def assessments(grid: Grille, entities: Sequence[EntityInfo], day: date | None = None) -> list[Assessment]:
    """The levels of each entity on a day (now, when None). One query."""
    asked = {e.code for e in entities} | {_group_of(e) for e in entities} - {""}
    return _assessed(grid, entities, facts(grid, asked), day)


def _assessed(grid: Grille, entities: Sequence[EntityInfo], held: Facts, day: date | None) -> list[Assessment]:
    known = standing(held, day)
    return [_one(grid, entity, known) for entity in entities]


def _one(grid: Grille, entity: EntityInfo, known: dict[Key, Fact[Key, Said]]) -> Assessment:
    group = "" if entity.group else _group_of(entity)
    answers = {}
    for indicator in grid.indicateurs:
        fact = known.get((group if indicator.groupe and group else entity.code, indicator.id))
        if fact is not None:
            answers[indicator.id] = fact.said
    return Assessment(entity, assess(grid, measures(known, grid, entity.code, group)), answers)


def history(grid: Grille, entity: EntityInfo, *, most: int = 60) -> list[Moment]:
    """The levels on each day on which an answer took effect, oldest first; the last ``most`` of them."""
    held = facts(grid, {entity.code, _group_of(entity)} - {""})
    days = sorted({fact.effective_on for fact in alive(held)})[-most:]
    return [Moment(day, _assessed(grid, [entity], held, day)[0].bilan) for day in days]


def group_result(grid: Grille, group: GroupInfo, day: date) -> GroupResult:
    """The members' levels on a day, and the group weighted by the AC."""
    found = assessments(grid, group.members, day)
    activity = activity_of([e.code for e in group.members], day)
    weights = {code: one.value for code, one in activity.items()}
    return GroupResult(
        group=group,
        assessments=tuple(found),
        activity=activity,
        ensemble=consolidate([Pese(a.entity.code, weights[a.entity.code], a.bilan.ensemble) for a in found]),
        rubriques={
            rubric.id: consolidate(
                [Pese(a.entity.code, weights[a.entity.code], a.bilan.rubriques[rubric.id]) for a in found]
            )
            for rubric in grid.rubriques
        },
        parts=tuple(_part(grid, part, found, weights) for part in grid.parts) if grid.seuil is not None else (),
    )


def _part(
    grid: Grille, part: PartComptee, found: Sequence[Assessment], weights: dict[str, Fraction | None]
) -> PartResult:
    threshold = grid.seuil or Fraction(0)
    carried = tuple(
        Porteur(a.entity.code, weights[a.entity.code], holds(part, a.bilan, grid.niveau_max)) for a in found
    )
    return PartResult(part, share(carried, threshold), carried, deciding(carried, threshold))


def holds(part: PartComptee, bilan: Bilan, top: int) -> bool | None:
    """Whether an entity holds what is counted: every indicator that applies is at the top; None while unanswered.

    One indicator below the top is enough to say no. When none applies, nothing is held.
    """
    levels = [bilan.indicateurs.get(one) for one in part.indicateurs if bilan.etats.get(one) is not Etat.SANS_OBJET]
    if not levels or any(level is not None and level < top for level in levels):
        return False
    return None if any(level is None for level in levels) else True
