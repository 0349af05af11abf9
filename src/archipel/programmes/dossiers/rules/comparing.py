"""What changed between two versions of a rubric, word by word and line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from archipel.programmes.dossiers.values.content import Column, Content, choices_of, rows_of, text_of

_WORD = re.compile(r"\s+|\w+|[^\w\s]", re.UNICODE)
SAME, ADDED, REMOVED = "meme", "ajoute", "retire"
_LONG = 40_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that both have, that was added, or that was removed."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """A line that was added, removed or changed; ``cells``: column label, before, after."""

    state: str
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two contents."""

    text: tuple[Piece, ...]
    rows: tuple[RowChange, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether the two are the same."""
        return not self.rows and not self.added and not self.removed and all(p.state == SAME for p in self.text)


def words(before: str, after: str) -> tuple[Piece, ...]:
    """The two texts as one, word by word; beyond 40,000 characters, paragraph by paragraph."""
    if max(len(before), len(after)) > _LONG:
        left, right = before.splitlines(keepends=True), after.splitlines(keepends=True)
    else:
        left, right = _WORD.findall(before), _WORD.findall(after)
    found: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece(SAME, "".join(left[i:j])))
            continue
        if j > i:
            found.append(Piece(REMOVED, "".join(left[i:j])))
        if m > k:
            found.append(Piece(ADDED, "".join(right[k:m])))
    return tuple(found)


def compare(before: Content, after: Content, columns: Sequence[Column] = ()) -> Comparison:
    """What differs from one content to another."""
    old, new = choices_of(before), choices_of(after)
    return Comparison(
        words(text_of(before), text_of(after)),
        _rows(rows_of(before), rows_of(after), columns),
        tuple(one for one in new if one not in old),
        tuple(one for one in old if one not in new),
    )


def _rows(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], columns: Sequence[Column]
) -> tuple[RowChange, ...]:
    old, new = ({str(row["id"]): row for row in rows} for rows in (before, after))
    found = []
    for name in dict.fromkeys((*old, *new)):
        a, b = old.get(name, {}), new.get(name, {})
        cells = tuple(
            (column.label, str(a.get(column.id) or ""), str(b.get(column.id) or ""))
            for column in columns
            if str(a.get(column.id) or "") != str(b.get(column.id) or "")
        )
        if cells:
            state = ADDED if name not in old else REMOVED if name not in new else "change"
            found.append(RowChange(state, cells))
    return tuple(found)
