"""From the levels of indicators to those of rubrics and of the whole.

A mean is exact; the level reached is the mean rounded down: 2.9 is level 2, because level 3 is not reached. While
answers are missing, a level is an interval: what it is worth if they are 0, and if they are the highest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from archipel.programmes.maturity.rules.bands import level_of
from archipel.programmes.maturity.values import ABSENTE, Agregation, Bilan, Etat, Grille, Mesure, Niveau


def aggregate(rule: Agregation, parts: Sequence[tuple[Fraction, int]]) -> Fraction | None:
    """The minimum or the weighted mean of (value, weight); None of nothing. Weights are positive."""
    if not parts:
        return None
    if rule is Agregation.MINIMUM:
        return min(value for value, _ in parts)
    total = sum(weight for _, weight in parts)
    return sum((value * weight for value, weight in parts), Fraction(0)) / total


def combined(rule: Agregation, parts: Sequence[tuple[Niveau, int]]) -> Niveau:
    """The level of what holds these (level, weight); what does not apply is left out."""
    held = [(level, weight) for level, weight in parts if level.bas is not None and level.haut is not None]
    return Niveau(
        bas=aggregate(rule, [(level.bas, weight) for level, weight in held if level.bas is not None]),
        haut=aggregate(rule, [(level.haut, weight) for level, weight in held if level.haut is not None]),
        repondus=sum(level.repondus for level, _ in parts),
        attendus=sum(level.attendus for level, _ in parts),
    )


def assess(grid: Grille, answers: Mapping[str, Mesure]) -> Bilan:
    """The levels of one entity from its answers, by indicator id."""
    levels: dict[str, int | None] = {}
    states: dict[str, Etat] = {}
    rubrics: dict[str, Niveau] = {}
    for rubric in grid.rubriques:
        parts: list[tuple[Niveau, int]] = []
        for indicator in rubric.indicateurs:
            answer = answers.get(indicator.id, ABSENTE)
            states[indicator.id] = answer.etat
            levels[indicator.id] = level_of(indicator, answer, grid.echelles, grid.niveau_max)
            parts.append((_single(levels[indicator.id], answer.etat, grid.niveau_max), indicator.poids))
        rubrics[rubric.id] = combined(grid.par_rubrique, parts)
    whole = combined(grid.global_, [(rubrics[rubric.id], rubric.poids) for rubric in grid.rubriques])
    return Bilan(levels, rubrics, whole, states)


def _single(level: int | None, state: Etat, top: int) -> Niveau:
    if state is Etat.SANS_OBJET:
        return Niveau(None, None, 1, 1)
    if level is None:
        return Niveau(Fraction(0), Fraction(top), 0, 1)
    return Niveau(Fraction(level), Fraction(level), 1, 1)
