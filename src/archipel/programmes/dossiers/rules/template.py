"""What a pack says of its dossiers, as dossiers need it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from archipel.programmes.dossiers.values.template import (
    Criterion,
    Instalment,
    Milestone,
    Objective,
    Result,
    Rubric,
    RubricKind,
    Template,
    Theme,
)

if TYPE_CHECKING:
    from archipel.programmes.packs.values.pack import Pack
    from archipel.programmes.packs.values.programme import Critere, Incompatibilite, Jalonnement, Rubrique
    from archipel.programmes.packs.values.programme import Theme as PackTheme


def template_of(pack: Pack) -> Template | None:
    """The template of a pack; None when it has no dossier (a grid, a catalogue)."""
    if pack.dossier is None:
        return None
    money = pack.financement
    limit = _limit(pack.incompatibilites)
    return Template(
        pack=pack.pack,
        version=pack.version,
        title=pack.titre,
        level=str(pack.maille or "finess_pmsi"),
        rubrics=tuple(_rubric(one) for one in pack.dossier.rubriques),
        themes=tuple(_theme(one) for one in pack.themes),
        calendar=tuple(_milestone(one) for one in pack.calendrier),
        selection=_criteria(pack.selection),
        modulation=_criteria(money.modulation if money else ()),
        instalments=tuple(
            Instalment(one.id, one.libelle, float(one.part), one.annee, one.condition)
            for one in (money.echeances if money else ())
        ),
        most_projects=(limit.n or 0) if limit else 0,
        limit_source=str(limit.source) if limit else "",
        platform=pack.dossier.plateforme or "",
    )


def _rubric(one: Rubrique) -> Rubric:
    known = RubricKind(one.type) if one.type in set(RubricKind) else RubricKind.TEXTE
    if known is RubricKind.TEXTE and "objectif" in one.id:
        known = RubricKind.OBJECTIFS
    return Rubric(
        one.id, one.libelle, known, one.obligatoire, one.aide or "", str(one.source), tuple(one.exercices),
        tuple(one.pieces),
    )  # fmt: skip


def _theme(one: PackTheme) -> Theme:
    objectives = tuple(
        Objective(
            found.id,
            found.libelle,
            tuple(Result(result.id, result.libelle, str(result.source)) for result in found.resultats),
            str(found.source),
        )
        for found in one.objectifs
    )
    return Theme(one.id, one.libelle, objectives)


def _milestone(one: Jalonnement) -> Milestone:
    return Milestone(
        one.id, one.libelle, one.nature, one.debut, one.fin, one.certitude, str(one.source), one.texte or ""
    )


def _criteria(found: Iterable[Critere]) -> tuple[Criterion, ...]:
    return tuple(Criterion(one.id, one.libelle, str(one.source), one.rubrique or "") for one in found)


def _limit(found: Iterable[Incompatibilite]) -> Incompatibilite | None:
    """The rule that limits the projects of one FINESS PMSI, as bearer or party."""
    return next((one for one in found if one.regle == "au_plus" and one.par in (None, "finess_pmsi")), None)
