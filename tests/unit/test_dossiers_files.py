"""What a received file is, read from its content; what is refused, and the sentence that says why."""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from docx import Document as new_docx
from openpyxl import Workbook

from archipel.kernel.errors import Invalid
from archipel.programmes.dossiers.rules import files
from archipel.programmes.dossiers.rules.docx_file import write_docx
from archipel.programmes.dossiers.rules.pdf_file import write_pdf
from archipel.programmes.dossiers.values.document import Document, Section

WHOLE = Document(1, "Essai", "Programme", (), (Section("a", "Enjeux", ("Texte",)),), "source")
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
EICAR = files._EICAR
TYPES = "[Content_Types].xml"


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def word(**more: bytes) -> bytes:
    parts = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}
    return packed(parts | {name.replace("__", "/").replace("_bin", ".bin"): raw for name, raw in more.items()})


def pdf(body: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + body + b" >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def hidden(body: bytes) -> bytes:
    """A PDF whose catalogue is inside a compressed object stream."""
    packed_body = zlib.compress(b"1 0 << /Type /Catalog " + body + b" >>")
    return (
        b"%PDF-1.7\n5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length "
        + str(len(packed_body)).encode() + b" >>\nstream\n" + packed_body + b"\nendstream\nendobj\n%%EOF\n"
    )  # fmt: skip


def office(kind: str) -> bytes:
    out = io.BytesIO()
    (new_docx() if kind == "docx" else Workbook()).save(out)
    return out.getvalue()


def opendocument(media: str, **more: bytes) -> bytes:
    return packed({"mimetype": media.encode(), "content.xml": b"<x/>"} | more)


@pytest.mark.parametrize(
    ("name", "raw", "kind"),
    [
        ("dossier.pdf", write_pdf(WHOLE, "pied", datetime(2026, 1, 2, tzinfo=UTC)), files.PDF),
        ("dossier.docx", write_docx(WHOLE, "pied"), files.DOCX),
        ("note.docx", office("docx"), files.DOCX),
        ("budget.XLSX", office("xlsx"), files.XLSX),
        ("a.odt", opendocument(files.ODT.media_type), files.ODT),
        ("photo.png", PNG, files.PNG),
        ("photo.jpeg", b"\xff\xd8\xff\xe0" + b"\x00" * 20, files.JPEG),
        ("liste.csv", "nom;âge\r\nÉmile;3\r\n".encode(), files.TEXT),
        ("vieux.txt", "Émile a 3 €".encode("cp1252"), files.TEXT),
        ("lien.pdf", pdf(b"/OpenAction << /S /GoTo /D [2 0 R /Fit] >>"), files.PDF),
    ],
)
def test_what_is_accepted(name: str, raw: bytes, kind: files.FileKind) -> None:
    assert files.examine(name, raw) is kind


@pytest.mark.parametrize(
    ("name", "raw", "code", "says"),
    [
        ("vide.pdf", b"", "fichier-vide", "vide"),
        ("gros.pdf", b"%PDF-" + b"x" * files.MAX_BYTES, "fichier-trop-grand", "20 Mo au plus"),
        ("virus.txt", b"abc" + EICAR, "fichier-virus", "EICAR"),
        ("virus.docx", word(word__x=EICAR), "fichier-virus", "EICAR"),
        ("photo.png", pdf(b""), "fichier-deguise", "fichier PDF"),
        ("rapport.pdf", PNG, "fichier-deguise", "image PNG"),
        ("sansnom", PNG, "fichier-deguise", "sans extension"),
        ("a.pdf", pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "fichier-actif", "un script"),
        ("a.pdf", pdf(b"/AA << /O << /S /J#61vaScript >> >>"), "fichier-actif", "un script"),
        ("a.pdf", hidden(b"/OpenAction << /S /JavaScript >>"), "fichier-actif", "un script"),
        ("a.pdf", pdf(b"/OpenAction << /S /Launch /F (calc.exe) >>"), "fichier-actif", "une commande"),
        ("a.pdf", pdf(b"/Names << /EmbeddedFiles 3 0 R >>"), "fichier-actif", "un fichier caché"),
        ("a.pdf", pdf(b"/Encrypt 9 0 R"), "fichier-abime", "chiffré"),
        ("a.docx", word(word__vbaProject_bin=b"x"), "fichier-macros", "macros"),
        ("a.docx", packed({TYPES: b"macroEnabled", "word/document.xml": b""}), "fichier-macros", "macros"),
        ("a.xlsx", packed({"[Content_Types].xml": b"", "xl/workbook.xml": b"", "xl/macrosheets/s.xml": b""}),
         "fichier-macros", "macros"),
        ("a.docx", word(word__embeddings__o_bin=b"x"), "fichier-objet", "objet incorporé"),
        ("a.docx", packed({
            "[Content_Types].xml": b"", "word/document.xml": b"",
            "word/_rels/settings.xml.rels": b'Type="x/attachedTemplate" Target="http://x" TargetMode="External"',
        }), "fichier-objet", "ailleurs"),
        ("a.docx", packed({TYPES: b"", "word/document.xml": b"<t>DDEAUTO c:\\cmd</t>"}), "fichier-objet", "DDE"),
        ("a.odt", opendocument(files.ODT.media_type, **{"Basic/Standard/m.xml": b""}), "fichier-macros", "macros"),
        ("a.zip", packed({"x.txt": b"y"}), "fichier-archive", "archive"),
        ("a.docx", packed({TYPES: b"", "word/document.xml": b"\0" * 30_000_000}), "fichier-bombe", "démesuré"),
        ("a.docx", b"PK\x03\x04abime", "fichier-abime", "abîmé"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, "fichier-ancien", ".docx"),
        ("page.txt", b"<html><script>alert(1)</script>", "fichier-type", "aucun type accepté"),
        ("image.svg", b"<svg onload='x'/>", "fichier-type", "aucun type accepté"),
        ("prog.txt", b"#!/bin/sh\nrm", "fichier-type", "aucun type accepté"),
        ("prog.exe", b"MZ\x90\x00" + b"\0" * 40, "fichier-type", "aucun type accepté"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(name: str, raw: bytes, code: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        files.examine(name, raw)
    assert refused.value.error_code == code
    assert says in refused.value.message and name in refused.value.message
