"""Pure vocabulary of money: bands, ceilings, instalments, the ledger's kinds of facts. Amounts are in euros."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

Amount = Decimal
"""Euros, exact to the cent."""


@dataclass(frozen=True, slots=True)
class Band:
    """A band of a funding table: from ``since`` included to ``below`` excluded (None: no end), and its amount."""

    category: str
    amount: int
    since: Decimal = Decimal(0)
    below: Decimal | None = None

    def holds(self, activity: Decimal) -> bool:
        """Whether an activity falls in the band."""
        return self.since <= activity and (self.below is None or activity < self.below)


@dataclass(frozen=True, slots=True)
class Party:
    """An establishment (FINESS PMSI) of a perimeter, its legal entity, its activité combinée and where that comes from.

    ``activity`` None: unknown. No public source gives its formula, so it is an input, never computed.
    """

    finess: str
    name: str = ""
    ej: str = ""
    activity: Decimal | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The ceiling of a project: ``band`` None when it is unknown, ``missing`` then naming whose activity is not known.

    ``low`` and ``high`` are the bands between which an unknown ceiling lies.
    """

    band: Band | None
    activity: Decimal | None
    missing: tuple[str, ...] = ()
    low: Band | None = None
    high: Band | None = None
    to_next: Decimal | None = None
    """Points of activity that are missing before the next band; None in the last one or when unknown."""
    next_band: Band | None = None

    @property
    def amount(self) -> int | None:
        """Euros; None when unknown."""
        return self.band.amount if self.band else None

    @property
    def known(self) -> bool:
        """Whether the ceiling is decided."""
        return self.band is not None


@dataclass(frozen=True, slots=True)
class Instalment:
    """A share of the amount granted, the year in which it is paid and the condition that triggers it."""

    id: str
    share: Decimal
    year: int | None
    condition: str
    label: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """An instalment in euros; ``secured``: its condition is met (or it was paid)."""

    instalment: Instalment
    amount: Amount
    secured: bool = False
    received: Amount = Decimal(0)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A modulation criterion of the ARS, as the pack words it."""

    id: str
    label: str
    source: str = ""


class Kind(StrEnum):
    """What a line of the ledger says."""

    PERIMETRE = "perimetre"
    """The establishments of the project (FINESS PMSI), the bearer first. A later one replaces it."""
    OCTROI = "octroi"
    """The amount that the ARS grants, with its reasons. A later one replaces it."""
    CONDITION = "condition"
    """The condition of an instalment is met (project accepted, objectives validated by the ARS)."""
    ENCAISSEMENT = "encaissement"
    """Money received."""
    COFINANCEMENT = "cofinancement"
    """Money from another source, promised for an exercise."""
    DEPENSE_PREVUE = "depense_prevue"
    """Forecast spend of an entity over an exercise. A later one for the same entity and exercise replaces it."""
    DEPENSE = "depense"
    """Actual spend."""
    REFUS = "refus"
    """The ARS does not retain the project."""
    ANNULATION = "annulation"
    """Takes back another line, which stays readable."""


KIND_LABELS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.PERIMETRE: "Périmètre",
        Kind.OCTROI: "Montant octroyé par l'ARS",
        Kind.CONDITION: "Condition d'une échéance remplie",
        Kind.ENCAISSEMENT: "Encaissement",
        Kind.COFINANCEMENT: "Cofinancement",
        Kind.DEPENSE_PREVUE: "Dépense prévue",
        Kind.DEPENSE: "Dépense réelle",
        Kind.REFUS: "Projet non retenu",
        Kind.ANNULATION: "Annulation",
    }
)
BY_ENTITY = frozenset({Kind.ENCAISSEMENT, Kind.COFINANCEMENT, Kind.DEPENSE_PREVUE, Kind.DEPENSE})
"""Kinds that name an entity (FINESS EJ) and an exercise."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the ledger of a project, as the rules read it."""

    id: int
    kind: Kind
    effective_on: date
    recorded_at: datetime
    amount: Amount | None = None
    establishment: str = ""
    year: int | None = None
    instalment: str = ""
    reasons: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Criterion of modulation → why it counted."""
    perimeter: tuple[str, ...] = ()
    text: str = ""
    undoes: int | None = None
    actor: str = ""
    by_authority: bool = False
    source: str = ""
    """Where it was decided, when that is another room: ``dossier:<n°>#<line>``."""
