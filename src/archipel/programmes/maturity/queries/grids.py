"""The grids that packs hold, as the rules of maturity read them."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from archipel.kernel.errors import NotFound
from archipel.programmes.maturity.queries.held import by_version, in_force
from archipel.programmes.maturity.values import (
    Agregation,
    Arrondi,
    Bande,
    Echelle,
    Grille,
    Indicateur,
    PartComptee,
    Rubrique,
    Saisie,
    Source,
)
from archipel.programmes.packs import public as packs
from archipel.programmes.packs.values.grid import Bareme
from archipel.programmes.packs.values.grid import Grille as PackGrid
from archipel.programmes.packs.values.grid import Indicateur as PackIndicator

_SAISIES = {
    "niveau": Saisie.PALIER,
    "pourcentage": Saisie.MESURE,
    "delai": Saisie.MESURE,
    "pourcentage_par_typologie": Saisie.TYPOLOGIE,
    "booleen": Saisie.OUI_NON,
}
_ARRONDIS = {"proche": Arrondi.DEMI_SUPERIEUR, "inferieur": Arrondi.INFERIEUR, "superieur": Arrondi.SUPERIEUR}
MERGED = "La moyenne pondérée par l'activité combinée est notre choix : aucune source ne dit comment consolider."
SHARES = "La source ne consolide que des parts ; la moyenne pondérée est donnée comme repère."
OVERALL = "Le niveau de l'ensemble suit la règle des rubriques : aucune source ne la donne."
MEAN = "Le niveau d'une rubrique est la moyenne de ses indicateurs : aucune source ne donne la règle."


def grids() -> list[Grille]:
    """The grids of the packs in force, in the order of their packs."""
    return [read for pack in in_force() for read in of_pack(pack)]


def grid(pack: str, id: str, version: str = "") -> Grille:
    """One grid, in a given version of its pack or in the one in force.

    Raises:
        NotFound: no such pack, version or grid.
    """
    held = by_version(pack, version) if version else next((p for p in in_force() if p.pack == pack), None)
    found = next((one for one in of_pack(held) if one.id == id), None) if held else None
    if found is None:
        raise NotFound(f"La grille « {id} » du référentiel « {pack} » n'existe pas.", code="grille-inconnue")
    return found


_read: dict[tuple[str, str], tuple[packs.Pack, tuple[Grille, ...]]] = {}


def of_pack(pack: packs.Pack) -> tuple[Grille, ...]:
    """The grids of one version of a pack; read once."""
    key = (pack.pack, pack.version)
    known = _read.get(key)
    if known is None or known[0] is not pack:
        known = _read[key] = (pack, tuple(_grid(pack, one) for one in pack.grilles))
    return known[1]


def _grid(pack: packs.Pack, held: PackGrid) -> Grille:
    weights = [*(one.poids for one in held.rubriques), *(one.poids for one in held.indicateurs)]
    unit = lcm(1, *(Fraction(weight).denominator for weight in weights))
    top = max(level.valeur for level in held.niveaux)
    merge = held.consolidation
    rubric_rule = Agregation(held.niveau_rubrique or Agregation.MOYENNE)
    return Grille(
        pack=pack.pack,
        version=pack.version,
        id=held.id,
        titre=held.libelle,
        rubriques=tuple(
            Rubrique(
                rubric.id,
                rubric.libelle,
                tuple(_indicator(one, unit) for one in held.indicateurs if one.rubrique == rubric.id),
                int(rubric.poids * unit),
                Source(rubric.source.ref, rubric.source.paragraphe),
            )
            for rubric in held.rubriques
        ),
        echelles={one.id: _scale(one) for one in held.baremes},
        niveau_max=top,
        par_rubrique=rubric_rule,
        global_=Agregation(held.niveau_ensemble or rubric_rule),
        maille=(merge.par.value if merge else "ej"),
        niveaux=tuple((level.valeur, level.libelle) for level in held.niveaux),
        seuil=Fraction(merge.seuil) if merge and merge.seuil is not None else None,
        parts=tuple(
            PartComptee(p.id, p.libelle, p.indicateurs, Source(p.source.ref, p.source.paragraphe))
            for p in (merge.parts if merge else ())
        ),
        note=(merge.note or "") if merge else "",
        hypotheses=_hypotheses(held),
    )


def _hypotheses(held: PackGrid) -> tuple[str, ...]:
    merge = held.consolidation
    told = (
        (MEAN, held.niveau_rubrique is None),
        (OVERALL, held.niveau_ensemble is None),
        (MERGED, merge is None),
        (SHARES, merge is not None and merge.methode == "part_minimale"),
    )
    notes = (f"{one.libelle} : {one.note}" for one in held.baremes if one.note)
    return (*(sentence for sentence, holds in told if holds), *notes)


def _indicator(held: PackIndicator, unit: int) -> Indicateur:
    return Indicateur(
        id=held.id,
        libelle=held.libelle,
        saisie=_SAISIES[held.saisie],
        echelle=held.bareme or "",
        poids=int(held.poids * unit),
        code=held.code or "",
        aide=held.definition or held.objectif or "",
        preuve=held.preuve or "",
        groupe=held.porteur == "groupe",
        source=Source(held.source.ref, held.source.paragraphe),
        categories=tuple(one.libelle for one in held.typologies),
        niveaux=tuple((level.niveau, level.libelle) for level in held.niveaux),
    )


def _scale(held: Bareme) -> Echelle:
    return Echelle(
        id=held.id,
        libelle=held.libelle,
        unite=held.unite or "",
        bandes=tuple(Bande(one.niveau, one.de, one.a) for one in held.paliers),
        arrondi=_ARRONDIS[held.arrondi],
        non_mesure=held.non_mesure,
        minimum=held.min,
        maximum=held.max,
    )
