"""Documents as DOCX (python-docx) and tagged PDF (Typst). What people wrote travels as data, never as markup."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst
from docx import Document as new_file
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from archipel.scenarios.trajectory.values.document import Document, Figure, Section, Table

_TEMPLATE = Path(__file__).resolve().parent.parent / "templates" / "trajectory" / "document.typ"
_PICTURE = b'#set page(width: auto, height: auto, margin: 4pt)\n#image(bytes(sys.inputs.svg), format: "svg")'
_WIDTH = Cm(25.5)


def write_pdf(document: Document, at: datetime) -> bytes:
    """The bytes of the PDF; ``at`` is the moment written in its own description."""
    made = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"data": json.dumps(asdict(document), ensure_ascii=False)},
        timestamp=at.astimezone(UTC).replace(microsecond=0),
        ignore_system_fonts=True,
    )
    return _bytes(made)


def picture(svg: str) -> bytes:
    """A figure as PNG, for what does not show SVG."""
    return _bytes(typst.compile(_PICTURE, format="png", ppi=144.0, sys_inputs={"svg": svg}, ignore_system_fonts=True))


def _bytes(made: object) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError("one file was expected")
    return made


def write_docx(document: Document) -> bytes:
    """The bytes of the DOCX: A4 on its side, headings, captions, headers of tables repeated, page x/y."""
    file: Any = new_file()
    page = file.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21)
    page.left_margin = page.right_margin = Cm(2)
    page.top_margin = page.bottom_margin = Cm(1.8)
    style = file.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(10.5)
    file.core_properties.title, file.core_properties.author = document.title, "Archipel"
    file.core_properties.language = "fr-FR"
    file.add_heading(_plain(document.title), level=0)
    file.add_paragraph(_plain(document.subtitle))
    for label, value in document.facts:
        line = file.add_paragraph()
        line.paragraph_format.space_after = Pt(2)
        line.add_run(f"{label} : ").bold = True
        line.add_run(_plain(value))
    for rank, section in enumerate(document.sections, 1):
        _section(file, rank, section)
    _foot(file, document.stamp)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _plain(text: str) -> str:
    """What XML can hold."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and c < "\ufffe"))


def _section(file: Any, rank: int, section: Section) -> None:
    file.add_heading(f"{rank}. {_plain(section.title)}", level=1)
    for paragraph in section.paragraphs:
        file.add_paragraph(_plain(paragraph))
    for bullet in section.bullets:
        file.add_paragraph(_plain(bullet), style="List Bullet")
    for figure in section.figures:
        _figure(file, figure)
    for table in section.tables:
        _table(file, table)


def _figure(file: Any, figure: Figure) -> None:
    shape = file.add_picture(io.BytesIO(picture(figure.svg)), width=_WIDTH)
    if shape.height > Cm(15.5):
        shape.width, shape.height = int(shape.width * Cm(15.5) / shape.height), Cm(15.5)
    shape._inline.docPr.set("descr", _plain(figure.words))
    caption = file.add_paragraph(_plain(figure.caption), style="Caption")
    caption.paragraph_format.keep_with_next = False


def _table(file: Any, table: Table) -> None:
    if table.caption:
        file.add_paragraph(_plain(table.caption), style="Caption").paragraph_format.keep_with_next = True
    made = file.add_table(rows=1, cols=len(table.columns))
    made.style = "Table Grid"
    for cell, title in zip(made.rows[0].cells, table.columns, strict=True):
        cell.text = ""
        run = cell.paragraphs[0].add_run(_plain(title))
        run.bold, run.font.size = True, Pt(9)
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    made.rows[0]._tr.get_or_add_trPr().append(mark)
    for row in table.rows:
        _fill(made.add_row().cells, row, table.numbers)
    if table.total:
        _fill(made.add_row().cells, table.total, table.numbers, bold=True)
    file.add_paragraph()


def _fill(cells: Any, row: tuple[str, ...], numbers: tuple[int, ...], *, bold: bool = False) -> None:
    for rank, (cell, text) in enumerate(zip(cells, row, strict=True)):
        cell.text = ""
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(_plain(text))
        run.bold, run.font.size = bold, Pt(9)
        if rank in numbers:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _foot(file: Any, stamp: str) -> None:
    foot = file.sections[0].footer.paragraphs[0]
    foot.add_run(f"{_plain(stamp)} · page ").font.size = Pt(8)
    for name in ("PAGE", "/", "NUMPAGES"):
        run = foot.add_run("/" if name == "/" else "")
        run.font.size = Pt(8)
        if name != "/":
            _field(run, name)


def _field(run: Any, name: str) -> None:
    """A field that the word processor computes."""
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._r.append(part)
