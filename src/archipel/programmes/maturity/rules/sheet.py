"""A sheet of answers: the template that people fill in, and reading it back, line by line."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.datavalidation import DataValidation

from archipel.programmes.maturity.values import Grille, Indicateur, Saisie
from archipel.territory.ficom.sheets import read_sheets

COLUMNS = (
    ("etablissement", "Établissement (FINESS)"),
    ("question", "Question (identifiant)"),
    ("rubrique", "Rubrique"),
    ("libelle", "Libellé"),
    ("attendu", "Réponse attendue"),
    ("reponse", "Réponse"),
    ("commentaire", "Commentaire"),
    ("preuve", "Preuve : titre"),
    ("reference", "Preuve : référence"),
    ("date_preuve", "Preuve : date"),
    ("date", "Date de la réponse"),
)
TITLES = {title.casefold(): key for key, title in COLUMNS}
SHEET = "Réponses"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the sheet; ``line`` counts from 1, header included."""

    line: int
    cells: Mapping[str, str]

    def get(self, key: str) -> str:
        """The text of a column, empty when it is not there."""
        return self.cells.get(key, "")


class Unreadable(ValueError):
    """The file is not a sheet that can be read; the message is a French sentence."""


def expected(indicator: Indicateur, grid: Grille) -> str:
    """What may be answered, in words."""
    if indicator.saisie is Saisie.PALIER:
        return f"palier de 0 à {grid.niveau_max}, ou « sans objet »"
    if indicator.saisie is Saisie.OUI_NON:
        return "oui, non, ou « sans objet »"
    if indicator.saisie is Saisie.TYPOLOGIE:
        return "catégorie : nombre / effectif ; …, ou « sans objet »"
    scale = grid.echelles[indicator.echelle]
    return f"nombre ({scale.unite}), « non mesuré » ou « sans objet »"


def template(grid: Grille, entities: Sequence[tuple[str, str, Sequence[Indicateur]]]) -> bytes:
    """An XLSX to be filled in: one line for each (FINESS, name, questions that it answers)."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    sheet.append([title for _, title in COLUMNS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    rubrics = {i.id: r.libelle for r in grid.rubriques for i in r.indicateurs}
    for code, _, indicators in entities:
        for one in indicators:
            sheet.append([code, one.id, rubrics[one.id], one.libelle, expected(one, grid)])
    for letter, width in zip("ABCDEFGHIJK", (18, 24, 26, 60, 34, 22, 40, 30, 26, 14, 16), strict=True):
        sheet.column_dimensions[letter].width = width
    for column in ("D", "E"):
        for cell in sheet[column]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "F2"
    if all(i.saisie is Saisie.OUI_NON for i in grid.indicateurs):
        choice = DataValidation(type="list", formula1='"oui,non,sans objet"', allow_blank=True)
        sheet.add_data_validation(choice)
        choice.add(f"F2:F{max(2, sheet.max_row)}")
    notes = book.create_sheet("Lisez-moi")
    for text in (
        f"{grid.titre} ({grid.pack} {grid.version})",
        "Une ligne par question. Une réponse vide n'est pas importée. Rien n'est enregistré avant votre accord.",
        *(f"{code} : {name}" for code, name, _ in entities),
    ):
        notes.append([text])
    notes.column_dimensions["A"].width = 100
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(raw: bytes, name: str) -> list[Row]:
    """The lines of a CSV or XLSX file that carry an answer.

    Raises:
        Unreadable: neither format, too large, or without the columns that name the question and the answer.
    """
    sheets, problems = read_sheets(raw, name)
    sheet = next((one for one in sheets if one.name == SHEET), sheets[0] if sheets else None)
    if sheet is None or not sheet.rows:
        raise Unreadable(str(problems[0].message) if problems else f"{name} : ce fichier est vide.")
    keys = [TITLES.get(" ".join(title.split()).casefold(), "") for title in sheet.rows[0][1]]
    missing = [title for key, title in COLUMNS if key in ("question", "reponse") and key not in keys]
    if missing:
        raise Unreadable(
            f"{name}, ligne {sheet.rows[0][0]} : colonne « {missing[0]} » attendue, absente. Partez du modèle."
        )
    rows = [
        Row(line, {key: text.strip() for key, text in zip(keys, cells, strict=False) if key})
        for line, cells in sheet.rows[1:]
    ]
    return [row for row in rows if row.get("reponse")]


def categories(text: str) -> list[tuple[str, str, str]]:
    """``médecins : 40 / 50 ; IDE : 10/20`` → the three parts of each category."""
    found = []
    for piece in text.replace("\n", ";").split(";"):
        name, separator, counts = piece.rpartition(":")
        have, _, out_of = counts.partition("/")
        if separator and name.strip():
            found.append((name.strip(), have.strip(), out_of.strip()))
    return found
