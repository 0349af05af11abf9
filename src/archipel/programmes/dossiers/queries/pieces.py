"""The attachments of a dossier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archipel.programmes.dossiers.models import Attachment
from archipel.programmes.dossiers.queries import store
from archipel.programmes.dossiers.values.situation import PIECE_LABELS, PieceNature


@dataclass(frozen=True, slots=True)
class Piece:
    """An attachment, without its content."""

    id: int
    nature: str
    label: str
    name: str
    media_type: str
    size: int
    sha256: str
    details: Mapping[str, str]
    scanned: str
    after_deposit: bool
    by_agency: bool
    actor: str
    at: datetime
    withdrawn: bool


def pieces(dossier: int) -> list[Piece]:
    """Every attachment that the scope sees, by nature then name; those withdrawn last."""
    gone = store.withdrawn(store.facts(dossier))
    rows = Attachment.objects.filter(dossier_id=dossier).order_by("nature", "name", "pk")
    found = [
        Piece(
            one.pk, one.nature, PIECE_LABELS[PieceNature(one.nature)], one.name, one.media_type, one.size, one.sha256,
            one.details, one.scanned, one.after_deposit, one.by_agency, one.actor, one.recorded_at, one.pk in gone,
        )
        for one in rows
    ]  # fmt: skip
    return sorted(found, key=lambda piece: piece.withdrawn)
