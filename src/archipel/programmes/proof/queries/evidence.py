"""The documents deposited, with what they establish and when they lapse; and one document, whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.kernel.errors import NotFound
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import models
from archipel.programmes.proof.queries.entries import entry_of, ledger
from archipel.programmes.proof.queries.statuses import followed_for
from archipel.programmes.proof.rules.ledger import binding_at, lapses_on, standing
from archipel.programmes.proof.values import Entry, EntryKind, Requirement, Subject


@dataclass(frozen=True, slots=True)
class PieceLine:
    """A document deposited."""

    pack: Pack
    requirement: Requirement
    subject: Subject
    entry: Entry
    lapses: date | None
    """The first day on which it no longer establishes anything."""
    taken_back: bool

    def state(self, day: date) -> str:
        """``retire``, ``perime``, ``a_venir``, ``bientot`` (within 60 days) or ``valable``."""
        return _state(self.taken_back, self.entry.effective_on, self.lapses, day)


def _state(taken_back: bool, effective_on: date, lapses: date | None, day: date) -> str:
    if taken_back:
        return "retire"
    if effective_on > day:
        return "a_venir"
    if lapses is None:
        return "valable"
    left = (lapses - day).days
    return "perime" if left <= 0 else "bientot" if left <= 60 else "valable"


@dataclass(frozen=True, slots=True)
class HeldPiece:
    """A document deposited, for the rooms that point at it; ``lapses`` is the end that its depositor gave."""

    number: int
    title: str
    effective_on: date
    lapses: date | None
    withdrawn: bool

    def state(self, day: date) -> str:
        """As :meth:`PieceLine.state`."""
        return _state(self.withdrawn, self.effective_on, self.lapses, day)


def held_pieces(establishments: Iterable[str]) -> list[HeldPiece]:
    """The documents with a file that concern one of the establishments (FINESS EJ), as far as the scope sees."""
    rows = models.Entry.objects.filter(
        establishments__overlap=list(establishments), kind__in=[EntryKind.PIECE.value, EntryKind.RETRAIT.value]
    ).select_related("file").defer("file__content").order_by("id")  # fmt: skip
    entries = [entry_of(row) for row in rows]
    stands = {one.entry_id for one in standing(entries, clock.now())}
    return [
        HeldPiece(one.entry_id, one.title or one.file_name, one.effective_on, one.expires_on,
                  one.entry_id not in stands)
        for one in entries
        if one.kind is EntryKind.PIECE and one.file_sha256
    ]  # fmt: skip


def pieces(scope: Scope, packs: Iterable[Pack], subject: Subject, at: datetime, day: date) -> tuple[PieceLine, ...]:
    """Every document deposited for a subject, those that lapse first at the top."""
    found = []
    for pack in packs:
        asked = followed_for(scope, pack, subject, day)
        by_path: dict[str, list[tuple[Requirement, Subject]]] = defaultdict(list)
        for requirement, whom in asked:
            by_path[requirement.path].append((requirement, whom))
        for (whom, path), entries in ledger(pack.pack, {whom for _, whom in asked}).items():
            here = next((one for one, who in by_path.get(path, ()) if who == whom), None)
            if here is None:
                continue
            stands = standing(entries, at)
            binding = binding_at(here.binding, stands, day)
            found += [
                PieceLine(pack, here, whom, entry, lapses_on(entry, binding.freshness_days), entry not in stands)
                for entry in entries
                if entry.kind is EntryKind.PIECE
            ]
    return tuple(sorted(found, key=lambda one: (one.taken_back, one.lapses or date.max, -one.entry.entry_id)))


@dataclass(frozen=True, slots=True)
class Document:
    """A document, whole."""

    entry: int
    name: str
    media: str
    sha256: str
    content: bytes
    establishments: tuple[str, ...]


def document(entry: int) -> Document:
    """The file of an entry.

    Raises:
        NotFound: no such entry in the scope, or it has no file.
    """
    row = models.Entry.objects.select_related("file").filter(pk=entry).first()
    if row is None or row.file is None:
        raise NotFound("Cette pièce n'existe pas, ou n'est pas visible par votre compte.", code="piece-inconnue")
    file = row.file
    return Document(entry, file.name, file.media, file.sha256, bytes(file.content), tuple(row.establishments))
