"""Pure vocabulary of the group's structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


class Kind(StrEnum):
    """The levels of the structure, from the top down."""

    GHT = "GHT"
    EJ = "EJ"
    EG = "EG"
    POLE = "POLE"
    SERVICE = "SERVICE"
    UF = "UF"
    CHAMBRE = "CHAMBRE"
    LIT = "LIT"


PARENTS: dict[Kind, tuple[Kind, ...]] = {
    Kind.EJ: (Kind.GHT,),
    Kind.EG: (Kind.EJ,),
    Kind.POLE: (Kind.EJ,),
    Kind.SERVICE: (Kind.POLE, Kind.EG),
    Kind.UF: (Kind.SERVICE, Kind.POLE, Kind.EG),
    Kind.CHAMBRE: (Kind.UF,),
    Kind.LIT: (Kind.CHAMBRE, Kind.UF),
}
"""Which kinds a kind may be attached to, the usual one first."""


UNATTACHED = "~"
"""Begins the stand-in for an establishment of what a sender made up before anybody said where it speaks from."""


class RelationKind(StrEnum):
    """Typed relations between two entities."""

    RATTACHEMENT = "rattachement"
    """The tree: child belongs to parent."""
    IMPLANTATION = "implantation"
    """A UF, service or pôle works on a geographic site (EG)."""
    SUCCESSION = "succession"
    """The child replaces the parent, which closed."""


class Filiere(StrEnum):
    """Filières of care for beds; the labels are for screens."""

    MED = "MED"
    CHI = "CHI"
    OBS = "OBS"
    PED = "PED"
    GER = "GER"
    SCA = "SCA"
    SCP = "SCP"
    BRU = "BRU"
    SMR = "SMR"
    PSY = "PSY"
    SLD = "SLD"
    UHCD = "UHCD"
    URG = "URG"
    AUTRE = "AUTRE"


FILIERE_LABELS: dict[str, str] = {
    "MED": "Médecine",
    "CHI": "Chirurgie",
    "OBS": "Obstétrique",
    "PED": "Pédiatrie",
    "GER": "Gériatrie",
    "SCA": "Soins critiques adultes",
    "SCP": "Soins critiques pédiatriques",
    "BRU": "Grands brûlés",
    "SMR": "Soins médicaux et de réadaptation",
    "PSY": "Psychiatrie",
    "SLD": "Soins de longue durée",
    "UHCD": "Hospitalisation de courte durée",
    "URG": "Urgences",
    "AUTRE": "Filière à préciser",
}


LEVEL: dict[Kind, int] = {kind: rank for rank, kind in enumerate(Kind)}
"""Rank of each kind, 0 at the top."""

KIND_LABELS: dict[Kind, str] = {
    Kind.GHT: "GHT",
    Kind.EJ: "Entité juridique",
    Kind.EG: "Site (entité géographique)",
    Kind.POLE: "Pôle",
    Kind.SERVICE: "Service",
    Kind.UF: "Unité fonctionnelle",
    Kind.CHAMBRE: "Chambre",
    Kind.LIT: "Lit",
}


class Usage(StrEnum):
    """What a place is for; an emergency department's places are beds with a usage of their own."""

    LIT = "lit"
    ACCUEIL = "accueil"
    TRI = "tri"
    ATTENTE = "attente"
    BOX = "box"
    DECHOCAGE = "dechocage"
    AVAL = "aval"
    RADIO = "radio"


class UfType(StrEnum):
    """What a UF is responsible for: a UF may be several at once."""

    M = "M"
    H = "H"
    S = "S"


class Key(NamedTuple):
    """The name of an entity: its kind, its legal entity ("" for a GHT) and its code there."""

    kind: Kind
    establishment: str
    code: str

    def __str__(self) -> str:
        return (
            f"{self.kind.value} {self.code}"
            if self.kind in (Kind.GHT, Kind.EJ)
            else (f"{self.kind.value} {plain_code(self.code)} ({self.establishment})")
        )


