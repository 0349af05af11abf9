"""The ledger of the requirements, as row-level security lets the account see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from archipel.programmes.proof import models
from archipel.programmes.proof.values import Entry, EntryKind, Level, Subject

Ledger = Mapping[tuple[Subject, str], tuple[Entry, ...]]
"""(subject, path of the requirement) → its entries, in the order of recording."""


def entry_of(row: models.Entry) -> Entry:
    """A row in the words of the rules."""
    return Entry(
        entry_id=row.pk,
        kind=EntryKind(row.kind),
        effective_on=row.effective_on,
        expires_on=row.expires_on,
        recorded_at=row.recorded_at,
        actor=row.actor,
        title=row.title,
        details=MappingProxyType({str(key): str(value) for key, value in row.details.items()}),
        file_sha256=row.file.sha256 if row.file else "",
        file_name=row.file.name if row.file else "",
        undoes=row.undoes,
    )


def ledger(pack: str, subjects: Iterable[Subject], path: str = "") -> Ledger:
    """Every entry about a pack for some subjects, those taken back included; one query."""
    asked = {(one.level.value, one.code): one for one in subjects}
    rows = models.Entry.objects.filter(pack=pack, subject__in={code for _, code in asked}).select_related("file")
    if path:
        rows = rows.filter(requirement=path)
    found: dict[tuple[Subject, str], list[Entry]] = defaultdict(list)
    for row in rows.defer("file__content").order_by("id"):
        whom = asked.get((row.level, row.subject))
        if whom is not None:
            found[whom, row.requirement].append(entry_of(row))
    return {key: tuple(entries) for key, entries in found.items()}


def subject_of(row: models.Concerned) -> Subject:
    """Whom a row is about, without its name."""
    return Subject(Level(row.level), row.subject, "", tuple(row.establishments))
