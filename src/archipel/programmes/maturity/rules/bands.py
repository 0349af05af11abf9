"""From what was measured to a level.

The bands are stated on integers; what is measured is not one. A measure is first rounded to an integer, by default to
the nearest with halves going up (69.5 % is 70, hence level 3; 0.5 % is 1, hence level 3 on the inverse scale), then
banded. Everything is computed on exact fractions: 139/200 is 69.5 %, never 69.49999.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise

from archipel.programmes.maturity.values import Arrondi, Bande, Echelle, Etat, Grille, Indicateur, Mesure, Saisie


def rounded(value: Fraction, how: Arrondi) -> int:
    """The integer that stands for a measure."""
    floor = value.numerator // value.denominator
    if how is Arrondi.INFERIEUR:
        return floor
    if how is Arrondi.SUPERIEUR:
        return floor if floor == value else floor + 1
    return (2 * value + 1).numerator // (2 * (2 * value + 1).denominator)


def scale_problems(scale: Echelle, top: int) -> list[str]:
    """What is wrong with a scale, in French; an empty list when its bands cover each integer of its range once."""
    if not scale.bandes:
        return [f"Échelle « {scale.id} » : aucune bande."]
    problems = [
        f"Échelle « {scale.id} », niveau {b.niveau} : hors de 0 à {top}."
        for b in scale.bandes
        if not 0 <= b.niveau <= top
    ]
    problems += [
        f"Échelle « {scale.id} », niveau {b.niveau} : la borne basse {b.bas} dépasse la borne haute {b.haut}."
        for b in scale.bandes
        if b.bas is not None and b.haut is not None and b.bas > b.haut
    ]
    ordered = sorted(scale.bandes, key=lambda b: (b.bas is not None, b.bas or 0))
    problems += _edges(scale, ordered)
    for before, after in pairwise(ordered):
        problems += _between(scale, before, after)
    return problems


def _edges(scale: Echelle, ordered: list[Bande]) -> list[str]:
    first, last, found = ordered[0], ordered[-1], []
    if first.bas is not None and (scale.minimum is None or first.bas > scale.minimum):
        found.append(f"Échelle « {scale.id} » : rien ne dit le niveau en dessous de {first.bas}.")
    if last.haut is not None and (scale.maximum is None or last.haut < scale.maximum):
        found.append(f"Échelle « {scale.id} » : rien ne dit le niveau au-dessus de {last.haut}.")
    return found


def _between(scale: Echelle, before: Bande, after: Bande) -> list[str]:
    if before.haut is None or after.bas is None or after.bas <= before.haut:
        return [f"Échelle « {scale.id} » : les bandes des niveaux {before.niveau} et {after.niveau} se recouvrent."]
    if after.bas > before.haut + 1:
        return [f"Échelle « {scale.id} » : rien entre {before.haut} et {after.bas}."]
    return []


def banded(scale: Echelle, value: Fraction) -> int | None:
    """The level of a measure; None when it is outside what the scale can hold (a percentage of 130)."""
    whole = rounded(value, scale.arrondi)
    outside = (scale.minimum is not None and value < scale.minimum) or (
        scale.maximum is not None and value > scale.maximum
    )
    if outside:
        return None
    for band in scale.bandes:
        if (band.bas is None or whole >= band.bas) and (band.haut is None or whole <= band.haut):
            return band.niveau
    return None


def measured(answer: Mesure) -> Fraction | None:
    """The number to be banded: the one given, or the percentage over all categories together."""
    if answer.categories:
        total = sum(out_of for _, _, out_of in answer.categories)
        return Fraction(100 * sum(have for _, have, _ in answer.categories), total) if total else None
    return answer.valeur


def level_of(indicator: Indicateur, answer: Mesure, scales: Mapping[str, Echelle], top: int) -> int | None:
    """The level of an answer; None when it is missing, does not apply, or cannot be said.

    What was answered « non mesuré » has the level that the scale gives it (0 for the deactivation delay), or 0.
    """
    if answer.etat is Etat.NON_MESUREE:
        scale = scales.get(indicator.echelle)
        return scale.non_mesure if scale is not None and scale.non_mesure is not None else 0
    if answer.etat is not Etat.MESUREE:
        return None
    value = measured(answer)
    if value is None:
        return None
    if indicator.saisie is Saisie.PALIER:
        return int(value) if value.denominator == 1 and 0 <= value <= top else None
    if indicator.saisie is Saisie.OUI_NON:
        return top * int(value) if value in (0, 1) else None
    return banded(scales[indicator.echelle], value)


def answer_problem(grid: Grille, indicator: Indicateur, answer: Mesure) -> str:
    """Why an answer cannot be accepted, in French; empty when it can."""
    if answer.etat is not Etat.MESUREE:
        return ""
    if indicator.saisie is Saisie.TYPOLOGIE:
        return _categories_problem(answer)
    if answer.valeur is None:
        return "Donnez une valeur, ou répondez « non mesuré » ou « sans objet »."
    if level_of(indicator, answer, grid.echelles, grid.niveau_max) is not None:
        return ""
    if indicator.saisie is Saisie.OUI_NON:
        return "Répondez oui ou non."
    if indicator.saisie is Saisie.PALIER:
        return f"Le palier est un entier de 0 à {grid.niveau_max}."
    scale = grid.echelles[indicator.echelle]
    low = "" if scale.minimum is None else f" au moins {scale.minimum}"
    high = "" if scale.maximum is None else f" au plus {scale.maximum}"
    return f"La valeur attendue, en {scale.unite}, vaut{' et'.join(part for part in (low, high) if part)}."


def _categories_problem(answer: Mesure) -> str:
    for name, have, out_of in answer.categories:
        if not 0 <= have <= out_of:
            return f"Catégorie « {name} » : {have} sur {out_of} ; le premier nombre est compris entre 0 et le second."
    if not sum(out_of for _, _, out_of in answer.categories):
        return "Donnez l'effectif d'au moins une catégorie."
    return ""
