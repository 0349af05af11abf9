"""A document as a DOCX file that a word processor opens: headings, tables with a header row, page x/y."""

from __future__ import annotations

import io
from typing import Any

from docx import Document as new_file
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from archipel.programmes.dossiers.values.document import Document, Section, Table

_WIDE = 6
"""Columns from which the page is laid on its side."""


def write_docx(document: Document, stamp: str) -> bytes:
    """The bytes of the file.

    Args:
        document: what is written.
        stamp: date and source, at the foot of every page.
    """
    file: Any = new_file()
    _page(file, document)
    style = file.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Calibri")
    file.core_properties.title = document.title
    file.core_properties.author = "Archipel"
    file.core_properties.language = "fr-FR"
    file.add_heading(_plain(document.title), level=0)
    file.add_paragraph(_plain(document.programme))
    for label, value in document.facts:
        line = file.add_paragraph()
        line.paragraph_format.space_after = Pt(2)
        line.add_run(f"{label} : ").bold = True
        line.add_run(_plain(value))
    for rank, section in enumerate(document.sections, 1):
        _section(file, rank, section)
    if document.pieces:
        file.add_heading("Pièces jointes", level=1)
        _table(file, Table(("Nature", "Fichier", "SHA-256"), document.pieces))
    _foot(file, stamp)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _page(file: Any, document: Document) -> None:
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    if any(one.table and len(one.table.columns) >= _WIDE for one in document.sections):
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = page.page_height, page.page_width
    page.left_margin = page.right_margin = Cm(2)
    page.top_margin = page.bottom_margin = Cm(1.8)


def _plain(text: str) -> str:
    """What XML can hold."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF and c < "\ufffe"))


def _section(file: Any, rank: int, section: Section) -> None:
    file.add_heading(f"{rank}. {_plain(section.title)}", level=1)
    if section.empty:
        file.add_paragraph().add_run("Rien n'est écrit.").italic = True
    for bullet in section.bullets:
        file.add_paragraph(_plain(bullet), style="List Bullet")
    for paragraph in section.paragraphs:
        file.add_paragraph(_plain(paragraph))
    if section.table is not None:
        _table(file, section.table)


def _table(file: Any, table: Table) -> None:
    made = file.add_table(rows=1, cols=len(table.columns))
    made.style = "Table Grid"
    for cell, title in zip(made.rows[0].cells, table.columns, strict=True):
        cell.text = ""
        cell.paragraphs[0].add_run(_plain(title)).bold = True
    _repeat(made.rows[0])
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


def _repeat(row: Any) -> None:
    """Say that the row is the header, repeated on every page and read as such."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _foot(file: Any, stamp: str) -> None:
    foot = file.sections[0].footer.paragraphs[0]
    foot.add_run(f"{_plain(stamp)} · page ").font.size = Pt(8)
    _field(foot, "PAGE")
    foot.add_run("/").font.size = Pt(8)
    _field(foot, "NUMPAGES")


def _field(paragraph: Any, name: str) -> None:
    """A field that the word processor computes."""
    run = paragraph.add_run()
    run.font.size = Pt(8)
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = text
        run._r.append(part)
