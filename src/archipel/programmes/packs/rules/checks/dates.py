"""Dates: periods in the right order, milestones that say when, sessions and documents that can be."""

from __future__ import annotations

from collections.abc import Iterator

from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.values.pack import Pack
from archipel.programmes.packs.values.programme import Jalonnement


def date_problems(pack: Pack) -> Iterator[Problem]:
    """Dates that are impossible or missing."""
    if pack.valide.au is not None and pack.valide.au < pack.valide.du:
        sentence = f"validité à l'envers : du {pack.valide.du} au {pack.valide.au}."
        yield Problem("dates", sentence, line=pack.valide.ligne)
    for line in pack.calendrier:
        yield from _milestone(line)
    for part in pack.financement.echeances if pack.financement else ():
        first, last = pack.valide.du.year, (pack.valide.au or pack.valide.du).year
        if part.annee is not None and not first <= part.annee <= max(first, last) + 1:
            sentence = f"l'échéance « {part.id} » tombe en {part.annee}, hors de la validité du pack."
            yield Problem("dates", sentence, line=part.ligne)
    yield from _sessions(pack)


def _milestone(line: Jalonnement) -> Iterator[Problem]:
    where = f"jalon « {line.id} » : "
    if line.date is not None and (line.du is not None or line.au is not None):
        yield Problem("dates", f"{where}un jour ou une période, pas les deux.", line=line.ligne)
    if line.du is not None and line.au is not None and line.au < line.du:
        yield Problem("dates", f"{where}période à l'envers, du {line.du} au {line.au}.", line=line.ligne)
    dated = line.debut is not None or line.fin is not None
    if not dated and line.certitude == "ferme":
        yield Problem("dates", f"{where}une date ferme a un jour.", line=line.ligne)
    if not dated and line.texte is None:
        yield Problem("dates", f"{where}ni jour, ni période, ni `texte` de la source.", line=line.ligne)
    if line.certitude == "defectueuse" and line.defaut is None:
        yield Problem("dates", f"{where}une date défectueuse nomme son `defaut`.", line=line.ligne)


def _sessions(pack: Pack) -> Iterator[Problem]:
    for help_ in pack.catalogue.dispositifs if pack.catalogue else ():
        for session in help_.sessions:
            if session.au < session.du:
                sentence = f"session « {session.id} » à l'envers : du {session.du} au {session.au}."
                yield Problem("dates", sentence, line=session.ligne)
        when = help_.disponible
        if when and when.du and when.au and when.au < when.du:
            sentence = f"« {help_.id} » : disponibilité à l'envers, du {when.du} au {when.au}."
            yield Problem("dates", sentence, line=when.ligne)
