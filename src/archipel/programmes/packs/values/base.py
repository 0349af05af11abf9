"""What every line of a pack is made of: where it stands, where it comes from, at which level it applies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

Number = int | Decimal
Value = bool | Number | Date | str
"""What a fact may be worth; numbers are exact."""


class Maille(StrEnum):
    """The level at which a rule, a fact or a candidature stands."""

    GHT = "ght"
    EJ = "ej"
    EG = "eg"
    FINESS_PMSI = "finess_pmsi"
    PROJET = "projet"


MAILLE_LABELS: dict[Maille, str] = {
    Maille.GHT: "GHT",
    Maille.EJ: "entité juridique",
    Maille.EG: "site géographique",
    Maille.FINESS_PMSI: "FINESS PMSI",
    Maille.PROJET: "projet",
}


class Nature(StrEnum):
    """What a pack holds."""

    PROGRAMME = "programme"
    CATALOGUE = "catalogue"
    GRILLE = "grille"
    CADRE = "cadre"


NATURE_LABELS: dict[Nature, str] = {
    Nature.PROGRAMME: "Programme",
    Nature.CATALOGUE: "Catalogue d'aides",
    Nature.GRILLE: "Grille de maturité",
    Nature.CADRE: "Cadre d'exigences",
}


REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "01": "Guadeloupe", "02": "Martinique", "03": "Guyane", "04": "La Réunion", "06": "Mayotte",
        "11": "Île-de-France", "24": "Centre-Val de Loire", "27": "Bourgogne-Franche-Comté", "28": "Normandie",
        "32": "Hauts-de-France", "44": "Grand Est", "52": "Pays de la Loire", "53": "Bretagne",
        "75": "Nouvelle-Aquitaine", "76": "Occitanie", "84": "Auvergne-Rhône-Alpes",
        "93": "Provence-Alpes-Côte d'Azur", "94": "Corse",
    }
)  # fmt: skip
"""Code officiel géographique (INSEE): code → name of the regions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a pack; ``ligne`` is where it stands in its file (1 for the first), outside comparison."""

    ligne: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Line):
    """The document (``ref``, one of the pack's ``sources``) and the paragraph that state a line."""

    ref: str
    paragraphe: str
    citation: str | None = None

    def __str__(self) -> str:
        return f"{self.ref}, {self.paragraphe}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Line):
    """A document that the pack cites."""

    id: str
    titre: str
    auteur: str
    date: Date | None = None
    reference: str | None = None
    lien: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Periode(Line):
    """From the first to the last day, both included; without ``au``, no known end."""

    du: Date
    au: Date | None = None

    def holds(self, day: Date) -> bool:
        """Whether the day is in the period."""
        return self.du <= day and (self.au is None or day <= self.au)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaut(Line):
    """A defect of a source, kept and flagged."""

    id: str
    trouve: str
    attendu: str
    source: Source
    effet: str | None = None
    concerne: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomme(Line):
    """A named line of a list that says no more (a type, a theme of a catalogue, a rubric)."""

    id: str
    libelle: str
    source: Source
    resume: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chiffre(Line):
    """A figure that a source states, kept for reference."""

    id: str
    libelle: str
    valeur: Number
    source: Source
    unite: str | None = None
    date: Date | None = None
    texte: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Line):
    """One value of a distribution."""

    id: str
    libelle: str
    valeur: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Serie(Line):
    """A distribution that a source states; its values add up to ``total`` when it is given."""

    id: str
    libelle: str
    valeurs: tuple[Part, ...]
    source: Source
    unite: str | None = None
    total: Number | None = None
    region: str | None = None
    date: Date | None = None
