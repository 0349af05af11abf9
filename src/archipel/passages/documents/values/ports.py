"""What the room asks of the connectors: build, inspect, compose, send, read. The connectors register themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from archipel.passages.documents.values.content import Content, Problem
from archipel.passages.documents.values.life import ReceiptKind
from archipel.passages.documents.values.routing import Flags


@dataclass(frozen=True, slots=True)
class Built:
    """A document made."""

    cda: bytes
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the official rules say of a document; ``done`` names those that were applied (empty: none is there)."""

    done: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One delivery to compose."""

    control_id: str
    establishment: str
    content: Content
    cda: bytes
    flags: Flags


class Verdict(StrEnum):
    """What became of one attempt."""

    ACCEPTE = "accepte"
    """The other side took charge of it."""
    REJETE = "rejete"
    """It will never take this message: somebody must act."""
    PLUS_TARD = "plus_tard"
    """Nothing was taken: the same message is sent again later."""
    INCERTAIN = "incertain"
    """It may have been taken: nobody can tell."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one attempt gave, with a French sentence, and the raw answer where there was one."""

    verdict: Verdict
    sentence: str = ""
    raw: bytes = b""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something received about a delivery, later and by itself."""

    kind: ReceiptKind
    about: str
    """Control id of the delivery concerned."""
    positive: bool
    sentence: str = ""
    target: str = ""
    """``dmp``, or the address concerned."""
    raw: bytes = b""
    code: str = ""


class Builder(Protocol):
    """Makes a document, and checks what the official rules miss."""

    def build(self, content: Content) -> Built:
        """The document and its readable page."""
        ...

    def check(self, cda: bytes, content: Content) -> Sequence[Problem]:
        """Our own checks; empty when nothing is wrong."""
        ...

    def inspect(self, cda: bytes, content: Content) -> Inspection:
        """The official rules, where the site has them. Slow: seconds the first time."""
        ...


class Channel(Protocol):
    """A way out."""

    name: str
    label: str
    idempotent: bool
    """Whether the other side knows the same message again: then a doubtful attempt is simply repeated."""

    def ready(self, establishment: str) -> bool:
        """Whether the site configured it for this establishment."""
        ...

    def covers(self, flags: Flags, establishment: str) -> tuple[str, ...]:
        """The targets that this way serves for a document: ``dmp``, ``patient``, ``ps``."""
        ...

    def compose(self, order: Order) -> bytes:
        """The message, to the last byte: it is kept, and repeated as it is."""
        ...

    def send(self, establishment: str, control_id: str, message: bytes) -> Answer:
        """Try once. Never raises for what the network or the other side does."""
        ...

    def poll(self, establishment: str) -> Iterable[Incoming]:
        """What came by itself and has to be fetched (mail); empty for a way that is told."""
        ...
