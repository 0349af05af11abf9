"""A dossier as a document: the same for the screen, the printer, DOCX and PDF."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``numbers`` are the columns aligned to the right, ``total`` its last line, empty without one."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One rubric: its paragraphs, a list, a table; ``empty`` when nothing was written."""

    id: str
    title: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    table: Table | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return not (self.paragraphs or self.bullets or self.table)


@dataclass(frozen=True, slots=True)
class Document:
    """The whole; ``facts`` are the lines under the title (label, value), ``source`` where the order comes from."""

    number: int
    title: str
    programme: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    source: str
    pieces: tuple[tuple[str, str, str], ...] = ()
    """Attachments: nature, name, SHA-256."""
