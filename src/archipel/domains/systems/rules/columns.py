"""What the headings of a spreadsheet mean: as remembered, as known, or as they most resemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.values.schema import FIELDS, KIND_LABELS, Kind

ALIKE = 84.0


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the field proposed ("" : left aside), and why."""

    heading: str
    field: str
    reason: str
    """``retenu``, ``connu``, ``ressemblance`` or ``ignoré``."""


def kind_of(name: str, headings: Sequence[str]) -> Kind:
    """The kind that a sheet describes: by its name when it says it, else by its headings."""
    said = plain(name)
    for kind in Kind:
        words = {plain(KIND_LABELS[kind]), plain(kind.value)}
        if said in words:
            return kind
    return max(Kind, key=lambda kind: (_known(kind, headings), kind is Kind.APPLICATION))


def _known(kind: Kind, headings: Sequence[str]) -> float:
    words = _words(kind)
    found = [words[one] for one in map(plain, headings) if one in words]
    needed = [one.name for one in FIELDS[kind] if one.required]
    met = sum(one in found for one in needed) / len(needed) if needed else 0
    return len(set(found)) * (0.3 + met)


def _words(kind: Kind) -> dict[str, str]:
    """Every known heading; the title of a field wins over what another field is also called."""
    said = {plain(word): one.name for one in FIELDS[kind] for word in one.aliases}
    return said | {plain(one.name): one.name for one in FIELDS[kind]} | {plain(one.label): one.name
                                                                         for one in FIELDS[kind]}  # fmt: skip


def propose(kind: Kind, headings: Sequence[str], remembered: Mapping[str, str]) -> list[Column]:
    """The field of each heading; a field is given to one heading at most.

    Args:
        kind: what the sheet describes.
        headings: the first line.
        remembered: plain heading → field, as people decided for this source.
    """
    words, taken = _words(kind), set()
    made: dict[int, Column] = {}
    names = {one.name for one in FIELDS[kind]}

    def give(rank: int, field: str, reason: str) -> None:
        if field and field not in taken and rank not in made:
            taken.add(field)
            made[rank] = Column(headings[rank], field, reason)

    for rank, heading in enumerate(headings):
        said = plain(heading)
        if said in remembered:
            if remembered[said] in names:
                give(rank, remembered[said], "retenu")
            elif not remembered[said]:
                made[rank] = Column(heading, "", "retenu")
    for rank, heading in enumerate(headings):
        give(rank, words.get(plain(heading), ""), "connu")
    for score, rank, field in sorted(_scores(headings, words), reverse=True):
        if score >= ALIKE:
            give(rank, field, "ressemblance")
    return [made.get(rank, Column(heading, "", "ignoré")) for rank, heading in enumerate(headings)]


def _scores(headings: Sequence[str], words: Mapping[str, str]) -> list[tuple[float, int, str]]:
    found = []
    for rank, heading in enumerate(headings):
        said = plain(heading)
        if len(said) >= 3:
            found += [(fuzz.token_sort_ratio(said, word), rank, field) for word, field in words.items()]
    return found
