"""From the bytes of a CSV or XLSX file to rows of texts, whatever the encoding and the separator."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from archipel.territory.values import Place, Problem

MAX_BYTES = 30_000_000
MAX_UNZIPPED = 300_000_000
MAX_ROWS = 300_000
_C1 = bytes(range(0x80, 0xA0))
_SEPARATORS = ";\t,"
_THOUSANDS = re.compile(r"-?\d{1,3}\.\d{3}")
"""Numbers of a workbook that, once texts, would be read as thousands: one more zero says that they are not."""
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):[A-Z]+(\d+)"')
FORMULA_MARKS = "=+-@\t\r"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file: its name ("" for a CSV) and its rows, with their line number."""

    name: str
    rows: list[tuple[int, list[str]]]


def unreadable(file: str, why: str, expected: str) -> Problem:
    """The whole file cannot be read."""
    return Problem("fichier-illisible", f"{file} : {why}.", place=Place(file), expected=expected)


def clean(text: str) -> str:
    """Without control characters, nor blanks at the ends."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


def decode(data: bytes) -> tuple[str, str]:
    """The text and the encoding that read it: UTF-8 (with or without mark), UTF-16 with mark, Windows-1252, Latin-1."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), "utf-16"
    for encoding in ("utf-8-sig", "utf-8"):
        if encoding == "utf-8-sig" and not data.startswith(codecs.BOM_UTF8):
            continue
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    if len(data.translate(None, _C1)) != len(data):
        try:
            return data.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1"), "latin-1"


def separator(text: str) -> str:
    """The separator of the first line that says something; ``;`` when none is seen."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    best = max(_SEPARATORS, key=first.count)
    return best if first.count(best) else ";"


def _undo_guard(cell: str) -> str:
    """A leading apostrophe that our export put before a formula mark is removed."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in FORMULA_MARKS + "'" else cell


def _csv(data: bytes, file: str) -> tuple[list[Sheet], list[Problem]]:
    text, _ = decode(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text))
    rows: list[tuple[int, list[str]]] = []
    problems: list[Problem] = []
    begin = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begin, [_undo_guard(clean(cell)) for cell in cells]))
            begin = reader.line_num + 1
            if len(rows) > MAX_ROWS:
                problems.append(unreadable(file, f"plus de {MAX_ROWS} lignes", f"{MAX_ROWS} lignes au plus"))
                break
    except csv.Error as error:
        place = Place(file, "", reader.line_num)
        problems.append(
            Problem("fichier-illisible", f"{file}, ligne {reader.line_num} : ligne illisible ({error}).", place=place,
                    expected="des cellules séparées par ; , ou une tabulation")
        )  # fmt: skip
    return [Sheet("", rows)], problems


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float) and _THOUSANDS.fullmatch(str(value)):
        return f"{value}0"
    return clean(str(value))


def _xlsx(data: bytes, file: str) -> tuple[list[Sheet], list[Problem]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - 25 MB and a third of a second that few processes need

    expected = "un classeur .xlsx, ou un fichier .csv"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNZIPPED:
                return [], [unreadable(file, "classeur trop volumineux une fois décompressé", expected)]
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # a damaged workbook fails in as many ways as there are XML files in it
        return [], [unreadable(file, f"classeur illisible ({type(error).__name__})", expected)]
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    for name in book.sheetnames:
        try:
            sheets.append(Sheet(name, list(_xlsx_rows(book[name], _merged(data, book[name])))))
        except Exception as error:
            problems.append(
                Problem("feuille-illisible", f"{file}, feuille {name} : illisible ({type(error).__name__}).",
                        place=Place(file, name), expected="une feuille de calcul")
            )  # fmt: skip
    book.close()
    return sheets, problems


def _merged(data: bytes, sheet: object) -> dict[tuple[int, int], int]:
    """The cells merged over several lines: (line, rank of the column) of the first → the last line."""
    from openpyxl.utils import column_index_from_string  # noqa: PLC0415 - as above

    path = getattr(sheet, "_worksheet_path", "")  # a read-only sheet does not tell its merged cells itself
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read(path) if path in archive.namelist() else b""
    found = {}
    for column, first, last in _MERGE.findall(body, max(body.rfind(b"<mergeCells"), 0)):
        if int(last) > int(first):
            found[int(first), column_index_from_string(column.decode()) - 1] = int(last)
    return found


def _xlsx_rows(sheet: object, merged: Mapping[tuple[int, int], int]) -> Iterator[tuple[int, list[str]]]:
    """The rows that say something; what is merged over several lines is said by each of them."""
    values = getattr(sheet, "iter_rows", None)
    if values is None:
        return
    held: dict[int, tuple[str, int]] = {}
    for number, cells in enumerate(values(values_only=True), 1):
        if number > MAX_ROWS:
            return
        texts = [_undo_guard(_text(cell)) for cell in cells]
        if not any(texts):
            continue
        for rank, (text, last) in held.items():
            if number <= last and rank < len(texts):
                texts[rank] = texts[rank] or text
        if merged:
            held |= {rank: (text, merged[number, rank]) for rank, text in enumerate(texts) if (number, rank) in merged}
        yield number, texts


def read_sheets(data: bytes, file: str) -> tuple[list[Sheet], list[Problem]]:
    """The tables of a file, and what could not be read. Never raises.

    Args:
        data: the file's content; an XLSX is known by its first bytes, not by its name.
        file: its name, for messages.
    """
    if len(data) > MAX_BYTES:
        return [], [unreadable(file, f"{len(data)} octets", f"{MAX_BYTES} octets au plus")]
    if data[:4] == b"PK\x03\x04":
        return _xlsx(data, file)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return [], [unreadable(file, "ancien format Excel (.xls)", "un classeur .xlsx ou un fichier .csv")]
    return _csv(data, file)
