"""A chart as pages hand it to ``ui/_graphique.html``: its table, from which the browser draws it. Pure values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from archipel.foundation.web.formats import number

Figure = int | float | Decimal | None
Kind = Literal["line", "step", "bar", "stacked", "lying", "radar"]
"""``lying``: horizontal bars, for long names; ``stacked``: piles of bars, all of one pile unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series: a value for each category, None where it is unknown.

    ``low`` and ``high`` are the bounds of its uncertainty, drawn as a band. ``kind`` differs from the chart's own only
    where one series is a line over bars; ``pile`` names the pile of a stacked bar.
    """

    name: str
    values: Sequence[Figure]
    kind: Literal["", "line", "step", "bar"] = ""
    low: Sequence[Figure] | None = None
    high: Sequence[Figure] | None = None
    pile: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the chart: a threshold and its name."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as a machine and as a person reads it."""

    machine: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table and what the drawing makes of it (the ``data-`` attributes of its heading)."""

    title: str
    code: str
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A category and its figures; ``moment`` is the machine form of a category that is a date."""

    category: str
    moment: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and the facts that every figure owes its reader: unit, source, date.

    Args:
        name: short ASCII name, for the files that readers save and for the address of the choices of the table.
        title: what it shows, in French.
        heading: what the categories are (``Année``, ``Établissement``).
        categories: their names, or dates for a time axis.
        series: one or more series, each as long as the categories.
        unit: ``€``, ``%``, ``points``.
        source: where the figures come from, in French.
        at: the moment of the figures.
        maximum: top of the axis when it is fixed (a level out of 4, 100 %).
        marks: thresholds drawn across.
        decimals: decimals shown in the table; None: as many as the number has, two at most.
        folded: the table is closed at first (it stays one key away).

    Raises:
        ValueError: when a series is not as long as the categories.
    """

    name: str
    title: str
    heading: str
    categories: Sequence[str] | Sequence[date]
    series: Sequence[Series]
    kind: Kind = "bar"
    unit: str = ""
    source: str = ""
    at: datetime | None = None
    maximum: float | None = None
    marks: Sequence[Mark] = ()
    decimals: int | None = None
    folded: bool = False
    wide: bool = False

    def __post_init__(self) -> None:
        """Refuse a series that does not say one value for each category."""
        for series in self.series:
            for values in (series.values, series.low, series.high):
                if values is not None and len(values) != len(self.categories):
                    message = f"{series.name}: {len(values)} values for {len(self.categories)} categories"
                    raise ValueError(message)

    @property
    def in_time(self) -> bool:
        """Whether the categories are dates, spaced as time is."""
        return bool(self.categories) and all(isinstance(one, date) for one in self.categories)

    @property
    def lines(self) -> str:
        """The thresholds as the ``data-marks`` attribute says them."""
        return ";".join(f"{mark.at}|{mark.name.replace(';', ',').replace('|', ' ')}" for mark in self.marks)

    @property
    def columns(self) -> list[Column]:
        """The columns of figures: each series, then the bounds of its uncertainty."""
        return [column for column, _ in self._columns()]

    @property
    def rows(self) -> Iterator[Row]:
        """The rows of the table, one for each category."""
        values = [figures for _, figures in self._columns()]
        for rank, category in enumerate(self.categories):
            moment = category.isoformat() if isinstance(category, date) else ""
            name = f"{category:%d/%m/%Y}" if isinstance(category, date) else str(category)
            yield Row(name, moment, tuple(self._cell(figures[rank]) for figures in values))

    def _columns(self) -> Iterator[tuple[Column, Sequence[Figure]]]:
        for rank, one in enumerate(self.series):
            code = f"s{rank}"
            drawn = [("serie", one.kind), *([("pile", one.pile)] if one.pile else [])]
            yield Column(one.name, code, tuple(drawn)), one.values
            if one.low is not None and one.high is not None:
                yield Column(f"{one.name}, au moins", f"{code}-bas", (("bas-de", code),)), one.low
                yield Column(f"{one.name}, au plus", f"{code}-haut", (("haut-de", code),)), one.high

    def _cell(self, value: Figure) -> Cell:
        return Cell("" if value is None else str(value), number(value, self.decimals))
