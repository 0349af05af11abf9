"""The documents deposited, with what they establish and when they lapse; and one document, whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.scope import Scope
from archipel.kernel.errors import NotFound
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import models
from archipel.programmes.proof.queries.entries import ledger
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
        if self.taken_back:
            return "retire"
        if self.entry.effective_on > day:
            return "a_venir"
        if self.lapses is None:
            return "valable"
        left = (self.lapses - day).days
        return "perime" if left <= 0 else "bientot" if left <= 60 else "valable"


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
