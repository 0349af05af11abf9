"""Arithmetic of validity periods: cut, join and replace the pieces of an entity's life."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from archipel.territory.values import Change, Content, Piece, Timeline


def normalise(pieces: Iterable[Piece]) -> Timeline:
    """Order the pieces and join neighbours that say the same.

    Raises:
        ValueError: a piece ends before it begins, or two overlap.
    """
    result: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: p.valid_from):
        if piece.valid_to is not None and piece.valid_to <= piece.valid_from:
            raise ValueError(f"empty period from {piece.valid_from} to {piece.valid_to}")
        if result:
            last = result[-1]
            if last.valid_to is None or last.valid_to > piece.valid_from:
                raise ValueError(f"periods overlap on {piece.valid_from}")
            if last.valid_to == piece.valid_from and last.content == piece.content:
                result[-1] = replace(last, valid_to=piece.valid_to)
                continue
        result.append(piece)
    return tuple(result)


def before(timeline: Timeline, day: date) -> Timeline:
    """What is left of the timeline strictly before the day."""
    kept = []
    for piece in timeline:
        if piece.valid_from >= day:
            break
        ends_later = piece.valid_to is None or piece.valid_to > day
        kept.append(replace(piece, valid_to=day) if ends_later else piece)
    return tuple(kept)


def since(timeline: Timeline, day: date) -> Timeline:
    """What is left of the timeline from the day on."""
    return tuple(
        piece if piece.valid_from >= day else replace(piece, valid_from=day)
        for piece in timeline
        if piece.valid_to is None or piece.valid_to > day
    )


def apply(timeline: Timeline, change: Change) -> Timeline:
    """The timeline after the change.

    Raises:
        ValueError: the change's pieces overlap, are empty, or begin before ``since``.
    """
    if any(piece.valid_from < change.since for piece in change.pieces):
        raise ValueError("a piece begins before the change")
    return normalise((*before(timeline, change.since), *change.pieces))


def at(timeline: Timeline, day: date) -> Content | None:
    """How the entity is that day; None when it does not exist then."""
    for piece in timeline:
        if piece.covers(day):
            return piece.content
    return None


def closes_on(timeline: Timeline) -> date | None:
    """The day from which the entity no longer exists; None when it goes on, or never existed."""
    return timeline[-1].valid_to if timeline else None


def covered(timeline: Timeline, start: date, end: date | None) -> bool:
    """Whether the timeline covers every day of [start, end)."""
    day = start
    for piece in timeline:
        if piece.covers(day):
            if piece.valid_to is None or (end is not None and piece.valid_to >= end):
                return True
            day = piece.valid_to
    return False
