"""Writing the structure as a fichier commun de structure: what is read back says the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from archipel.territory.ficom.layout import NAMES
from archipel.territory.ficom.sheets import FORMULA_MARKS, clean
from archipel.territory.rules.attributes import ATTRIBUTES
from archipel.territory.values import LEVEL, UNATTACHED, Key, Kind, Piece, Timeline, split_code


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, (list, tuple)):
        return "".join(str(item) for item in value)
    return clean(str(value))


def row_of(key: Key, piece: Piece, provisional: bool) -> dict[str, str]:
    """One line: an entity over one period."""
    content, parent = piece.content, piece.content.parent
    parts = split_code(key.code) if key.kind in (Kind.CHAMBRE, Kind.LIT) else [key.code]
    row = {"type": key.kind.value, "code": parts[-1], "libelle": clean(content.name)}
    if key.kind not in (Kind.GHT, Kind.EJ):
        row["etablissement"] = key.establishment
    if key.kind in (Kind.CHAMBRE, Kind.LIT):
        row["uf"] = parts[0]
        if key.kind is Kind.LIT:
            row["chambre"] = parts[1]
    elif parent is not None and parent.kind in (Kind.GHT, Kind.EG, Kind.POLE, Kind.SERVICE) and key.kind is not Kind.EG:
        row[parent.kind.value.lower()] = parent.code
    if content.site:
        row["eg"] = content.site
    for attribute in ATTRIBUTES[key.kind]:
        row[attribute.column] = _cell(content.attributes.get(attribute.name, attribute.default))
    row["provisoire"] = "oui" if provisional else "non"
    row["date_ouverture"] = piece.valid_from.isoformat()
    row["date_fermeture"] = piece.valid_to.isoformat() if piece.valid_to else ""
    return row


def rows(timelines: Mapping[Key, Timeline], provisional: frozenset[Key], on: date) -> Iterator[dict[str, str]]:
    """The lines of the structure on a day, from the top down: what is open then, and what is dated after."""
    for key in sorted(timelines, key=lambda key: (LEVEL[key.kind], key.establishment, key.code)):
        if key.establishment.startswith(UNATTACHED):
            continue  # made up for a sender that nobody has attached: of no establishment yet
        for piece in timelines[key]:
            if piece.valid_to is None or piece.valid_to > on:
                yield row_of(key, piece, key in provisional)


def _guarded(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula is kept as a text; numbers are left alone."""
    if cell[:1] and (cell[0] in FORMULA_MARKS or (cell[0] == "'" and cell[1:2] in tuple(FORMULA_MARKS + "'"))):
        try:
            float(cell)
        except ValueError:
            return "'" + cell
    return cell


def to_csv(timelines: Mapping[Key, Timeline], provisional: frozenset[Key], on: date) -> bytes:
    """A CSV in UTF-8 with mark and ``;``, which French spreadsheets open as it is."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(NAMES)
    for row in rows(timelines, provisional, on):
        writer.writerow([_guarded(row.get(name, "")) for name in NAMES])
    return stream.getvalue().encode("utf-8-sig")


def to_xlsx(timelines: Mapping[Key, Timeline], provisional: frozenset[Key], on: date) -> bytes:
    """A workbook of one sheet, every cell a text so that leading zeros stay."""
    from openpyxl import Workbook  # noqa: PLC0415 - 25 MB and a third of a second that few processes need
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet("structure")
    sheet.freeze_panes = "C2"
    titles = []
    for name in NAMES:
        cell = WriteOnlyCell(sheet, name)
        cell.font = Font(bold=True)
        titles.append(cell)
    sheet.append(titles)
    for row in rows(timelines, provisional, on):
        sheet.append([_guarded(row.get(name, "")) for name in NAMES])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
