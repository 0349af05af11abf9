"""What a received file is, read from its content, and what makes it refused. Names and declared types prove nothing.

Accepted: PDF, DOCX, XLSX, PPTX, ODT, ODS, PNG, JPEG, plain text and CSV. Refused: anything else, and any of these that
carries something a reader's machine would run (macros, scripts, embedded programs), or the test signature of antivirus
products (EICAR). This is not an antivirus.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from archipel.kernel.errors import Invalid

MAX_BYTES = 20 * 1024 * 1024
"""Largest file accepted."""
_UNPACKED = 200 * 1024 * 1024
_PARTS = 5_000
_RATIO = 200
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The standard antivirus test string (EICAR, 2003), written in two pieces so that this file is not one."""
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is accepted: its media type, its French name, its extensions."""

    media_type: str
    label: str
    extensions: tuple[str, ...]


PDF = FileKind("application/pdf", "PDF", ("pdf",))
PNG = FileKind("image/png", "image PNG", ("png",))
JPEG = FileKind("image/jpeg", "image JPEG", ("jpg", "jpeg"))
DOCX = FileKind(_OFFICE + "wordprocessingml.document", "document Word", ("docx",))
XLSX = FileKind(_OFFICE + "spreadsheetml.sheet", "classeur Excel", ("xlsx",))
PPTX = FileKind(_OFFICE + "presentationml.presentation", "présentation PowerPoint", ("pptx",))
ODT = FileKind(_ODF + "text", "document OpenDocument", ("odt",))
ODS = FileKind(_ODF + "spreadsheet", "classeur OpenDocument", ("ods",))
TEXT = FileKind("text/plain", "texte", ("txt", "csv"))
KINDS = (PDF, DOCX, XLSX, PPTX, ODT, ODS, PNG, JPEG, TEXT)
ACCEPTED = "PDF, Word (.docx), Excel (.xlsx), PowerPoint (.pptx), OpenDocument (.odt, .ods), PNG, JPEG, texte ou CSV"


def examine(name: str, raw: bytes) -> FileKind:
    """The kind of a file, when it is accepted.

    Args:
        name: as the browser gave it; only its extension is looked at, and only to say that it lies.
        raw: the whole content.

    Raises:
        Invalid: empty, too big, of another kind than it says, or carrying something that runs.
    """
    if not raw:
        raise Invalid(f"« {name} » est vide.", code="fichier-vide", field="fichier")
    if len(raw) > MAX_BYTES:
        size = f"{len(raw) / 1024 / 1024:.1f}".replace(".", ",")
        raise Invalid(
            f"« {name} » pèse {size} Mo : {MAX_BYTES // 1024 // 1024} Mo au plus.", code="fichier-trop-grand",
            field="fichier",
        )  # fmt: skip
    _no_virus_test(name, raw)
    kind = _kind(name, raw)
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if extension not in kind.extensions:
        said = f"« .{extension} »" if extension else "sans extension"
        raise _refused(name, f"son nom est {said} mais son contenu est un fichier {kind.label}", "fichier-deguise")
    if kind is PDF:
        _quiet_pdf(name, raw)
    return kind


def _refused(name: str, why: str, code: str) -> Invalid:
    return Invalid(f"« {name} » est refusé : {why}. Sont acceptés : {ACCEPTED}.", code=code, field="fichier")


def _no_virus_test(name: str, raw: bytes) -> None:
    if _EICAR in raw:
        raise _refused(name, "il contient la signature de test des antivirus (EICAR)", "fichier-virus")


def _kind(name: str, raw: bytes) -> FileKind:
    if raw.startswith(b"%PDF-"):
        return PDF
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if raw.startswith(b"\xff\xd8\xff"):
        return JPEG
    if raw.startswith(b"PK\x03\x04"):
        return _packed(name, raw)
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        why = (
            "c'est un ancien format Office (.doc, .xls, .ppt) ou un document chiffré, dont les macros ne se voient pas"
        )
        raise _refused(name, f"{why} ; enregistrez-le en .docx, .xlsx ou PDF", "fichier-ancien")
    if _is_text(raw):
        return TEXT
    raise _refused(name, "son contenu n'est d'aucun type accepté", "fichier-type")


def _is_text(raw: bytes) -> bool:
    """UTF-8 or Windows-1252 text that no browser would take for a page or a script."""
    head = raw[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"\x00" in raw or head.startswith((b"<", b"#!", b"mz", b"\x7felf", b"{\\rtf")):
        return False
    control = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in raw[:65536])
    try:
        raw.decode("utf-8-sig")
        return control == 0
    except UnicodeDecodeError:
        return control == 0 and all(byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) for byte in raw[:65536])


# --- zip: Office Open XML, OpenDocument


def _packed(name: str, raw: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            parts = book.infolist()
            _bounded(name, parts)
            names = {part.filename for part in parts}
            kind = _office(book, names)
            if kind is None:
                raise _refused(name, "c'est une archive, pas un document", "fichier-archive")
            _quiet_parts(name, names)
            for part in parts:
                content = book.read(part)
                _no_virus_test(name, content)
                _quiet_part(name, part.filename, content)
            return kind
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise _refused(name, "il est abîmé ou chiffré", "fichier-abime") from None


def _bounded(name: str, parts: list[zipfile.ZipInfo]) -> None:
    whole = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if len(parts) > _PARTS or whole > _UNPACKED or (whole > 10 * 1024 * 1024 and whole / packed > _RATIO):
        raise _refused(name, "une fois décompressé il serait démesuré", "fichier-bombe")
    if any(part.flag_bits & 1 for part in parts):
        raise _refused(name, "il est chiffré", "fichier-abime")


def _office(book: zipfile.ZipFile, names: set[str]) -> FileKind | None:
    if "mimetype" in names:
        said = book.read("mimetype")[:100].decode("ascii", "replace").strip()
        return next((kind for kind in (ODT, ODS) if kind.media_type == said), None)
    if "[Content_Types].xml" not in names:
        return None
    for folder, kind in (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("ppt/presentation.xml", PPTX)):
        if folder in names:
            return kind
    return None


_MACROS = re.compile(r"vba|macrosheets|(^|/)(Basic|Scripts)/|activeX", re.I)
_PROGRAMS = re.compile(r"(^|/)embeddings/.*\.(bin|exe|js|vbs|hta)$|\.(exe|dll|js|vbs|hta|bat|cmd|ps1|jar)$", re.I)


def _quiet_parts(name: str, names: set[str]) -> None:
    if any(_MACROS.search(part) for part in names):
        raise _refused(name, "il contient des macros ; enregistrez-le sans macros, ou en PDF", "fichier-macros")
    if any(_PROGRAMS.search(part) for part in names):
        raise _refused(name, "il contient un programme ou un objet incorporé", "fichier-objet")


def _quiet_part(name: str, part: str, content: bytes) -> None:
    """Templates fetched from elsewhere and links of data that run when the document opens."""
    if part.endswith(".rels") and re.search(
        rb'(?i)(attachedTemplate|oleObject|frame)"[^>]*TargetMode="External"', content
    ):
        raise _refused(name, "il irait chercher un modèle ou un objet ailleurs en s'ouvrant", "fichier-objet")
    if part.endswith("document.xml") and re.search(rb"(?i)\bDDE(AUTO)?\b\s", content):
        raise _refused(name, "il contient un lien dynamique (DDE)", "fichier-objet")
    if part == "[Content_Types].xml" and b"macroEnabled" in content:
        raise _refused(name, "il contient des macros ; enregistrez-le sans macros, ou en PDF", "fichier-macros")


# --- PDF

_ACTIVE = {
    b"JavaScript": "un script", b"JS": "un script", b"Launch": "une commande à lancer",
    b"EmbeddedFile": "un fichier caché", b"EmbeddedFiles": "un fichier caché", b"RichMedia": "un contenu animé",
    b"XFA": "un formulaire actif", b"ImportData": "un chargement de données", b"SubmitForm": "un envoi de données",
}  # fmt: skip
_NAME = re.compile(rb"/((?:[^\x00-\x20()<>\[\]{}/%#]|#[0-9A-Fa-f]{2}){1,60})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")


def _quiet_pdf(name: str, raw: bytes) -> None:
    """Refuse a PDF that does something when it is opened; names are read through their escapes and object streams."""
    if re.search(rb"/Encrypt\b", raw):
        raise _refused(name, "c'est un PDF chiffré, dont le contenu ne se voit pas", "fichier-abime")
    outside = re.sub(rb"(?<!end)stream\r?\n.*?endstream", b"", raw, flags=re.DOTALL)
    for piece in (outside, *_inflated(name, raw)):
        for found in _NAME.finditer(piece):
            word = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), found[1])
            if word in _ACTIVE:
                raise _refused(name, f"ce PDF contient {_ACTIVE[word]}", "fichier-actif")


def _inflated(name: str, raw: bytes) -> Iterator[bytes]:
    """The object streams of a PDF, where names may hide; bounded."""
    left = _UNPACKED
    for mark in _STREAM.finditer(raw):
        header = raw[max(0, mark.start() - 400) : mark.start()]
        header = header[header.rfind(b"obj") :]
        if b"ObjStm" not in re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), header):
            continue
        try:
            found = zlib.decompressobj().decompress(raw[mark.end() :], min(left, 50 * 1024 * 1024))
        except zlib.error:
            raise _refused(name, "une partie de ce PDF est illisible", "fichier-abime") from None
        left -= len(found)
        if left <= 0:
            raise _refused(name, "une fois décompressé il serait démesuré", "fichier-bombe")
        yield found
