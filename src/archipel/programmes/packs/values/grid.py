"""What a maturity grid states."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.programmes.packs.values.base import Line, Maille, Nomme, Number, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Palier(Line):
    """The measures from ``de`` to ``a``, both included once rounded, and the level that they give."""

    niveau: int
    de: int | None = None
    a: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bareme(Line):
    """How a measure becomes a level.

    ``arrondi`` (inferieur, superieur, proche: halves go up) makes the measure an integer; ``non_mesure`` is the level
    of what is not measured, unknown without it.
    """

    id: str
    libelle: str
    sens: str
    arrondi: str
    paliers: tuple[Palier, ...]
    source: Source
    unite: str | None = None
    min: int | None = None
    max: int | None = None
    non_mesure: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Niveau(Line):
    """A level of the grid."""

    valeur: int
    libelle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NiveauDecrit(Line):
    """What a level means for one indicator."""

    niveau: int
    libelle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RubriqueGrille(Nomme):
    """A rubric of the grid, and its weight."""

    numero: int | None = None
    poids: Number = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicateur(Line):
    """A question of the grid."""

    id: str
    rubrique: str
    libelle: str
    saisie: str
    source: Source
    code: str | None = None
    definition: str | None = None
    perimetre: str | None = None
    objectif: str | None = None
    type: str | None = None
    bareme: str | None = None
    porteur: str = "etablissement"
    niveaux: tuple[NiveauDecrit, ...] = ()
    typologies: tuple[Nomme, ...] = ()
    poids: Number = 1
    metrique: str | None = None
    preuve: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartComptee(Line):
    """What a least share counts: an entity holds it when these indicators are all at the highest level."""

    id: str
    libelle: str
    indicateurs: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidation(Line):
    """How several entities make one: weighted mean, least share reached, or the weakest."""

    methode: str
    par: Maille
    source: Source
    poids: str | None = None
    seuil: Number | None = None
    parts: tuple[PartComptee, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grille(Line):
    """A grid of self-diagnosis."""

    id: str
    libelle: str
    niveaux: tuple[Niveau, ...]
    rubriques: tuple[RubriqueGrille, ...]
    indicateurs: tuple[Indicateur, ...]
    source: Source
    baremes: tuple[Bareme, ...] = ()
    niveau_rubrique: str | None = None
    niveau_ensemble: str | None = None
    consolidation: Consolidation | None = None
