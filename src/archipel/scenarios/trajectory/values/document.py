"""A document as values: the same for DOCX and PDF."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``numbers`` are the columns aligned to the right, ``total`` its last line, empty without one."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing (SVG), its caption and what it shows in words."""

    caption: str
    svg: str
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part: in this order, its paragraphs, list, figures and tables."""

    title: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The whole; ``facts`` are the lines under the title (label, value), ``stamp`` stands at the foot of each page."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    stamp: str
