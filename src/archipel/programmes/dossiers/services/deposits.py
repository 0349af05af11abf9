"""Freezing what is deposited: the agency reads this, whatever is written afterwards."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from archipel.kernel import clock
from archipel.programmes.dossiers.models import Attachment, Deposit, Dossier
from archipel.programmes.dossiers.queries import store
from archipel.programmes.dossiers.queries.documents import document_of, dump


def freeze(row: Dossier, rank: int) -> None:
    """Keep the document as it is now, its hash and its attachments, under the event of that rank."""
    gone = store.withdrawn(store.facts(row.pk))
    kept = [
        n for n in Attachment.objects.filter(dossier=row).order_by("pk").values_list("pk", flat=True) if n not in gone
    ]
    content = dump(document_of(row))
    Deposit.objects.create(
        dossier=row, rank=rank, content=content, sha256=digest(content), attachments=kept, recorded_at=clock.now()
    )


def digest(content: Any) -> str:
    """SHA-256 of a content in canonical JSON: sorted keys, no blank, UTF-8."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
