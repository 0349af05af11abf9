"""The path as a picture: lanes of rectangles, scaled; the table beside it says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archipel.domains.flow.queries.path import Stretch, place_text

WIDTH = 1000
_NARROW = 70


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of the picture, in units of a drawing 1000 wide."""

    x: str
    width: str
    label: str
    """Written inside when there is room."""
    title: str
    present: bool
    differs: bool
    future: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """One or two lanes over the same scale."""

    lanes: tuple[tuple[str, tuple[Block, ...]], ...]
    begin: datetime
    end: datetime
    mark: str | None
    """Where the chosen moment stands; None when it is outside."""


def picture(lanes: Sequence[tuple[str, Sequence[Stretch]]], at: datetime) -> Picture | None:
    """Draw the lanes (name, stretches); None when there is nothing to draw. An open stretch runs to ``at``."""
    segments = [stretch.segment for _, stretches in lanes for stretch in stretches]
    if not segments:
        return None
    begin = min(segment.begin for segment in segments)
    end = max([at, *(segment.end or segment.begin for segment in segments)])
    if end <= begin:
        end = begin + timedelta(hours=1)
    span = (end - begin).total_seconds()

    def x(moment: datetime) -> float:
        return max(0.0, min(1.0, (moment - begin).total_seconds() / span)) * WIDTH

    drawn = tuple((name, tuple(_block(stretch, x, at, end) for stretch in stretches)) for name, stretches in lanes)
    return Picture(drawn, begin, end, f"{x(at):.1f}" if begin <= at <= end else None)


def _block(stretch: Stretch, x: object, at: datetime, end: datetime) -> Block:
    assert callable(x)
    segment = stretch.segment
    left = x(segment.begin)
    width = max(2.0, x(segment.end or end) - left)
    name = segment.place.uf or segment.uf_medicale or "?"
    absent = "" if segment.present else ", en permission"
    return Block(
        x=f"{left:.1f}",
        width=f"{width:.1f}",
        label=name if width >= _NARROW else "",
        title=place_text(segment.place) + absent,
        present=segment.present,
        differs=stretch.differs,
        future=segment.begin > at,
    )
