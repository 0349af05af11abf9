"""The register of the archives issued, and the freezings under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from archipel.kernel.errors import NotFound
from archipel.programmes.packs.public import Use
from archipel.programmes.perimetre.public import graph
from archipel.programmes.proof import models
from archipel.programmes.proof.archive.signing import short
from archipel.programmes.proof.queries.subjects import of_key
from archipel.programmes.proof.values import Level, Status, Subject

RECENT = 20


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    """An archive issued."""

    number: int
    subject: Subject
    pack: str
    version: str
    at: datetime
    known_at: datetime
    issued_at: datetime
    actor: str
    sha256: str
    size: int
    members: int
    counts: Mapping[Status, int]
    fingerprint: str

    @property
    def file_name(self) -> str:
        """What the file is called."""
        return f"preuve-{self.number:05d}.zip"

    @property
    def short_key(self) -> str:
        """The fingerprint of its key, to be read aloud."""
        return short(self.fingerprint)

    @property
    def total(self) -> int:
        """How many requirements."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class FreezingLine:
    """An archive asked for."""

    number: int
    subject: Subject
    pack: str
    version: str
    at: datetime
    actor: str
    asked_at: datetime
    ended_at: datetime | None
    state: str
    done: int
    total: int
    message: str
    archive: int | None

    @property
    def open(self) -> bool:
        """Whether it is still to be made."""
        return self.state in (models.Freezing.ASKED, models.Freezing.RUNNING)


def _named(rows: Sequence[models.Concerned]) -> dict[tuple[str, str], Subject]:
    known = graph()
    found = {}
    for row in rows:
        key = (row.level, row.subject)
        if key not in found:
            node = next((k for k in known.nodes if k.kind.value == row.level and k.code == row.subject), None)
            found[key] = (
                of_key(node, known) if node else Subject(Level(row.level), row.subject, "", tuple(row.establishments))
            )
    return found


def archives(limit: int | None = None) -> tuple[ArchiveLine, ...]:
    """The archives that the account may see, the newest first: those whose every establishment it sees."""
    rows = list(models.Archive.objects.order_by("-id")[:limit])
    names = _named(rows)
    return tuple(
        ArchiveLine(
            row.pk, names[row.level, row.subject], row.pack, row.version, row.at, row.known_at, row.issued_at,
            row.actor, row.sha256, row.size, row.members, {Status(k): v for k, v in row.counts.items()}, row.key_id,
        )
        for row in rows
    )  # fmt: skip


def uses(pack: str, version: str) -> list[Use]:
    """How many archives keep a version of a pack, among those that the account may see."""
    count = models.Archive.objects.filter(pack=pack, version=version).count()
    return [Use("archives de preuves", count, "/programmes/preuves/archives/")]


def archive(number: int) -> ArchiveLine:
    """One archive.

    Raises:
        NotFound: none of that number in the scope.
    """
    found = next((one for one in archives() if one.number == number), None)
    if found is None:
        raise NotFound("Cette archive n'existe pas, ou n'est pas visible par votre compte.", code="archive-inconnue")
    return found


def content(number: int) -> bytes:
    """The bytes of an archive.

    Raises:
        NotFound: none of that number in the scope.
    """
    found = models.Content.objects.filter(pk=number).values_list("content", flat=True).first()
    if found is None:
        raise NotFound("Cette archive n'existe pas, ou n'est pas visible par votre compte.", code="archive-inconnue")
    return bytes(found)


def freezing(number: int) -> FreezingLine:
    """One archive asked for.

    Raises:
        NotFound: none of that number in the scope.
    """
    row = models.Freezing.objects.filter(pk=number).first()
    if row is None:
        raise NotFound("Ce gel n'existe pas, ou n'est pas visible par votre compte.", code="gel-inconnu")
    return _freezing(row, _named([row]))


def freezings() -> tuple[FreezingLine, ...]:
    """The last archives asked for, the newest first."""
    rows = list(models.Freezing.objects.order_by("-id")[:RECENT])
    names = _named(rows)
    return tuple(_freezing(row, names) for row in rows)


def _freezing(row: models.Freezing, names: Mapping[tuple[str, str], Subject]) -> FreezingLine:
    return FreezingLine(
        row.pk, names[row.level, row.subject], row.pack, row.version, row.at, row.actor, row.asked_at, row.ended_at,
        row.state, row.done, row.total, row.message, row.archive_id,
    )  # fmt: skip
