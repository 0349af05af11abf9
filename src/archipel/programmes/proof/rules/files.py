"""What a deposited file is, read from its content: the name proves nothing.

Accepted: PDF, PNG, JPEG, the zipped office formats without macro, CSV and plain text. Refused: everything that runs.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from archipel.kernel.errors import Invalid

LIMIT = 20 << 20
"""Bytes of a document at the most."""
_INFLATED = 200 << 20
_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Media:
    """A kind of file: its type, its extension, what people call it."""

    type: str
    extension: str
    label: str


PDF = Media("application/pdf", "pdf", "PDF")
PNG, JPEG = Media("image/png", "png", "image PNG"), Media("image/jpeg", "jpg", "image JPEG")
TEXT = Media("text/plain; charset=utf-8", "txt", "texte")
_OPENXML = "application/vnd.openxmlformats-officedocument."
DOCX = Media(_OPENXML + "wordprocessingml.document", "docx", "document Word")
XLSX = Media(_OPENXML + "spreadsheetml.sheet", "xlsx", "classeur Excel")
PPTX = Media(_OPENXML + "presentationml.presentation", "pptx", "présentation PowerPoint")
ODT = Media("application/vnd.oasis.opendocument.text", "odt", "texte OpenDocument")
ODS = Media("application/vnd.oasis.opendocument.spreadsheet", "ods", "classeur OpenDocument")
MEDIAS: Mapping[str, Media] = MappingProxyType(
    {one.type: one for one in (PDF, PNG, JPEG, TEXT, DOCX, XLSX, PPTX, ODT, ODS)}
)
EXTENSIONS = ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.pptx,.odt,.ods,.csv,.txt"
_EXPECTED = "PDF, PNG, JPEG, DOCX, XLSX, PPTX, ODT, ODS, CSV ou texte attendus"
_PARTS = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("ppt/presentation.xml", PPTX))


def check_file(content: bytes, name: str) -> Media:
    """Say what a file is.

    Args:
        content: the whole file.
        name: as it was sent; only used to say which file is wrong.

    Raises:
        Invalid: ``fichier-vide``, ``fichier-trop-grand``, ``fichier-macro``, ``fichier-protege``, ``fichier-abime`` or
            ``fichier-nature``, with what was found and what is expected.
    """
    shown = name[:80] or "fichier"
    if not content:
        raise Invalid(f"« {shown} » est vide.", code="fichier-vide", field="fichier")
    if len(content) > LIMIT:
        size, most = len(content) >> 20, LIMIT >> 20
        raise Invalid(f"« {shown} » fait {size} Mio : {most} Mio au plus.", code="fichier-trop-grand", field="fichier")
    if content.startswith(b"%PDF-"):
        return _pdf(content, shown)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"PK\x03\x04"):
        return _office(content, shown)
    if _is_text(content):
        return TEXT
    raise Invalid(
        f"« {shown} » commence par {content[:4].hex(' ')} : ce n'est pas un document accepté. {_EXPECTED}.",
        code="fichier-nature",
        field="fichier",
    )


def _pdf(content: bytes, name: str) -> Media:
    if b"%%EOF" not in content[-2048:]:
        raise Invalid(f"« {name} » est un PDF coupé : sa fin manque.", code="fichier-abime", field="fichier")
    if b"/Encrypt" in content:
        raise Invalid(
            f"« {name} » est protégé : déposez-le sans mot de passe, pour qu'il reste lisible.",
            code="fichier-protege",
            field="fichier",
        )
    if re.search(rb"/(?:JavaScript|Launch)\b", content):
        raise Invalid(
            f"« {name} » contient du code : enregistrez-le en PDF simple (PDF/A).",
            code="fichier-macro",
            field="fichier",
        )
    return PDF


def _office(content: bytes, name: str) -> Media:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            entries = opened.infolist()
            names = {entry.filename for entry in entries}
            kind = opened.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        raise Invalid(f"« {name} » est abîmé : il ne s'ouvre pas.", code="fichier-abime", field="fichier") from None
    if sum(entry.file_size for entry in entries) > _INFLATED or any(entry.flag_bits & 1 for entry in entries):
        raise Invalid(
            f"« {name} » est protégé, ou se déploie en plus de {_INFLATED >> 20} Mio.",
            code="fichier-protege",
            field="fichier",
        )
    if any(one.rsplit("/", 1)[-1].lower().startswith("vbaproject") or one.startswith("Basic/") for one in names):
        raise Invalid(
            f"« {name} » contient des macros : enregistrez-le sans elles.", code="fichier-macro", field="fichier"
        )
    for part, media in _PARTS:
        if part in names and "[Content_Types].xml" in names:
            return media
    for media in (ODT, ODS):
        if kind.decode("ascii", "replace").strip() == media.type:
            return media
    raise Invalid(f"« {name} » est une archive, pas un document. {_EXPECTED}.", code="fichier-nature", field="fichier")


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    start = text.lstrip()[:15].lower()
    return not _TEXT.search(content) and not start.startswith(("<!doctype", "<html", "<script", "<svg", "<?xml", "#!"))
