"""A new statement over those that hold: what it ends, and what it leaves on each side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar

from archipel.programmes.perimetre.values import Said

Ref = TypeVar("Ref")


@dataclass(frozen=True, slots=True)
class Held(Generic[Ref]):
    """A statement that holds: the row that says it, or from which it is cut; ``fresh`` when it is to be written."""

    ref: Ref | None
    said: Said
    fresh: bool = False


def _meets(one: Said, other: Said) -> bool:
    return (other.valid_to is None or one.valid_from < other.valid_to) and (
        one.valid_to is None or other.valid_from < one.valid_to
    )


def _covered(said: Said, by: Iterable[Said]) -> bool:
    """Whether statements fill the whole period of another."""
    reached: date | None = said.valid_from
    for one in sorted(by, key=lambda s: s.valid_from):
        if reached is None or one.valid_from > reached:
            break
        if one.valid_to is None or one.valid_to > reached:
            reached = one.valid_to
    return reached is None or (said.valid_to is not None and reached >= said.valid_to)


def _sides(old: Said, new: Said) -> Iterable[Said]:
    if old.valid_from < new.valid_from:
        yield replace(old, valid_to=new.valid_from)
    if new.valid_to is not None and (old.valid_to is None or new.valid_to < old.valid_to):
        yield replace(old, valid_from=new.valid_to)


def overlay(holding: Sequence[Held[Ref]], new: Said) -> list[Held[Ref]] | None:
    """Apply a statement over those, disjoint, that hold on the same topic; None when it brings nothing.

    At each date of its period the new one holds; at any other, what held before still does.
    """
    meeting = [one for one in holding if _meets(one.said, new)]
    if _covered(new, [one.said for one in meeting if one.said.same(new)]):
        return None
    kept = [one for one in holding if not _meets(one.said, new)]
    cut = [Held(one.ref, side, True) for one in meeting for side in _sides(one.said, new)]
    return [*kept, *cut, Held(None, new, True)]


def restate(holding: Sequence[Held[Ref]], since: date, pieces: Sequence[Said]) -> list[Held[Ref]] | None:
    """From ``since`` on, exactly the pieces hold and nothing else; None when that was so already."""
    after = [one for one in holding if one.said.valid_to is None or one.said.valid_to > since]
    now = [replace(one.said, valid_from=max(one.said.valid_from, since)) for one in after]
    if _joined(now) == _joined(pieces):
        return None
    kept = [one for one in holding if one.said.valid_to is not None and one.said.valid_to <= since]
    cut = [Held(one.ref, replace(one.said, valid_to=since), True) for one in after if one.said.valid_from < since]
    return [*kept, *cut, *(Held(None, piece, True) for piece in pieces)]


def _joined(pieces: Iterable[Said]) -> list[Said]:
    """In order, equal neighbours being one, without where they were read."""
    found: list[Said] = []
    for piece in sorted(pieces, key=lambda s: s.valid_from):
        if found and found[-1].valid_to == piece.valid_from and found[-1].same(piece):
            found[-1] = replace(found[-1], valid_to=piece.valid_to)
        else:
            found.append(replace(piece, line=0, attributes=dict(piece.attributes)))
    return found
