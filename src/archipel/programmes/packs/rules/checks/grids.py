"""Grids: bands that cover each measure once, in the right direction; indicators that know their scale."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.values.expressions import TypeFait
from archipel.programmes.packs.values.grid import Bareme, Grille
from archipel.programmes.packs.values.pack import Pack

_SCALED = {"pourcentage", "pourcentage_par_typologie", "delai"}


def grid_problems(pack: Pack) -> Iterator[Problem]:
    """What is wrong in the grids of a pack."""
    for grid in pack.grilles:
        levels = [level.valeur for level in grid.niveaux]
        if levels != sorted(set(levels)):
            yield Problem("niveaux", f"grille « {grid.id} » : niveaux dans le désordre ou répétés.", line=grid.ligne)
        for scale in grid.baremes:
            yield from _scale(scale, set(levels))
        yield from _indicators(grid)
        yield from _consolidation(pack, grid)


def _scale(scale: Bareme, levels: set[int]) -> Iterator[Problem]:
    where = f"barème « {scale.id} » : "
    for step in scale.paliers:
        if step.de is not None and step.a is not None and step.de > step.a:
            yield Problem("paliers", f"{where}palier à l'envers, de {step.de} à {step.a}.", line=step.ligne)
        if step.niveau not in levels:
            sentence = f"{where}le niveau {step.niveau} n'est pas dans `niveaux`."
            yield Problem("paliers", sentence, line=step.ligne)
    for before, after in pairwise(scale.paliers):
        if before.a is None or after.de is None:
            yield Problem("paliers", f"{where}seuls les paliers des bouts sont ouverts.", line=after.ligne)
        elif after.de <= before.a:
            sentence = f"{where}les paliers se recouvrent de {after.de} à {before.a}."
            yield Problem("paliers", sentence, line=after.ligne)
        elif after.de > before.a + 1:
            yield Problem("paliers", f"{where}rien entre {before.a} et {after.de}.", line=after.ligne)
        rising = after.niveau > before.niveau
        if after.niveau == before.niveau or rising != (scale.sens == "direct"):
            direction = "monter" if scale.sens == "direct" else "descendre"
            sentence = f"{where}le niveau doit {direction} avec la mesure."
            yield Problem("paliers", sentence, line=after.ligne)
    first, last = scale.paliers[0], scale.paliers[-1]
    if first.de is not None and first.de != scale.min:
        measures = "" if scale.min is None else f" (mesures dès {scale.min})"
        yield Problem("paliers", f"{where}rien en dessous de {first.de}{measures}.", line=first.ligne)
    if last.a is not None and last.a != scale.max:
        measures = "" if scale.max is None else f" (mesures jusqu'à {scale.max})"
        yield Problem("paliers", f"{where}rien au-dessus de {last.a}{measures}.", line=last.ligne)
    if scale.non_mesure is not None and scale.non_mesure not in levels:
        sentence = f"{where}le niveau {scale.non_mesure} n'est pas dans `niveaux`."
        yield Problem("paliers", sentence, line=scale.ligne)


def _indicators(grid: Grille) -> Iterator[Problem]:
    scales, rubrics = {one.id for one in grid.baremes}, {one.id for one in grid.rubriques}
    for one in grid.indicateurs:
        where = f"indicateur « {one.id} » : "
        if one.rubrique not in rubrics:
            sentence = f"{where}la rubrique « {one.rubrique} » n'existe pas."
            yield Problem("rubrique-inconnue", sentence, line=one.ligne)
        if one.bareme is not None and one.bareme not in scales:
            yield Problem("bareme-inconnu", f"{where}le barème « {one.bareme} » n'existe pas.", line=one.ligne)
        if one.bareme is None and one.saisie in _SCALED:
            sentence = f"{where}une saisie « {one.saisie} » demande un barème."
            yield Problem("bareme-inconnu", sentence, line=one.ligne)
    used = {one.rubrique for one in grid.indicateurs}
    for rubric in grid.rubriques:
        if rubric.id not in used:
            yield Problem("rubrique-vide", f"la rubrique « {rubric.id} » n'a aucun indicateur.", line=rubric.ligne)


def _consolidation(pack: Pack, grid: Grille) -> Iterator[Problem]:
    merge = grid.consolidation
    if merge is None:
        return
    fact = pack.fact(merge.poids) if merge.poids else None
    if merge.poids and (fact is None or fact.type is not TypeFait.NOMBRE):
        sentence = f"le poids « {merge.poids} » n'est pas un fait numérique déclaré."
        yield Problem("fait-inconnu", sentence, line=merge.ligne)
    if merge.methode != "minimum" and merge.poids is None:
        yield Problem("consolidation", f"la méthode « {merge.methode} » demande un `poids`.", line=merge.ligne)
    if merge.methode == "part_minimale" and merge.seuil is None:
        yield Problem("consolidation", "une part minimale demande un `seuil`.", line=merge.ligne)
    known = {one.id for one in grid.indicateurs}
    for part in merge.parts:
        for name in part.indicateurs:
            if name not in known:
                sentence = f"part « {part.id} » : l'indicateur « {name} » n'existe pas."
                yield Problem("indicateur-inconnu", sentence, line=part.ligne)
