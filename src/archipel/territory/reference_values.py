"""What the reference territory is made of: GHT, EJ, EG, communes, beds and emergency departments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from archipel.kernel.finess import Finess

FILIERES: Mapping[str, str] = MappingProxyType(
    {
        "MED": "Médecine",
        "CHI": "Chirurgie",
        "OBS": "Gynécologie-obstétrique",
        "PED": "Pédiatrie",
        "GER": "Court séjour gériatrique",
        "SCA": "Soins critiques adultes",
        "SCP": "Soins critiques pédiatriques et néonatologie",
        "BRU": "Grands brûlés",
        "UHCD": "Hospitalisation de courte durée",
        "SMR": "Soins médicaux et de réadaptation",
        "PSY": "Psychiatrie",
        "SLD": "Soins de longue durée",
    }
)
"""Codes of the filières and what a user calls them."""

MCO: frozenset[str] = frozenset({"MED", "CHI", "OBS", "PED", "GER", "SCA", "SCP", "BRU", "UHCD"})
"""The filières whose beds add up to the SAE's LIT_MCO of a site."""


@dataclass(frozen=True, slots=True)
class RefCommune:
    """A commune; ``latitude`` and ``longitude`` are those of its centre."""

    code_insee: str
    nom: str
    departement: str
    code_postal: str
    population: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class RefCapacite:
    """Beds and places of one filière at one site, with the SAE columns they come from."""

    filiere: str
    lits: int
    places: int
    annee: int
    source: str


@dataclass(frozen=True, slots=True)
class RefUrgences:
    """An emergency department; ``type`` is ``GEN`` or ``PED``; counts are for the year; None = not declared."""

    type: str
    passages: int
    passages_80_ans_et_plus: int | None
    passages_moins_de_18_ans: int | None
    lits_uhcd: int
    hospitalises: int | None
    part_hospitalisee: float | None
    annee: int
    source: str


@dataclass(frozen=True, slots=True)
class RefEg:
    """A geographic site (entité géographique)."""

    finess: Finess
    finess_ej: Finess
    nom: str
    raison_sociale: str
    categorie: str
    categorie_libelle: str
    commune: RefCommune
    code_postal: str
    adresse: str
    latitude: float
    longitude: float
    coord_source: str
    lits_mco_sae: int
    capacites: tuple[RefCapacite, ...]
    urgences: tuple[RefUrgences, ...]

    def lits(self, *filieres: str) -> int:
        """Beds of the named filières, of all of them when none is named."""
        return sum(c.lits for c in self.capacites if not filieres or c.filiere in filieres)


@dataclass(frozen=True, slots=True)
class RefEj:
    """A legal entity (entité juridique), member of a GHT; ``role`` is ``S`` (support) or ``M``."""

    finess: Finess
    code_ght: str
    nom: str
    raison_sociale: str
    role: str
    commune: RefCommune
    egs: tuple[RefEg, ...]

    def lits(self, *filieres: str) -> int:
        """Beds of the named filières over its sites."""
        return sum(eg.lits(*filieres) for eg in self.egs)


@dataclass(frozen=True, slots=True)
class RefGht:
    """A GHT; ``publies`` keeps the totals published for it, under the names of the columns of ``ght.csv``."""

    code: str
    nom: str
    finess_ej_support: Finess
    region: str
    publies: Mapping[str, float]
    ejs: tuple[RefEj, ...]

    @property
    def support(self) -> RefEj:
        """The supporting establishment."""
        return next(ej for ej in self.ejs if ej.finess == self.finess_ej_support)

    @property
    def egs(self) -> tuple[RefEg, ...]:
        """Every site of every member."""
        return tuple(eg for ej in self.ejs for eg in ej.egs)

    def lits(self, *filieres: str) -> int:
        """Beds of the named filières over the whole GHT."""
        return sum(ej.lits(*filieres) for ej in self.ejs)
