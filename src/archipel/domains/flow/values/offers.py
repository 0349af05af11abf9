"""Pure vocabulary of what a hospital tells the nation about its capacity: the ROR's nomenclatures, offers, statements.

Sources: nomenclatures TRE_R329 to TRE_R337 of the Nomenclature des objets de santé (ANS, version 2025-03-28); extension
``ror-location-supported-capacity`` of the ROR's implementation guide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache


class Nature(StrEnum):
    """R329: what is counted."""

    LIT = "01"
    PLACE = "02"
    LOGEMENT = "03"


class Statut(StrEnum):
    """R330: the state that is counted. 08 and 09 belong to FINESS; 07 is computed and is never exchanged."""

    INSTALLE = "01"
    DISPONIBLE = "02"
    OCCUPE = "03"
    RESERVE = "04"
    FERME = "05"
    SUPPLEMENTAIRE = "06"
    OPERATIONNEL = "07"
    INSTALLE_CONSTATE = "08"
    AUTORISE = "09"


EXCHANGED = frozenset(Statut) - {Statut.OPERATIONNEL, Statut.INSTALLE_CONSTATE, Statut.AUTORISE}
"""The states that an establishment tells."""


class Temporalite(StrEnum):
    """R331: when the figure holds."""

    COURANT = "01"
    UNE_HEURE = "02"
    VINGT_QUATRE_HEURES = "03"
    QUARANTE_HUIT_HEURES = "04"
    SEPT_JOURS = "05"


HORIZONS: dict[Temporalite, timedelta] = {
    Temporalite.UNE_HEURE: timedelta(hours=1),
    Temporalite.VINGT_QUATRE_HEURES: timedelta(hours=24),
    Temporalite.QUARANTE_HUIT_HEURES: timedelta(hours=48),
    Temporalite.SEPT_JOURS: timedelta(days=7),
}
"""How far ahead each forecast looks."""


class Genre(StrEnum):
    """R332: whom a free bed may receive. 03 is no longer in force since 2025-08-28, but is still met."""

    FEMME = "01"
    HOMME = "02"
    INDIFFERENCIE = "03"
    INDETERMINE = "04"


class Fermeture(StrEnum):
    """R333: whether a closed bed can be opened again."""

    REACTIVABLE = "01"
    NON_REACTIVABLE = "02"
    INDETERMINE = "03"


class Supplementaire(StrEnum):
    """R334: beds beyond those installed."""

    MOBILISE = "01"
    SANS_RH = "02"
    AVEC_RH = "03"


class Source(StrEnum):
    """R335: what the figure comes from."""

    MANUEL = "01"
    BED_MANAGEMENT = "02"
    GAM = "03"
    DPI = "04"


class Crise(StrEnum):
    """R336: the crisis for which extra beds are mobilised."""

    PMIE = "01"
    SSE = "02"


class Affectation(StrEnum):
    """R337: for whom the beds are kept for a time."""

    AUCUNE = "01"
    COVID_PLUS = "02"
    COVID_MOINS = "03"


LABELS: dict[str, dict[str, str]] = {
    "R329": {"01": "Lit", "02": "Place", "03": "Logement"},
    "R330": {
        "01": "Installé", "02": "Disponible", "03": "Occupé", "04": "Réservé", "05": "Fermé", "06": "Supplémentaire",
        "07": "Opérationnel", "08": "Installé constaté", "09": "Autorisé",
    },
    "R331": {
        "01": "Courant", "02": "Prévisionnel 1 heure", "03": "Prévisionnel 24 heures", "04": "Prévisionnel 48 heures",
        "05": "Prévisionnel 7 jours",
    },
    "R332": {"01": "Femme", "02": "Homme", "03": "Indifférencié", "04": "Indéterminé"},
    "R333": {"01": "Réactivable", "02": "Non réactivable", "03": "Indéterminé"},
    "R334": {
        "01": "Mobilisé", "02": "Mobilisable sans ressources humaines", "03": "Mobilisable avec ressources humaines",
    },
    "R335": {
        "01": "Saisie manuelle", "02": "Bed management", "03": "Gestion administrative du malade (GAM)",
        "04": "Dossier patient informatisé (DPI)",
    },
    "R336": {"01": "PMIE 1", "02": "Situation sanitaire Exceptionnelle (SSE) (Plan blanc)"},
    "R337": {"01": "Aucune", "02": "Covid+", "03": "Covid-"},
}  # fmt: skip
"""Nomenclature → code → label, as published."""


@dataclass(frozen=True, slots=True, order=True)
class Indicator:
    """What a figure is about: the seven attributes by which the ROR recognises an indicator. Empty: not given."""

    status: str
    temporality: str = Temporalite.COURANT.value
    gender: str = ""
    closing: str = ""
    additional: str = ""
    crisis: str = ""
    assignment: str = Affectation.AUCUNE.value

    def __str__(self) -> str:
        parts = (
            self.status,
            self.temporality,
            self.gender,
            self.closing,
            self.additional,
            self.crisis,
            self.assignment,
        )
        return "/".join(part or "-" for part in parts)

    @classmethod
    def parse(cls, text: str) -> Indicator:
        """Read what :meth:`__str__` wrote.

        Raises:
            ValueError: it has not seven parts.
        """
        return _parsed(text)

    @property
    def label(self) -> str:
        """In words: ``Disponible, femme, prévisionnel 24 heures``."""
        extra = (
            ("R332", self.gender), ("R333", self.closing), ("R334", self.additional), ("R336", self.crisis),
            ("R331", "" if self.temporality == Temporalite.COURANT else self.temporality),
            ("R337", "" if self.assignment == Affectation.AUCUNE else self.assignment),
        )  # fmt: skip
        words = [LABELS[table].get(code, code) for table, code in extra if code]
        lower = [word[:1].lower() + word[1:] if word[1:2].islower() else word for word in words]
        return ", ".join([LABELS["R330"].get(self.status, self.status), *lower])


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Indicator:
    """There are a few dozen of them, and each is read again for every offer."""
    parts = ["" if part == "-" else part for part in text.split("/")]
    if len(parts) != 7:
        raise ValueError(f"indicateur illisible : « {text[:60]} »")
    return Indicator(*parts)


Statement = dict[Indicator, int]
"""What is said of an offer: how many beds or places, by indicator."""


@dataclass(frozen=True, slots=True)
class BedGroup:
    """Beds of one unit that are in the same situation, and how many they are. The facts stay separate."""

    count: int
    installed: bool
    """In the structure today, closed or not."""
    shut: bool = False
    """Closed by a person."""
    closing: str = ""
    """R333 code of the closure, empty when not given."""
    unstaffed: bool = False
    occupied: bool = False
    reserved: bool = False
    """A known patient is expected within 24 hours."""
    dirty: bool = False
    gender: str = ""
    """F or M when the room imposes it."""
    usage: str = "lit"
    """lit or place: an offer counts the one that its nature says."""


@dataclass(frozen=True, slots=True)
class ForecastFigure:
    """Beds expected to be available, as a person validated it."""

    temporality: str
    """R331, 02 to 05."""
    count: int
    expires_at: datetime
    """Not told any more from this moment on."""
    gender: str = Genre.INDETERMINE.value
    validated_at: datetime | None = None
    validated_by: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer of the ROR (lieu de réalisation) and the units whose beds it counts, during a period."""

    establishment: str
    """FINESS EJ, or the code of the establishment here."""
    structure: str
    """IdNatStruct of the geographic entity."""
    code: str
    """External code (idExterneSynchro): the same here and in the ROR."""
    name: str
    filiere: str
    nature: str = Nature.LIT.value
    units: tuple[str, ...] = ()
    closed: bool = False
    """The whole offer is closed: nothing is available, whatever the beds say."""
    extra_without_staff: int = 0
    extra_with_staff: int = 0
    """Beds that could be added, declared by a person."""
    crisis: str = ""
    """R336: the crisis for which the extra beds are mobilised, empty outside of one."""
    assignment: str = Affectation.AUCUNE.value
    valid_from: date = field(default=date(2000, 1, 1))
    valid_to: date | None = None
    number: int = 0

    @property
    def key(self) -> str:
        """How the ROR finds it: ``IdNatStruct/code``."""
        return f"{self.structure}/{self.code}"

    def covers(self, day: date) -> bool:
        """Whether it is in force that day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
