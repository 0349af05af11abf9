"""Pure vocabulary of the graph of establishments that programmes are evaluated over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from archipel.programmes.packs.values.base import REGIONS as REGIONS


class Kind(StrEnum):
    """The levels of the graph, from the top down."""

    REGION = "region"
    GHT = "ght"
    EJ = "ej"
    EG = "eg"
    PMSI = "finess_pmsi"


KIND_LABELS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.REGION: "Région",
        Kind.GHT: "GHT",
        Kind.EJ: "Entité juridique",
        Kind.EG: "Entité géographique",
        Kind.PMSI: "FINESS PMSI",
    }
)


class Link(StrEnum):
    """The typed, dated relations. At a date a child has at most one parent by relation."""

    REGION = "region"
    """GHT (or an EJ outside any GHT) → region."""
    MEMBRE = "membre"
    """EJ → GHT of which it is a member (article L6132-1 of the code de la santé publique)."""
    SUPPORT = "support"
    """EJ → GHT of which it is the supporting establishment."""
    RATTACHEMENT = "rattachement"
    """EG → EJ to which it belongs."""
    PMSI = "pmsi"
    """FINESS PMSI → EJ that answers for it."""
    SITE_PMSI = "site_pmsi"
    """EG → FINESS PMSI that counts its activity."""


LINK_LABELS: Mapping[Link, str] = MappingProxyType(
    {
        Link.REGION: "dans la région",
        Link.MEMBRE: "membre du GHT",
        Link.SUPPORT: "établissement support du GHT",
        Link.RATTACHEMENT: "rattachée à l'EJ",
        Link.PMSI: "FINESS PMSI de l'EJ",
        Link.SITE_PMSI: "activité comptée sous le FINESS PMSI",
    }
)
PARENTS: Mapping[Link, tuple[frozenset[Kind], Kind]] = MappingProxyType(
    {
        Link.REGION: (frozenset({Kind.GHT, Kind.EJ}), Kind.REGION),
        Link.MEMBRE: (frozenset({Kind.EJ}), Kind.GHT),
        Link.SUPPORT: (frozenset({Kind.EJ}), Kind.GHT),
        Link.RATTACHEMENT: (frozenset({Kind.EG}), Kind.EJ),
        Link.PMSI: (frozenset({Kind.PMSI}), Kind.EJ),
        Link.SITE_PMSI: (frozenset({Kind.EG}), Kind.PMSI),
    }
)
"""What may hang from what."""


class Certainty(StrEnum):
    """Whether a statement is established, or what is supposed until somebody says better."""

    CONSTATE = "constate"
    HYPOTHESE = "hypothese"


def region_code(name_or_code: str) -> str:
    """The INSEE code of a region given by its code or its name; empty when it is neither."""
    text = name_or_code.strip()
    if text in REGIONS:
        return text
    return next((code for code, name in REGIONS.items() if name.casefold() == text.casefold()), "")


class Key(NamedTuple):
    """The name of a node: a same FINESS number may name an EJ and a FINESS PMSI."""

    kind: Kind
    code: str

    def __str__(self) -> str:
        return f"{KIND_LABELS[self.kind]} {self.code}"


@dataclass(frozen=True, slots=True)
class Node:
    """A node at a date. ``attributes``: ``statut`` (public, espic, prive), ``commune``, ``categorie``."""

    key: Key
    name: str
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""
    certainty: Certainty = Certainty.CONSTATE

    @property
    def hypothesis(self) -> bool:
        """Whether it is only supposed."""
        return self.certainty is Certainty.HYPOTHESE


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation at a date."""

    link: Link
    child: Key
    parent: Key
    source: str = ""
    certainty: Certainty = Certainty.CONSTATE
    since: date | None = None

    @property
    def hypothesis(self) -> bool:
        """Whether it is only supposed."""
        return self.certainty is Certainty.HYPOTHESE


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says of a node (``link`` None: its name and attributes) or of one of its relations.

    It holds over [valid_from, valid_to); ``valid_to`` None: until further notice.
    """

    child: Key
    valid_from: date
    valid_to: date | None = None
    link: Link | None = None
    parent: Key | None = None
    name: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    certainty: Certainty = Certainty.CONSTATE
    line: int = 0
    """Line of the file where it was read; 0: not from a file."""

    @property
    def topic(self) -> tuple[Key, Link | None]:
        """What it is about: two statements on the same topic never hold at the same date."""
        return self.child, self.link

    def covers(self, day: date) -> bool:
        """Whether the day is in its period."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def same(self, other: Said) -> bool:
        """Whether both say the same thing, periods aside."""
        return (self.parent, self.name, dict(self.attributes), self.certainty) == (
            other.parent, other.name, dict(other.attributes), other.certainty,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a file: what it says, and the EJ for which one must decide (empty: for all)."""

    line: int
    said: tuple[Said, ...]
    keeper: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of a file that cannot be taken; ``message`` is a French sentence."""

    line: int
    column: str
    found: str
    expected: str
    message: str


@dataclass(frozen=True, slots=True)
class ChangeInfo:
    """One load, import or correction of the graph."""

    id: int
    at: datetime
    actor: str
    source: str
    reason: str
    statements: int
    file: str = ""
    received: int | None = None
    undone_by: int | None = None
    undoes: int | None = None
