"""A document as a tagged PDF, by Typst. What people wrote travels as data: it is never read as markup."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import typst

from archipel.programmes.dossiers.rules.documents import dump
from archipel.programmes.dossiers.values.document import Document

_TEMPLATE = Path(__file__).resolve().parent.parent / "templates" / "dossiers" / "dossier.typ"


def write_pdf(document: Document, stamp: str, at: datetime) -> bytes:
    """The bytes of the file.

    Args:
        document: what is written.
        stamp: date and source, at the foot of every page.
        at: the moment written in the file's own description.
    """
    data = json.dumps({**dump(document), "pied": stamp}, ensure_ascii=False)
    made = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"data": data},
        timestamp=at.astimezone(UTC).replace(microsecond=0),
        ignore_system_fonts=True,
    )
    if not isinstance(made, bytes):
        raise TypeError("one PDF was expected")
    return made
