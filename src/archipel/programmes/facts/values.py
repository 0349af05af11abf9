"""Pure vocabulary of facts: what is said of an establishment, by whom, from when, and what is read at a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from archipel.programmes.packs.public import Maille, Value

__all__ = [
    "MODE_LABELS",
    "Fact",
    "Maille",
    "Mode",
    "Observation",
    "Payment",
    "PaymentKind",
    "Reading",
    "State",
    "Subject",
    "Value",
]


class Subject(NamedTuple):
    """What a fact is about: a level and a code (FINESS number, code of a GHT)."""

    maille: Maille
    code: str

    def __str__(self) -> str:
        return f"{self.maille.value}:{self.code}"


class Mode(StrEnum):
    """How a fact came."""

    SAISI = "saisi"
    """Entered by a person, with a proof."""
    DECLARE = "declare"
    """Entered by a person, without any proof."""
    IMPORTE = "importe"
    DERIVE = "derive"
    """Read from the live platform."""


MODE_LABELS: dict[Mode, str] = {
    Mode.SAISI: "saisi",
    Mode.DECLARE: "déclaré",
    Mode.IMPORTE: "importé",
    Mode.DERIVE: "dérivé",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement: ``valid_until`` is the last day it holds, None until further notice.

    ``number`` is 0 for what is derived when it is read. ``effective_at`` is from when it is true in the world,
    ``recorded_at`` when it was known here.
    """

    subject: Subject
    fact: str
    value: Value
    effective_at: date
    source: str
    valid_until: date | None = None
    recorded_at: datetime | None = None
    author: str = ""
    mode: Mode = Mode.SAISI
    proof: str = ""
    attachment: int | None = None
    reason: str = ""
    number: int = 0
    link: str = ""
    """For a derived fact, the page of the platform where it is seen."""

    @property
    def proved(self) -> bool:
        """Whether something backs it: a reference, a document, or the platform itself."""
        return bool(self.proof or self.attachment or self.mode is Mode.DERIVE)

    def expired(self, at: date) -> bool:
        """Whether it no longer holds at a date."""
        return self.valid_until is not None and self.valid_until < at


class State(StrEnum):
    """What is known of a fact at a date."""

    CONNU = "connu"
    INCONNU = "inconnu"
    CONTREDIT = "contredit"
    PERIME = "perime"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one fact of one subject at a date.

    ``value`` is None unless known. ``facts`` are the statements that hold, one by source, newest first; several values
    among them make a contradiction. ``expired`` are those whose validity is over.
    """

    state: State
    value: Value | None = None
    facts: tuple[Fact, ...] = ()
    expired: tuple[Fact, ...] = ()

    @property
    def known(self) -> bool:
        """Whether one value, and one only, is told."""
        return self.state is State.CONNU


UNKNOWN = Reading(State.INCONNU)


@dataclass(frozen=True, slots=True)
class Observation:
    """A fact seen in the live platform: what a provider answers."""

    subject: Subject
    fact: str
    value: Value
    effective_at: date
    source: str
    valid_until: date | None = None
    recorded_at: datetime | None = None
    link: str = ""


class PaymentKind(StrEnum):
    """What a payment rewards."""

    USAGE = "usage"
    """Conditioned on reaching the targets of use."""
    AUTRE = "autre"
    """Anything else: start, equipment, fixed amount."""


PAYMENT_KINDS: dict[PaymentKind, str] = {PaymentKind.USAGE: "d'usage", PaymentKind.AUTRE: "autre"}


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received from a programme; ``amount`` in euros."""

    number: int
    subject: Subject
    programme: str
    kind: PaymentKind
    amount: Decimal
    paid_on: date
    source: str
    label: str = ""
    proof: str = ""
    author: str = ""
    recorded_at: datetime | None = None
    replaced: bool = False
    retracted: bool = False
    reason: str = ""
