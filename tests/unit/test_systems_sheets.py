"""Spreadsheets as hospitals keep them: a title above, headings on two lines, merged cells, other encodings."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from archipel.domains.systems.rules.checks import check
from archipel.domains.systems.rules.columns import headings_of, kind_of, propose
from archipel.domains.systems.rules.model import function_words
from archipel.domains.systems.rules.reading import SheetReader
from archipel.domains.systems.values.files import Reading
from archipel.domains.systems.values.records import Key, Record
from archipel.domains.systems.values.schema import Kind
from archipel.foundation.web.export import csv_bytes
from archipel.territory.ficom.sheets import read_sheets

CHU = "210780581"


def read(raw: bytes, file: str = "applis.csv") -> tuple[Kind, Reading]:
    """The kind and the lines of the only sheet of a file."""
    (sheet,), problems = read_sheets(raw, file)
    assert not problems
    told = headings_of(sheet.name, sheet.rows)
    kind = kind_of(sheet.name, told.texts)
    columns = propose(kind, told.texts, {})
    reader = SheetReader(kind, sheet.name, columns, {CHU: CHU, "chu dijon": CHU}, "", function_words())
    return kind, reader.read(sheet.rows[told.skipped :])


def workbook(title: str, rows: list[list[Any]], merged: tuple[str, ...]) -> bytes:
    """A workbook of one sheet with merged cells."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_title_two_lines_of_headings_and_merged_cells() -> None:
    rows: list[list[Any]] = [
        ["CARTOGRAPHIE APPLICATIVE DU CHU - novembre 2026"],
        [],
        [
            "Etab.",
            "Appli",
            "Editeur",
            "Couverture fonctionnelle",
            "Coûts annuels (€ TTC)",
            None,
            "Nb users",
            "Date MEP",
        ],
        [None, None, None, None, "Licences", "Infogérance"],
        [CHU, "Cariatide", "Boréal", "Dossier patient informatisé", 125000.5, "12 k€", 1200, datetime(2019, 3, 1)],
        [None, "Paie-Plus", "Boréal", "Paie", "45 000,00 €", 12.345, "85", "31/02/2020"],
        [None, "Dépôt", "Boréal", "Stérilisation", "1.234,56", 12.345, "1 200", "01/2021"],
    ]
    merged = ("A1:H1", "E3:F3", "A3:A4", "B3:B4", "C3:C4", "D3:D4", "G3:G4", "H3:H4", "A5:A7")
    kind, found = read(workbook("Applis 2026", rows, merged), "si.xlsx")
    assert kind is Kind.APPLICATION
    first, second = found.lines
    assert (first.line, second.line, first.key.establishment, second.key.establishment) == (5, 7, CHU, CHU)
    assert first.content == {
        "nom": "Cariatide", "editeur": "Boréal", "fonctions": ["dpi"], "cout_licence": "125000.5",
        "cout_exploitation": "12000", "utilisateurs": "1200", "mise_en_service": "2019-03-01",
    }  # fmt: skip
    assert second.content["cout_licence"] == "1234.56" and second.content["cout_exploitation"] == "12.345"
    (wrong,) = found.problems
    assert wrong.line == 6 and "31/02/2020" in wrong.found and "Date MEP" in wrong.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_plain_words_say_applications_not_vendors(encoding: str) -> None:
    text = (
        "Établissement;Nom de l'application;Éditeur;Fonction;Nombre d'utilisateurs;Coût de licence\r\n"
        "CHU Dijon;Hélios Bloc;Élan;bloc opératoire;1 250;12 500,75 €\r\n"
    )
    kind, found = read(text.encode(encoding))
    assert kind is Kind.APPLICATION and not found.problems
    assert found.lines[0].content["utilisateurs"] == "1250" and found.lines[0].content["cout_licence"] == "12500.75"


def test_what_says_the_same_code_names_the_column_of_the_file() -> None:
    _, found = read(f"Établissement;Logiciel\n{CHU};Été\n{CHU};ETE\n".encode())
    (wrong,) = found.problems
    assert "colonne « Logiciel » : même code que la ligne 2" in wrong.message


@given(st.decimals(0, 9999, places=3))
def test_a_number_of_thousandths_comes_back_as_it_left(value: Decimal) -> None:
    """Written by our export, in a CSV or by Excel, 12,345 is not twelve thousand."""
    from archipel.domains.systems.queries.listing import thousandths

    raw = csv_bytes(["Établissement", "Application", "Licence"], [[CHU, "X", thousandths(value)]])
    book = workbook("Applications", [["Établissement", "Application", "Licence"], [CHU, "X", float(value)]], ())
    for file in (raw, book):
        _, found = read(file)
        assert Decimal(str(found.lines[0].content["cout_licence"])) == value


def test_a_line_does_not_stand_on_one_that_is_refused() -> None:
    """A cycle is refused; what depends on it, and the interface towards it, have nothing to refer to any more."""
    text = "Établissement;Code;Application;Dépend de\n{e};A;Un;B\n"
    text += "{e};B;Deux;A\n{e};C;Trois;B\n{e};D;Quatre;C\n{e};E;Cinq;\n"
    _, apps = read(text.format(e=CHU).encode())
    _, flows = read(f"Établissement;Application source;Application cible\n{CHU};E;D\n{CHU};E;X\n".encode(), "flux.csv")
    known = [Record(Key(Kind.APPLICATION, CHU, "X"), {"nom": "Connue"})]
    stand, problems = check([*apps.lines, *flows.lines], known)
    assert [line.key.code for line in stand] == ["E", "E>X"]
    told = {one.line: one.message for one in problems if "Applications" in one.message}
    assert "circulaire" in told[2] and "circulaire" in told[3]
    assert "« B », dont la ligne est refusée" in told[4] and "« C », dont la ligne est refusée" in told[5]
    assert any("« D », dont la ligne est refusée" in one.message for one in problems)


def test_dates_of_a_message_are_french() -> None:
    _, found = read(f"Établissement;Application;Mise en service;Fin prévue\n{CHU};A;01/02/2027;2020\n".encode())
    (wrong,) = check(found.lines, [])[1]
    assert "la fin (01/01/2020) précède le début (01/02/2027)" in wrong.message
