"""Versions of packs as they are kept: who proposed them, what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a version stands."""

    PROPOSEE = "proposee"
    PUBLIEE = "publiee"
    REFUSEE = "refusee"
    RETIREE = "retiree"


STATUS_LABELS: dict[Status, str] = {
    Status.PROPOSEE: "Proposée",
    Status.PUBLIEE: "Publiée",
    Status.REFUSEE: "Refusée",
    Status.RETIREE: "Retirée",
}


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version of a pack, or of the overlay of a region, without its content."""

    id: int
    pack: str
    version: str
    region: str
    nature: str
    title: str
    bearer: str
    published_on: date
    valid_from: date | None
    valid_to: date | None
    sha256: str
    file: str
    shipped: bool
    proposed_at: datetime
    proposed_by: str
    status: Status
    decided_at: datetime | None = None
    decided_by: str = ""
    reason: str = ""

    @property
    def status_label(self) -> str:
        """Where it stands, in French."""
        return STATUS_LABELS[self.status]


@dataclass(frozen=True, slots=True)
class Use:
    """Something that keeps a version: what (« dossiers ouverts »), how many, and where to see them."""

    what: str
    count: int
    url: str = ""
