"""Small maturity grids for tests, with the stated bands of identity maturity."""

from __future__ import annotations

from archipel.programmes.maturity.values import (
    Agregation,
    Arrondi,
    Bande,
    Echelle,
    Grille,
    Indicateur,
    Rubrique,
    Saisie,
    Source,
)

DIRECTE = Echelle(
    "directe", "Couverture", "%",
    (Bande(0, 0, 9), Bande(1, 10, 39), Bande(2, 40, 69), Bande(3, 70, 89), Bande(4, 90, 100)), maximum=100,
)  # fmt: skip
INVERSE = Echelle(
    "inverse", "Part résiduelle", "%",
    (Bande(4, 0, 0), Bande(3, 1, 4), Bande(2, 5, 9), Bande(1, 10, 20), Bande(0, 21, 100)), maximum=100,
)  # fmt: skip
DELAI = Echelle(
    "delai", "Délai", "jours",
    (Bande(4, 0, 7), Bande(3, 8, 14), Bande(2, 15, 30), Bande(1, 31, None)), Arrondi.DEMI_SUPERIEUR, non_mesure=0,
)  # fmt: skip
SCALES = {one.id: one for one in (DIRECTE, INVERSE, DELAI)}


def small_grid(par_rubrique: Agregation = Agregation.MOYENNE, global_: Agregation = Agregation.MOYENNE) -> Grille:
    """Two rubrics, six indicators, one of each kind of answer."""
    return Grille(
        pack="essai", version="1", id="identites", titre="Grille d'essai", echelles=SCALES, niveau_max=4,
        par_rubrique=par_rubrique, global_=global_,
        rubriques=(
            Rubrique("repertoire", "Répertoire", (
                Indicateur("proc-1", "Procédure", Saisie.PALIER, source=Source("S0", "1")),
                Indicateur("couv-1", "Couverture", Saisie.MESURE, "directe"),
                Indicateur("part-1", "Comptes partagés", Saisie.MESURE, "inverse", poids=2),
            )),
            Rubrique("sorties", "Sorties", (
                Indicateur("delai-1", "Désactivation", Saisie.MESURE, "delai"),
                Indicateur("typo-1", "Par catégorie", Saisie.TYPOLOGIE, "directe", categories=("médecins", "IDE")),
                Indicateur("oui-1", "Revue", Saisie.OUI_NON),
            ), poids=2),
        ),
    )  # fmt: skip
