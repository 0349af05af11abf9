"""Pure vocabulary of proof: who is looked at, what a requirement asks, what was deposited, where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class Level(StrEnum):
    """The level of what is looked at; the codes of the graph of establishments."""

    GHT = "ght"
    EJ = "ej"
    EG = "eg"
    PMSI = "finess_pmsi"


LEVEL_LABELS: Mapping[Level, str] = MappingProxyType(
    {
        Level.GHT: "GHT",
        Level.EJ: "Entité juridique",
        Level.EG: "Site géographique",
        Level.PMSI: "FINESS PMSI",
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Who is looked at: a GHT, an establishment or one of its parts."""

    level: Level
    code: str
    name: str = field(default="", compare=False)
    establishments: tuple[str, ...] = field(default=(), compare=False)
    """The FINESS EJ whose accounts it concerns."""
    sites: tuple[str, ...] = field(default=(), compare=False)
    """The FINESS EG that it is made of, when it is not whole establishments."""

    @property
    def label(self) -> str:
        """As people say it."""
        return self.name or self.code

    @property
    def key(self) -> str:
        """Its name in addresses and files: ``ght-BFC-03``."""
        return f"{self.level.value}-{self.code}"


class Nature(StrEnum):
    """What establishes that a requirement is met."""

    METRIQUE = "metrique"
    PIECE = "piece"
    DECISION = "decision"
    DECLARATIF = "declaratif"


NATURE_LABELS: Mapping[Nature, str] = MappingProxyType(
    {
        Nature.METRIQUE: "Mesure en direct",
        Nature.PIECE: "Pièce",
        Nature.DECISION: "Décision d'instance",
        Nature.DECLARATIF: "Déclaration",
    }
)


class Status(StrEnum):
    """Where a requirement stands; from the worst to look at to the best."""

    CONTREDIT = "contredit"
    """What is known says the contrary of what was declared or decided."""
    MANQUANT = "manquant"
    PERIME = "perime"
    EN_COURS = "en_cours"
    """Measured or partly there, and short of what is asked."""
    DECLARE = "declare"
    """Somebody says so; nothing backs it."""
    PROUVE = "prouve"


STATUS_LABELS: Mapping[Status, str] = MappingProxyType(
    {
        Status.CONTREDIT: "Contredit",
        Status.MANQUANT: "Manquant",
        Status.PERIME: "Périmé",
        Status.EN_COURS: "En cours",
        Status.DECLARE: "Déclaré",
        Status.PROUVE: "Prouvé",
    }
)


class Comparison(StrEnum):
    """How a measure is compared."""

    GE = "ge"
    GT = "gt"
    LE = "le"
    LT = "lt"
    VAUT = "vaut"


COMPARISON_SIGNS: Mapping[Comparison, str] = MappingProxyType(
    {Comparison.GE: "≥", Comparison.GT: ">", Comparison.LE: "≤", Comparison.LT: "<", Comparison.VAUT: "="}
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What the measure must reach."""

    test: Comparison
    value: Decimal

    def holds(self, measured: Decimal) -> bool:
        """Whether the measure reaches it; bounds as written."""
        return {
            Comparison.GE: measured >= self.value,
            Comparison.GT: measured > self.value,
            Comparison.LE: measured <= self.value,
            Comparison.LT: measured < self.value,
            Comparison.VAUT: measured == self.value,
        }[self.test]


class Origin(StrEnum):
    """Where a binding comes from."""

    PACK = "pack"
    REPLI = "repli"
    """The pack asks for a measure that does not exist here yet: a document stands in for it."""
    LOCAL = "local"
    """Somebody said otherwise, with a reason."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What establishes a requirement."""

    nature: Nature
    metric: str = ""
    measure: str = ""
    """Code of the measure of the metric; empty: the main one."""
    conditions: tuple[Condition, ...] = ()
    freshness_days: int | None = None
    """Age beyond which what establishes it no longer does."""
    pieces: tuple[str, ...] = ()
    """The documents expected, by name; empty: any one."""
    instance: str = ""
    """The body whose opinion is asked; empty: any."""
    origin: Origin = Origin.PACK
    note: str = ""
    reason: str = ""
    """Why it differs from the pack."""
    actor: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class SourceRef:
    """The document and paragraph that state a line."""

    document: str
    title: str
    paragraph: str
    quotation: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something to hold, that can be proved, as a version of a pack states it."""

    pack: str
    version: str
    path: str
    """``theme/objectif/resultat[/exigence]``: the same from version to version."""
    label: str
    theme: str
    objective: str
    result: str
    source: SourceRef
    level: Level | None
    """At which level it stands; None: at that of whoever is looked at."""
    binding: Binding
    """As the pack says."""
    detail: str = ""
    mandatory: bool = True
    due: date | None = None
    due_label: str = ""
    defects: tuple[str, ...] = ()
    """Defects of the source that concern it (French)."""


class EntryKind(StrEnum):
    """What may be written in the ledger of a requirement."""

    PIECE = "piece"
    DECISION = "decision"
    DECLARATION = "declaration"
    COMMENTAIRE = "commentaire"
    LIAISON = "liaison"
    """Another binding than that of the pack, with its reason."""
    RETRAIT = "retrait"
    """Takes back the entry that it points to; says nothing else."""


ENTRY_LABELS: Mapping[EntryKind, str] = MappingProxyType(
    {
        EntryKind.PIECE: "Pièce",
        EntryKind.DECISION: "Décision",
        EntryKind.DECLARATION: "Déclaration",
        EntryKind.COMMENTAIRE: "Commentaire",
        EntryKind.LIAISON: "Changement de preuve attendue",
        EntryKind.RETRAIT: "Retrait",
    }
)

ANSWERS: Mapping[str, str] = MappingProxyType({"oui": "Atteint", "en_cours": "En cours", "non": "Non atteint"})
"""What a declaration may say."""

OPINIONS: Mapping[str, str] = MappingProxyType(
    {"favorable": "Favorable", "reserve": "Favorable avec réserves", "defavorable": "Défavorable", "acte": "Prend acte"}
)
"""What an instance may say."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the append-only ledger of a requirement, for a subject."""

    entry_id: int
    kind: EntryKind
    effective_on: date
    """The date of the document, of the meeting, of what is declared: not that of its deposit."""
    recorded_at: datetime
    actor: str
    title: str = ""
    expires_on: date | None = None
    """The first day on which it no longer holds."""
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """piece: ``attendue`` (the document expected that it is); decision: ``instance``, ``avis``, ``pour``, ``contre``,
    ``abstention``, ``reference``; declaration: ``reponse``; liaison: the binding."""
    file_sha256: str = ""
    file_name: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a requirement stands, and why."""

    status: Status
    reasons: tuple[str, ...]
    """French sentences, the deciding one first."""
    used: tuple[int, ...] = ()
    """The entries that decided."""
    until: datetime | None = None
    """When this answer changes by itself, without any new fact; None: never."""
