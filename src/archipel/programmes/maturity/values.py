"""What a maturity grid is, how it is answered, and what comes out of it. Pure.

A grid is data (a pack): rubrics hold indicators, an indicator is answered with a level, a percentage, a delay, counts
by category or yes/no, and a scale of integer bands turns what was measured into a level.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class Saisie(StrEnum):
    """How an indicator is answered."""

    PALIER = "palier"
    MESURE = "mesure"
    TYPOLOGIE = "typologie"
    OUI_NON = "oui_non"


class Arrondi(StrEnum):
    """How a measure becomes the integer that the bands speak of."""

    DEMI_SUPERIEUR = "demi_superieur"
    INFERIEUR = "inferieur"
    SUPERIEUR = "superieur"


class Agregation(StrEnum):
    """How levels make the level of what holds them."""

    MINIMUM = "minimum"
    MOYENNE = "moyenne"


class Etat(StrEnum):
    """What an answer says."""

    ABSENTE = "absente"
    MESUREE = "mesuree"
    NON_MESUREE = "non_mesuree"
    SANS_OBJET = "sans_objet"


class Verdict(StrEnum):
    """A three-valued answer."""

    OUI = "oui"
    NON = "non"
    INCONNU = "inconnu"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a line of the grid comes from."""

    ref: str = ""
    paragraphe: str = ""


@dataclass(frozen=True, slots=True)
class Bande:
    """The level of the integers from ``bas`` to ``haut``, both included; None: without end on that side."""

    niveau: int
    bas: int | None
    haut: int | None


@dataclass(frozen=True, slots=True)
class Echelle:
    """Bands that cover the integers, the rounding that leads to them, and the level of what nobody measured."""

    id: str
    libelle: str
    unite: str
    bandes: tuple[Bande, ...]
    arrondi: Arrondi = Arrondi.DEMI_SUPERIEUR
    non_mesure: int | None = None
    minimum: int | None = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Indicateur:
    """One question of the grid; ``poids`` counts in means only."""

    id: str
    libelle: str
    saisie: Saisie
    echelle: str = ""
    poids: int = 1
    code: str = ""
    aide: str = ""
    preuve: str = ""
    groupe: bool = False
    """Answered once for the whole group, not by each entity."""
    source: Source = Source()
    categories: tuple[str, ...] = ()
    niveaux: tuple[tuple[int, str], ...] = ()
    """What a level means for this question, where the source says it."""


@dataclass(frozen=True, slots=True)
class Rubrique:
    """Indicators that are read together."""

    id: str
    libelle: str
    indicateurs: tuple[Indicateur, ...]
    poids: int = 1
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class PartComptee:
    """What a share of the AC counts: an entity holds it when these indicators are all at the highest level."""

    id: str
    libelle: str
    indicateurs: tuple[str, ...]
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class Grille:
    """A whole grid, of one version of one pack; levels go from 0 to ``niveau_max``."""

    pack: str
    version: str
    id: str
    titre: str
    rubriques: tuple[Rubrique, ...]
    echelles: dict[str, Echelle]
    niveau_max: int = 4
    par_rubrique: Agregation = Agregation.MOYENNE
    global_: Agregation = Agregation.MOYENNE
    maille: str = "ej"
    niveaux: tuple[tuple[int, str], ...] = ()
    seuil: Fraction | None = None
    parts: tuple[PartComptee, ...] = ()
    note: str = ""
    hypotheses: tuple[str, ...] = ()
    """What no source says and the pack chose; shown beside the results."""

    @property
    def indicateurs(self) -> tuple[Indicateur, ...]:
        """Every indicator, in the order of the grid."""
        return tuple(i for r in self.rubriques for i in r.indicateurs)

    def indicateur(self, id: str) -> Indicateur | None:
        """The indicator of that id."""
        return next((i for i in self.indicateurs if i.id == id), None)


@dataclass(frozen=True, slots=True)
class Mesure:
    """What was answered to an indicator: a number (level, percentage, days, 1/0), or counts by category."""

    etat: Etat = Etat.ABSENTE
    valeur: Fraction | None = None
    categories: tuple[tuple[str, int, int], ...] = ()
    """(category, how many have it, out of how many)."""


ABSENTE = Mesure()


@dataclass(frozen=True, slots=True)
class Niveau:
    """A level between two bounds, which meet when every answer is there.

    ``bas`` is what is reached if the missing answers are worth the least, ``haut`` if they are worth the most; both
    None when nothing applies (every indicator ``sans objet``).
    """

    bas: Fraction | None
    haut: Fraction | None
    repondus: int
    attendus: int

    @property
    def valeur(self) -> Fraction | None:
        """The exact score; None while answers are missing or when nothing applies."""
        return self.bas if self.bas == self.haut else None

    @property
    def atteint(self) -> int | None:
        """The level that is certainly reached (score rounded down); None when nothing applies."""
        return None if self.bas is None else self.bas.numerator // self.bas.denominator

    @property
    def decide(self) -> bool:
        """Whether the missing answers cannot change the level."""
        return self.bas is None or (self.haut is not None and int(self.bas) == int(self.haut))


@dataclass(frozen=True, slots=True)
class Bilan:
    """An entity's levels: of each indicator, of each rubric, of the whole."""

    indicateurs: dict[str, int | None]
    rubriques: dict[str, Niveau]
    ensemble: Niveau
    etats: dict[str, Etat] = field(default_factory=dict)