def _quote(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F")


def _unquote(part: str) -> str:
    return part.replace("%2F", "/").replace("%25", "%")


def join_code(*parts: str) -> str:
    """The code of a room (``uf, chambre``) or a bed (``uf, chambre, lit``), whatever characters are in the parts."""
    return "/".join(_quote(part) for part in parts)


def split_code(code: str) -> list[str]:
    """The parts of a code made by :func:`join_code`."""
    return [_unquote(part) for part in code.split("/")]


def plain_code(code: str) -> str:
    """The code as people read it."""
    return " / ".join(part for part in split_code(code) if part) if "/" in code else code


@dataclass(frozen=True, slots=True)
class Content:
    """How an entity is during a period. ``site`` is the code of the EG where a pôle, service or UF works."""

    name: str
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    parent: Key | None = None
    site: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A period [valid_from, valid_to) of an entity's life; ``valid_to`` None: until further notice."""

    valid_from: date
    valid_to: date | None
    content: Content

    def covers(self, day: date) -> bool:
        """Whether the day is in the period."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


Timeline = tuple[Piece, ...]
"""The pieces of one entity, in order, disjoint; equal neighbours are one piece."""


@dataclass(frozen=True, slots=True)
class Change:
    """From ``since`` on, the entity's life is ``pieces`` and nothing else; what was before stays.

    One primitive says all: an empty tuple closes, a first piece creates, ``date.min`` restates everything (undo).
    """

    key: Key
    since: date
    pieces: Timeline
    provisional: bool | None = None
    """Whether the entity becomes provisional or validated; None: as it was."""


class Severity(StrEnum):
    """Whether a problem forbids publication."""

    BLOQUANT = "bloquant"
    AVERTISSEMENT = "avertissement"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement was read: file, sheet (or segment of a message) and line."""

    file: str = ""
    sheet: str = ""
    line: int = 0


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with what was read or would be published; ``message`` is a French sentence."""

    code: str
    message: str
    severity: Severity = Severity.BLOQUANT
    place: Place = NOWHERE
    column: str = ""
    found: str = ""
    expected: str = ""

    @property
    def blocking(self) -> bool:
        """Whether it forbids publication."""
        return self.severity is Severity.BLOQUANT

    @property
    def sentence(self) -> str:
        """The message with its place before it, unless it says it already, and what was expected."""
        where = ", ".join(filter(None, (self.place.file, self.place.sheet)))
        if self.place.line:
            where += f", ligne {self.place.line}"
        told = self.message.startswith(self.place.file) if self.place.file else True
        expected = f" Attendu : {self.expected}." if self.expected else ""
        return (self.message if told else f"{where} : {self.message}") + expected


@dataclass(frozen=True, slots=True)
class Statement:
    """What a source says about an entity over a period; what it does not say (None, absent key) stays as it was."""

    key: Key
    name: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    parent: Key | None = None
    site: str | None = None
    """Code of the EG, "" for none, None when not said."""
    valid_from: date | None = None
    valid_to: date | None = None
    provisional: bool | None = None
    closes: bool = False
    """The entity closes (on ``valid_to``, else on the day of the publication)."""
    place: Place = NOWHERE


class Action(StrEnum):
    """What an import does to an entity."""

    CREE = "créé"
    MODIFIE = "modifié"
    FERME = "fermé"
    ROUVERT = "rouvert"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, before and after, as texts for people."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DiffLine:
    """What happens to one entity, and from when."""

    action: Action
    key: Key
    name: str
    since: date
    fields: tuple[FieldChange, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Plan:
    """What statements would change, and what is wrong with them."""

    changes: tuple[Change, ...]
    diff: tuple[DiffLine, ...]
    problems: tuple[Problem, ...]
    unchanged: int
    closing: tuple[tuple[Key, date], ...]
