"""What the headings of a spreadsheet mean: as remembered, as known, or as they most resemble."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.values.schema import FIELDS, KIND_LABELS, SHARED, Kind

ALIKE = 84.0
SEARCHED = 12
"""Lines among which the headings are looked for: people put a title, a date or a legend above them."""
ENOUGH = 3
"""Fields said by a line that is taken for the headings without looking further."""
_SMALL = frozenset(
    ["de", "d", "du", "des", "l", "la", "le", "les", "en", "par", "a", "an", "ans", "h", "ht", "ttc", "euros"]
)
_PLACE = {plain(word): True for one in FIELDS[Kind.APPLICATION] if one.name == "etablissement"
          for word in (one.label, *one.aliases)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the field proposed ("" : left aside), and why."""

    heading: str
    field: str
    reason: str
    """``retenu``, ``connu``, ``ressemblance`` or ``ignoré``."""


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of a sheet, and how many of its rows come before the first line that is not one."""

    texts: list[str]
    skipped: int


def headings_of(name: str, rows: Sequence[tuple[int, Sequence[str]]], known: Collection[str] = ()) -> Headings:
    """The line of headings: the first that says enough fields, else the one, among the first, that says the most.

    A heading on two lines (a cell merged over both, or a group above its details) is read from both: what the lower
    line leaves blank is taken from the upper.

    Args:
        name: of the sheet.
        rows: its rows that say something, with their numbers.
        known: plain headings that people already gave a field for this source.
    """
    best, most = Headings(list(rows[0][1]), 1), 0
    above: Sequence[str] = ()
    for rank, (_, one) in enumerate(rows[:SEARCHED]):
        both = [text or (above[i] if i < len(above) else "") for i, text in enumerate(one)]
        for texts in (list(one), both):
            told = _told(name, texts, known)
            if told > most:
                best, most = Headings(texts, rank + 1), told
        if most >= ENOUGH and not _continued(best.texts):
            break
        above = one
    return best


def _continued(texts: Sequence[str]) -> bool:
    """Whether the line of headings leaves blanks inside, that a second line may fill."""
    return any(not text for text in texts[: max((i for i, text in enumerate(texts) if text), default=0)])


def _told(name: str, texts: Sequence[str], known: Collection[str]) -> int:
    found = propose(kind_of(name, texts), texts, {})
    return sum(bool(column.field) or plain(column.heading) in known for column in found)


def kind_of(name: str, headings: Sequence[str]) -> Kind:
    """The kind that a sheet describes: by its name when it says it, else by its headings."""
    said = plain(name)
    for kind in Kind:
        words = {plain(KIND_LABELS[kind]), plain(kind.value)}
        if said in words:
            return kind
    placed = any(_PLACE.get(word) for word in map(plain, headings))
    kinds = [kind for kind in Kind if not (placed and kind in SHARED)]  # what says whose it is is not common to all
    return max(kinds, key=lambda kind: (_weight(kind, headings), kind is Kind.APPLICATION))


def _weight(kind: Kind, headings: Sequence[str]) -> float:
    """How well a kind explains the headings: fields met, and above all those without which there is no line."""
    found = {column.field: column.reason for column in propose(kind, headings, {}) if column.field}
    needed = [one.name for one in FIELDS[kind] if one.required]
    met = sum(one in found for one in needed) / len(needed) if needed else 0
    return sum(1.0 if reason == "connu" else 0.8 for reason in found.values()) * (0.3 + met)


@cache
def _words(kind: Kind) -> dict[str, str]:
    """Every known heading; the title of a field wins over what another field is also called."""
    said = {bare(word): one.name for one in FIELDS[kind] for word in one.aliases}
    return said | {bare(one.name): one.name for one in FIELDS[kind]} | {bare(one.label): one.name
                                                                        for one in FIELDS[kind]}  # fmt: skip


def bare(heading: str) -> str:
    """A heading without its small words nor its units: « Nom de l'application » → ``nom application``."""
    said = plain(heading)
    kept = [word for word in said.split() if word not in _SMALL]
    return " ".join(kept) or said


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
        give(rank, words.get(bare(heading), ""), "connu")
    for score, rank, field in sorted(_scores(headings, words), reverse=True):
        if score >= ALIKE:
            give(rank, field, "ressemblance")
    return [made.get(rank, Column(heading, "", "ignoré")) for rank, heading in enumerate(headings)]


def _scores(headings: Sequence[str], words: Mapping[str, str]) -> list[tuple[float, int, str]]:
    found = []
    for rank, heading in enumerate(headings):
        said = bare(heading)
        if len(said) >= 3:
            found += [(fuzz.token_sort_ratio(said, word), rank, field) for word, field in words.items()]
    return found
