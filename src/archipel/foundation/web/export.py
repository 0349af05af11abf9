"""Tables as files: CSV for French spreadsheets, XLSX; safe against formula injection."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from archipel.foundation.web.formats import PARIS
from archipel.kernel.errors import Invalid

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BLANK = "".join(map(chr, (0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x3000, 0xFEFF)))
_CELL_LIMIT = 32_767
"""The longest text of an XLSX cell."""


def harmless(text: str) -> str:
    """A text that no spreadsheet reads as a formula: an apostrophe before a dangerous first character.

    Source: OWASP, CSV Injection. Spaces before the sign do not make it safe, nor do control characters.
    """
    kept = "".join(c for c in text if c in "\t\n\r" or c >= " ")
    start = kept.lstrip(_BLANK)
    return "'" + kept if kept.startswith(_FORMULA_STARTS) or start.startswith(_FORMULA_STARTS) else kept


def csv_cell(value: object) -> str:
    """A value as French spreadsheets read it: decimal comma, local time, ``oui``/``non``, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return format(value, "f").replace(".", ",") if isinstance(value, Decimal) else repr(value).replace(".", ",")
    if isinstance(value, datetime):
        return f"{_local(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return harmless(str(value))


def xlsx_cell(value: object) -> object:
    """A value with its own type where a sheet has one, a harmless text otherwise."""
    if value is None or isinstance(value, bool | int | float | Decimal):
        return ("oui" if value else "non") if isinstance(value, bool) else value
    if isinstance(value, datetime):
        return _local(value)
    if isinstance(value, date):
        return value
    text = "".join(c for c in str(value) if c in "\t\n\r" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF))
    return harmless(text.replace("\ufffe", "").replace("\uffff", ""))[:_CELL_LIMIT]


def table_response(
    request: HttpRequest, filename: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """The table as the file that ``?format=`` asks for.

    Args:
        request: its ``format`` parameter says ``csv`` (the default) or ``xlsx``.
        filename: without extension, ASCII; the date is added.
        columns: French titles of the columns, with their unit.
        rows: the values, in the order of the columns. Read while the response is made, inside the request's scope.

    Raises:
        Invalid: when another format is asked for.
    """
    wanted = request.GET.get("format", "csv")
    name = f"{filename}-{timezone.localtime():%Y%m%d-%H%M}.{wanted}"
    if wanted == "csv":
        response = HttpResponse(csv_bytes(columns, rows), content_type=CSV_TYPE)
    elif wanted == "xlsx":
        response = HttpResponse(xlsx_bytes(columns, rows), content_type=XLSX_TYPE)
    else:
        raise Invalid(f"Format « {wanted[:20]} » inconnu : csv ou xlsx sont attendus.", code="format")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark and ``;``, what a French Excel opens by itself."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([harmless(title) for title in columns])
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def xlsx_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet: bold frozen header, filter, dates as dates and numbers as numbers."""
    return workbook_bytes([("Archipel", columns, rows)])


def workbook_bytes(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[object]]]]) -> bytes:
    """A workbook of several sheets, each with its name (31 characters at the most), columns and rows."""
    from openpyxl import Workbook  # noqa: PLC0415 - 25 MB and a third of a second that few processes need

    book = Workbook(write_only=True)
    for name, columns, rows in sheets:
        _fill(book.create_sheet(name[:31]), columns, rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    sheet.freeze_panes = "A2"
    for rank, title in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(rank)].width = max(10, min(40, len(title) + 4))
    count = 1
    sheet.append([_title(sheet, title) for title in columns])
    for row in rows:
        sheet.append(list(_cells(sheet, row)))
        count += 1
    if columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count}"


def _title(sheet: Any, title: str) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    cell = WriteOnlyCell(sheet, harmless(title))
    cell.font = Font(bold=True)
    return cell


def _cells(sheet: Any, row: Sequence[object]) -> Iterator[object]:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    for value in row:
        shown = xlsx_cell(value)
        if isinstance(shown, str):
            cell = WriteOnlyCell(sheet, shown)
            cell.data_type = "s"  # a text stays a text, whatever it begins with
            yield cell
        elif isinstance(shown, datetime):
            cell = WriteOnlyCell(sheet, shown)
            cell.number_format = "dd/mm/yyyy hh:mm"
            yield cell
        else:
            yield shown


def _local(moment: datetime) -> datetime:
    return moment.astimezone(PARIS).replace(tzinfo=None) if moment.tzinfo else moment
