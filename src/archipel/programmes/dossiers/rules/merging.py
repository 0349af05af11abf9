"""Two people wrote the same rubric from the same version: put both together, or say that somebody must choose.

Texts are merged by sentences (three-way merge of the ``merge3`` library), chosen objectives as sets, tables by line and
cell. A part that both changed differently is a conflict: nothing is chosen for anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from merge3 import Merge3

from archipel.programmes.dossiers.values.content import CHOICE, ROWS, TEXT, Content, choices_of, rows_of, text_of

_SENTENCE = re.compile(r"[ \t]+|\n|[^\s.!?…](?:[^\n.!?…]*[^\s.!?…])?[.!?…]*|[.!?…]+|.", re.DOTALL)
"""A sentence with its marks, or the blanks that follow: a sentence stays itself when another comes after it."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """The content that holds both writings, or None and where they disagree."""

    content: Content | None
    disagreements: tuple[str, ...] = ()


class _Matcher:
    """difflib's, without the heuristic that ignores what is frequent in long texts."""

    def __init__(self, isjunk: Any, a: Sequence[str], b: Sequence[str]) -> None:
        self._found = SequenceMatcher(isjunk, a, b, autojunk=False)

    def get_matching_blocks(self) -> list[Any]:
        return list(self._found.get_matching_blocks())


def sentences(text: str) -> list[str]:
    """The pieces of a text, whose concatenation is the text."""
    return [piece for piece in _SENTENCE.findall(text) if piece]


def merge_texts(base: str, theirs: str, mine: str) -> str | None:
    """The text with both changes; None when they touch the same sentence, or add and remove side by side."""
    if theirs == mine or mine == base:
        return theirs
    if theirs == base:
        return mine
    merge = Merge3(sentences(base), sentences(theirs), sentences(mine), sequence_matcher=_Matcher)
    found: list[str] = []
    for region in merge.merge_regions():
        kind = region[0]
        if kind == "conflict":
            z, zend, a, aend, b, bend = (int(bound) for bound in region[1:])
            aligned = _one_by_one(merge.base[z:zend], merge.a[a:aend], merge.b[b:bend])
            if aligned is None:
                return None
            found += aligned
            continue
        source = {"unchanged": merge.base, "same": merge.a, "a": merge.a, "b": merge.b}[kind]
        found += source[region[1] : region[2]]
    return "".join(found)


def _one_by_one(base: Sequence[str], theirs: Sequence[str], mine: Sequence[str]) -> list[str] | None:
    """Neighbouring sentences rewritten by each, none added nor removed: each is told from its own place."""
    if not len(base) == len(theirs) == len(mine):
        return None
    found = []
    for old, a, b in zip(base, theirs, mine, strict=True):
        if a != b and a != old and b != old:
            return None
        found.append(b if a == old else a)
    return found


def merge_choices(base: Sequence[str], theirs: Sequence[str], mine: Sequence[str]) -> tuple[str, ...]:
    """What both chose, less what either took away, in the order of theirs then mine."""
    gone = (set(base) - set(theirs)) | (set(base) - set(mine))
    return tuple(dict.fromkeys(one for one in (*theirs, *mine) if one not in gone))


def merge_rows(base: Sequence[Row], theirs: Sequence[Row], mine: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """The lines with both changes, and the identifiers of those on which the two disagree."""
    old, their, my = ({str(row["id"]): row for row in rows} for rows in (base, theirs, mine))
    found: list[Row] = []
    disagree: list[str] = []
    for name in _order(list(their), list(my)):
        before, a, b = old.get(name), their.get(name), my.get(name)
        if a is None or b is None:
            kept = a if a is not None else b
            if before is None:
                found.append(kept or {})
            elif kept != before:
                disagree.append(name)
            continue
        row, clash = _merge_row(before or {}, a, b)
        found.append(row)
        if clash:
            disagree.append(name)
    return found, disagree


def _order(theirs: list[str], mine: list[str]) -> list[str]:
    """Their lines, each of mine that they have not put after the one that precedes it in mine."""
    found = list(theirs)
    for rank, name in enumerate(mine):
        if name in found:
            continue
        after = next((one for one in reversed(mine[:rank]) if one in found), None)
        found.insert(found.index(after) + 1 if after is not None else len(found) if rank else 0, name)
    return found


def _merge_row(before: Row, theirs: Row, mine: Row) -> tuple[Row, bool]:
    row: dict[str, Any] = {}
    clash = False
    for field in dict.fromkeys((*theirs, *mine)):
        old, a, b = before.get(field), theirs.get(field), mine.get(field)
        row[field] = b if a == old else a
        clash = clash or (a != b and a != old and b != old)
    return row, clash


def merge(base: Content, theirs: Content, mine: Content) -> Merged:
    """Both writings together, part by part.

    Args:
        base: the version that both started from.
        theirs: the version in force.
        mine: what is being saved.
    """
    disagreements: list[str] = []
    text = merge_texts(text_of(base), text_of(theirs), text_of(mine))
    if text is None:
        disagreements.append(TEXT)
    rows, clashes = merge_rows(rows_of(base), rows_of(theirs), rows_of(mine))
    disagreements += [f"{ROWS}:{name}" for name in clashes]
    if disagreements:
        return Merged(None, tuple(disagreements))
    choices = merge_choices(choices_of(base), choices_of(theirs), choices_of(mine))
    return Merged(compact({TEXT: text or "", CHOICE: list(choices), ROWS: rows}))


def compact(content: Content) -> Content:
    """The content without its empty parts: two ways of writing nothing are one."""
    return {part: value for part, value in content.items() if value}


def both(theirs: Content, mine: Content) -> Content:
    """One content that keeps everything of the two, for whoever does not want to choose: theirs, then mine."""
    text = "\n\n".join(part for part in (text_of(theirs).rstrip(), text_of(mine).strip()) if part)
    taken = {str(row["id"]): row for row in rows_of(theirs)}
    rows = list(rows_of(theirs))
    for row in rows_of(mine):
        name = str(row["id"])
        if taken.get(name) == row:
            continue
        fresh = name
        while fresh in taken:
            fresh += "-bis"
        taken[fresh] = {**row, "id": fresh}
        rows.append(taken[fresh])
    choices = dict.fromkeys((*choices_of(theirs), *choices_of(mine)))
    return compact({TEXT: text, CHOICE: list(choices), ROWS: rows})
