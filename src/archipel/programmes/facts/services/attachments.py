"""The documents that prove facts: checked, hashed, kept once by who may write about those establishments."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Invalid
from archipel.programmes.facts.models import Attachment
from archipel.programmes.facts.services.subjects import Placed, require_writer

MAX_BYTES = 10_000_000
TYPES: dict[str, tuple[bytes, str]] = {
    "pdf": (b"%PDF-", "application/pdf"),
    "png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    "jpg": (b"\xff\xd8\xff", "image/jpeg"),
    "jpeg": (b"\xff\xd8\xff", "image/jpeg"),
    "docx": (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "odt": (b"PK\x03\x04", "application/vnd.oasis.opendocument.text"),
}
"""Extension → first bytes, media type."""


def attach(*, scope: Scope, placed: Placed, name: str, content: bytes) -> int:
    """Keep a document about a subject; returns its number.

    Raises:
        Denied: the account does not keep the facts of that subject. Invalid: size, or a content that is not what the
            extension says.
    """
    require_writer(scope, placed)
    kind = name.rpartition(".")[2].lower()
    if kind not in TYPES:
        known = ", ".join(TYPES)
        raise Invalid(f"« {name[:60]} » : un fichier {known} est attendu.", code="piece-type", field="piece")
    if not 0 < len(content) <= MAX_BYTES:
        raise Invalid(f"« {name[:60]} » pèse {len(content)} octets : {MAX_BYTES} au plus.", code="piece-taille")
    start, media = TYPES[kind]
    if not content.startswith(start):
        raise Invalid(f"« {name[:60]} » n'est pas un fichier {kind}.", code="piece-type", field="piece")
    row = Attachment.objects.create(
        establishments=sorted(placed.establishments), name=name[-120:], content_type=media, size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), content=content, recorded_at=timezone.now(), actor=scope.actor,
    )  # fmt: skip
    record(
        scope=scope, action="fait.piece", object_type="piece", object_key=str(row.pk),
        details={"sha256": row.sha256, "octets": row.size, "sujet": str(placed.subject)},
    )  # fmt: skip
    return row.pk
