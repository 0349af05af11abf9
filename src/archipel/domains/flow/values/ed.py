"""Pure vocabulary of the emergency department: steps of a passage and what people enter about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EdStep(StrEnum):
    """Where a patient stands in the emergency department, in order."""

    ACCUEIL = "accueil"
    TRI = "tri"
    ATTENTE = "attente"
    SOINS = "soins"
    ATTENTE_AVAL = "attente_aval"
    SORTIE = "sortie"


class EdFactKind(StrEnum):
    """What may be entered about a passage."""

    TRI = "tri"
    PRISE_EN_CHARGE = "prise_en_charge"
    DEMANDE_AVAL = "demande_aval"
    ANNULATION_DEMANDE = "annulation_demande"
    ANNULATION = "annulation"
    """Says nothing of its own: takes back the fact that it points to."""


@dataclass(frozen=True, slots=True)
class EdFact:
    """One row of the append-only ledger of ONE venue at the emergency department."""

    fact_id: int
    kind: EdFactKind
    effective_at: datetime
    recorded_at: datetime
    actor: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    """tri: ``niveau``; demande_aval: ``filiere``, ``sexe``, ``isolement``."""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class DownstreamRequest:
    """A downstream bed asked for."""

    since: datetime
    filiere: str
    sexe: str
    isolement: str


@dataclass(frozen=True, slots=True)
class EdLedger:
    """The ledger of one passage read at a moment."""

    triage_at: datetime | None = None
    triage_level: str = ""
    care_at: datetime | None = None
    request: DownstreamRequest | None = None


@dataclass(frozen=True, slots=True)
class EdStatus:
    """A passage at a moment."""

    step: EdStep
    since: datetime
    """When the step was reached."""
    arrived_at: datetime
    steps: tuple[tuple[EdStep, datetime], ...]
    """The steps reached so far, each with its time, in order."""
    usage: str
    """Usage of the room where the patient is, empty when unknown or gone."""
    triage_level: str
    request: DownstreamRequest | None
    absent: bool = False
    """On a leave of absence."""
