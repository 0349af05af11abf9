"""Pure vocabulary of a passage through an emergency department: the 18 items of the RPU and their codes.

Source: arrêté du 24 juillet 2013 relatif au recueil et au traitement des données d'activité médicale produites par les
établissements publics ou privés titulaires d'une autorisation d'activité de médecine d'urgence, art. 3 (items); format
RPU V2006 (codes). GEMSA is not one of the items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType


class Item(StrEnum):
    """The 18 items, in the order of the arrêté (art. 3)."""

    CP = "cp"
    COMMUNE = "commune"
    NAISSANCE = "naissance"
    SEXE = "sexe"
    ENTREE = "entree"
    MODE_ENTREE = "mode_entree"
    PROVENANCE = "provenance"
    TRANSPORT = "transport"
    TRANSPORT_PEC = "transport_pec"
    MOTIF = "motif"
    GRAVITE = "gravite"
    DP = "dp"
    DA = "da"
    ACTES = "actes"
    SORTIE = "sortie"
    MODE_SORTIE = "mode_sortie"
    DESTINATION = "destination"
    ORIENTATION = "orientation"


ITEM_LABELS: Mapping[Item, str] = MappingProxyType(
    {
        Item.CP: "Code postal de résidence",
        Item.COMMUNE: "Commune de résidence",
        Item.NAISSANCE: "Date de naissance",
        Item.SEXE: "Sexe",
        Item.ENTREE: "Entrée",
        Item.MODE_ENTREE: "Mode d'entrée",
        Item.PROVENANCE: "Provenance",
        Item.TRANSPORT: "Transport",
        Item.TRANSPORT_PEC: "Prise en charge pendant le transport",
        Item.MOTIF: "Motif de recours",
        Item.GRAVITE: "Gravité (CCMU)",
        Item.DP: "Diagnostic principal",
        Item.DA: "Diagnostics associés",
        Item.ACTES: "Actes",
        Item.SORTIE: "Sortie",
        Item.MODE_SORTIE: "Mode de sortie",
        Item.DESTINATION: "Destination",
        Item.ORIENTATION: "Orientation",
    }
)

CODES: Mapping[Item, Mapping[str, str]] = MappingProxyType(
    {
        Item.SEXE: {"M": "Homme", "F": "Femme", "I": "Indéterminé"},
        Item.MODE_ENTREE: {"6": "Mutation", "7": "Transfert", "8": "Domicile"},
        Item.PROVENANCE: {
            "1": "Court séjour (MCO)",
            "2": "Soins de suite et de réadaptation",
            "3": "Soins de longue durée",
            "4": "Psychiatrie",
            "5": "Domicile, passage pour raison d'organisation",
            "6": "Hospitalisation à domicile",
            "7": "Hébergement médico-social",
            "8": "Domicile, autre raison",
        },
        Item.TRANSPORT: {
            "PERSO": "Moyen personnel",
            "AMBU": "Ambulance",
            "VSAB": "Véhicule des pompiers",
            "SMUR": "SMUR",
            "HELI": "Hélicoptère",
            "FO": "Force de l'ordre",
        },
        Item.TRANSPORT_PEC: {"MED": "Médicalisée", "PARAMED": "Paramédicale", "AUCUN": "Aucune"},
        Item.GRAVITE: {
            "1": "Stable, sans acte",
            "P": "Trouble psychiatrique seul",
            "2": "Stable, avec acte",
            "3": "Peut s'aggraver",
            "4": "Pronostic vital engagé",
            "5": "Réanimation immédiate",
            "D": "Décédé à l'arrivée",
        },
        Item.MODE_SORTIE: {"6": "Mutation", "7": "Transfert", "8": "Domicile", "9": "Décès"},
        Item.DESTINATION: {
            "1": "Court séjour (MCO)",
            "2": "Soins de suite et de réadaptation",
            "3": "Soins de longue durée",
            "4": "Psychiatrie",
            "6": "Hospitalisation à domicile",
            "7": "Hébergement médico-social",
        },
        Item.ORIENTATION: {
            "MED": "Médecine",
            "CHIR": "Chirurgie",
            "OBST": "Obstétrique",
            "UHCD": "Hospitalisation de courte durée",
            "SC": "Surveillance continue",
            "SI": "Soins intensifs",
            "REA": "Réanimation",
            "HDT": "Soins psychiatriques à la demande d'un tiers",
            "HO": "Soins psychiatriques sur décision du préfet",
            "REO": "Réorienté sans soins",
            "PSA": "Parti sans attendre",
            "SCAM": "Sorti contre avis médical",
            "FUGUE": "Fugue",
        },
    }
)
"""Item → code → words; the other items hold a text, a moment or a code of a nomenclature."""

WARDS = frozenset({"MED", "CHIR", "OBST", "UHCD", "SC", "SI", "REA", "HDT", "HO"})
"""Orientations that are a stay in a ward."""
AWAY = frozenset({"REO", "PSA", "SCAM", "FUGUE"})
"""Orientations of somebody who goes away."""
HOSPITALISED = frozenset({"6", "7"})
"""Modes of exit that are a hospitalisation: mutation, transfer."""
MANY = frozenset({Item.DA, Item.ACTES})
"""Items that hold a list."""
MEDICAL = frozenset({Item.MOTIF, Item.GRAVITE, Item.DP, Item.DA, Item.ACTES})
"""Items that no movement tells: only entry gives them."""
FROM_SOURCE = frozenset({Item.NAISSANCE, Item.SEXE, Item.ENTREE, Item.SORTIE})
"""Items that are mended where they come from (identity, movements), never entered here."""
ENTERED: tuple[Item, ...] = tuple(item for item in Item if item not in FROM_SOURCE)
"""Items that may be entered."""


class Origin(StrEnum):
    """Where the value of an item comes from."""

    MOUVEMENTS = "mouvements"
    IDENTITE = "identité"
    SAISIE = "saisie"


@dataclass(frozen=True, slots=True)
class PassageFact:
    """One row of the append-only ledger of what was entered about ONE venue."""

    fact_id: int
    item: str
    """An :class:`Item`; empty for an undo."""
    value: tuple[str, ...]
    effective_at: datetime
    recorded_at: datetime
    actor: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class EdRun:
    """An unbroken stretch in the emergency department, with the segments around it."""

    begin: datetime
    end: datetime | None
    ufs: tuple[str, ...]
    """Units gone through, the first one first."""
    before: str | None
    """Unit where the venue was just before, None when it begins here."""
    after: str | None
    """Unit where the venue goes on just after, None when it does not."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The value that holds for an item, as entered."""

    fact_id: int
    value: tuple[str, ...]
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage with its 18 items. Personal data: health data under the key of the venue."""

    establishment: str
    """FINESS EJ."""
    site: str
    """FINESS EG of the emergency department."""
    venue_id: int
    venue: str
    """Key of the venue."""
    rank: int
    """1 for the first passage of the venue, 2 for the next …"""
    uf: str
    arrived_at: datetime
    left_at: datetime | None
    values: Mapping[Item, tuple[str, ...]]
    """Item → codes, without those that are unknown; moments and birth are not here."""
    origins: Mapping[Item, Origin] = field(default_factory=dict)
    birth: date | None = None
    entered: Mapping[Item, Entered] = field(default_factory=dict)
    ward: str = ""
    """Unit where the stay goes on after the passage; empty when it does not, or not known."""

    def one(self, item: Item) -> str:
        """The value of an item that holds one; empty when unknown."""
        return next(iter(self.values.get(item, ())), "")

    def many(self, item: Item) -> tuple[str, ...]:
        """The values of an item that holds a list."""
        return self.values.get(item, ())

    @property
    def hospitalised(self) -> bool:
        """Whether it ended by a mutation or a transfer."""
        return self.left_at is not None and self.one(Item.MODE_SORTIE) in HOSPITALISED

    @property
    def minutes(self) -> int | None:
        """How long it lasted; None while it lasts."""
        return None if self.left_at is None else int((self.left_at - self.arrived_at).total_seconds() // 60)


class Severity(StrEnum):
    """How much a problem of quality matters."""

    ERREUR = "erreur"
    """The value is impossible, or contradicts another."""
    MANQUE = "manque"
    """An expected item is missing."""
    ALERTE = "alerte"
    """To be looked at: unusual, not impossible."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a passage, in words."""

    code: str
    item: Item
    severity: Severity
    sentence: str
    """What was found and what was expected (French); no name."""
