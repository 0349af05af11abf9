"""What a file says, line by line, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from archipel.domains.systems.values.records import Key, Record
from archipel.domains.systems.values.schema import Kind


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong: where, what was found, what was expected."""

    sheet: str
    line: int
    column: str
    found: str
    expected: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read; a field set to None is erased, a field that is absent is left as it is."""

    sheet: str
    line: int
    key: Key
    content: Mapping[str, Any]


class Effect(StrEnum):
    """What a line would do."""

    NOUVEAU = "nouveau"
    MODIFIE = "modifié"
    INCHANGE = "inchangé"


@dataclass(frozen=True, slots=True)
class Planned:
    """A line that can be taken, what it does, and the whole content after it."""

    line: Line
    effect: Effect
    content: Mapping[str, Any]
    before: Record | None = None

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """(field, before, after) of what changes."""
        after = Record(self.line.key, self.content)
        names = [*self.content, *(self.before.content if self.before else ())]
        made = []
        for name in dict.fromkeys(names):
            old = self.before.shown(name) if self.before else ""
            if old != after.shown(name):
                made.append((name, old, after.shown(name)))
        return made


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A written name of a vendor or product that resembles a golden record, or none."""

    kind: Kind
    text: str
    lines: int
    code: str = ""
    name: str = ""
    score: float = 0.0
    new: bool = False
    """The record that it resembles would be made by the same file."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The lines and the problems of a sheet."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
