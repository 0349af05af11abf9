"""Reading a fichier commun de structure: statements, and every problem with file, sheet, line and column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from archipel.kernel.errors import Invalid
from archipel.kernel.finess import Finess
from archipel.territory.ficom.layout import BY_NAME, COLUMNS, recognise
from archipel.territory.ficom.sheets import Sheet, read_sheets
from archipel.territory.rules.attributes import ATTRIBUTES, Attribute, Shape
from archipel.territory.values import Key, Kind, Place, Problem, Severity, Statement, join_code

_YES = frozenset({"oui", "o", "1", "vrai", "true", "x", "yes"})
_NO = frozenset({"non", "n", "0", "faux", "false", "no"})
_FRENCH_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", re.ASCII)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MAX_TEXT = 300
_KINDS = {kind.value: kind for kind in Kind} | {
    "PÔLE": Kind.POLE,
    "SITE": Kind.EG,
    "ETABLISSEMENT": Kind.EJ,
    "ÉTABLISSEMENT": Kind.EJ,
    "UNITE FONCTIONNELLE": Kind.UF,
}


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says, and what is wrong with it; ``lines`` counts the lines of data."""

    statements: list[Statement]
    problems: list[Problem]
    lines: int


def parse_date(text: str) -> date | None:
    """``dd/mm/yyyy``, ISO or ``yyyymmdd``; None when it is not a possible date."""
    for pattern, order in ((_FRENCH_DATE, (3, 2, 1)), (_ISO_DATE, (1, 2, 3)), (_COMPACT_DATE, (1, 2, 3))):
        if found := pattern.fullmatch(text.strip()):
            try:
                day = date(*(int(found[part]) for part in order))
            except ValueError:
                return None
            return day if 1800 <= day.year <= 2200 else None
    return None


def _yes_no(text: str) -> bool:
    folded = text.casefold()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise ValueError(text)


def _natural(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 1_000_000:
        raise ValueError(text)
    return value


def _decimal(text: str) -> float:
    value = float(text.replace(",", "."))
    if not -180 <= value <= 180:
        raise ValueError(text)
    return value


def parse_value(attribute: Attribute, text: str) -> Any:
    """The value that a cell says; the default for an empty one.

    Raises:
        ValueError: it is not of the attribute's shape.
    """
    if not text:
        return attribute.default
    readers: dict[Shape, Callable[[str], Any]] = {
        Shape.TEXTE: str, Shape.OUI_NON: _yes_no, Shape.ENTIER: _natural, Shape.DECIMAL: _decimal,
    }  # fmt: skip
    if attribute.shape in readers:
        return readers[attribute.shape](text)
    if attribute.shape is Shape.CHOIX:
        by_fold = {choice.casefold(): choice for choice in attribute.choices}
        if text.casefold() not in by_fold:
            raise ValueError(text)
        return by_fold[text.casefold()]
    letters = {letter for letter in text.upper() if letter.isalnum()}
    if not letters <= set(attribute.choices):
        raise ValueError(text)
    return sorted(letters)


@dataclass(slots=True)
class _Row:
    """One line being read."""

    cells: dict[str, str]
    place: Place
    problems: list[Problem] = field(default_factory=list)

    def get(self, column: str) -> str:
        return self.cells.get(column, "")

    def said(self, *columns: str) -> bool:
        return any(column in self.cells for column in columns)

    def report(
        self, code: str, message: str, column: str, expected: str, severity: Severity = Severity.BLOQUANT
    ) -> None:
        where = self.place
        sheet = f", feuille {where.sheet}" if where.sheet else ""
        found = self.get(column)[:80]
        self.problems.append(
            Problem(
                code, f"{where.file}{sheet}, ligne {where.line} : {message}", severity, where, column, found, expected
            )
        )

    def date(self, column: str) -> date | None:
        text = self.get(column)
        if not text:
            return None
        day = parse_date(text)
        if day is None:
            self.report("date-impossible", f"« {text[:40]} » n'est pas une date.", column, "jj/mm/aaaa ou aaaa-mm-jj")
        return day

    def finess(self, column: str) -> str:
        """The number as it is kept; a provisional code or a wrong number as written (wrong ones are reported)."""
        text = self.get(column)
        if not text or text.startswith("~"):
            return text
        try:
            return Finess.parse(text).value
        except Invalid as error:
            padded = text.zfill(9)
            if len(text) == 8 and text.isdigit():
                try:
                    value = Finess.parse(padded).value
                except Invalid:
                    pass
                else:
                    self.report("finess-zero", f"FINESS « {text} » lu {value} : le zéro de tête manquait.", column,
                                "9 caractères (cellule au format texte)", Severity.AVERTISSEMENT)  # fmt: skip
                    return value
            self.report("finess-invalide", error.message, column, "un numéro FINESS de 9 caractères, clé juste")
            return ""


def _key(row: _Row, kind: Kind, default: str) -> Key | None:
    """The entity that the line is about; None when it cannot be named."""
    code = row.get("code")
    if not code:
        row.report("code-absent", "le code est vide.", "code", "un code")
        return None
    if len(code) > 60:
        row.report("code-long", f"code de {len(code)} caractères.", "code", "60 caractères au plus")
        return None
    if kind is Kind.GHT:
        return Key(kind, "", code)
    if kind is Kind.EJ:
        finess = row.finess("code")
        return Key(kind, finess, finess) if finess else None
    establishment = row.finess("etablissement") if row.get("etablissement") else default
    if not establishment:
        if not row.get("etablissement"):
            row.report("etablissement-absent", "l'entité juridique n'est pas dite.", "etablissement",
                       "le FINESS de l'entité juridique")  # fmt: skip
        return None
    if kind is Kind.EG:
        finess = row.finess("code")
        return Key(kind, establishment, finess) if finess else None
    if kind in (Kind.CHAMBRE, Kind.LIT):
        uf = row.get("uf")
        if not uf:
            row.report("uf-absente", f"{kind.value} {code} : l'UF n'est pas dite.", "uf", "le code de l'UF")
            return None
        parts = (uf, code) if kind is Kind.CHAMBRE else (uf, row.get("chambre"), code)
        return Key(kind, establishment, join_code(*parts))
    return Key(kind, establishment, code)


def _parent(row: _Row, key: Key) -> tuple[Key | None, str | None]:
    """The parent (None: not said) and the site (None: not said)."""
    kind, ej = key.kind, key.establishment
    if kind is Kind.EJ:
        return (Key(Kind.GHT, "", row.get("ght")) if row.get("ght") else None), None
    if kind is Kind.EG:
        return Key(Kind.EJ, ej, ej), None
    if kind is Kind.CHAMBRE:
        return Key(Kind.UF, ej, row.get("uf")), None
    if kind is Kind.LIT:
        uf, chambre = row.get("uf"), row.get("chambre")
        return (Key(Kind.CHAMBRE, ej, join_code(uf, chambre)) if chambre else Key(Kind.UF, ej, uf)), None
    if kind is Kind.GHT:
        return None, None
    site = row.finess("eg") if row.said("eg") else None
    if kind is Kind.POLE:
        return Key(Kind.EJ, ej, ej), site
    for level in (Kind.SERVICE, Kind.POLE):
        column = level.value.lower()
        if kind in BY_NAME[column].kinds and row.get(column):
            return Key(level, ej, row.get(column)), site
    if not row.said("service", "pole", "eg"):
        return None, None
    if site:
        return Key(Kind.EG, ej, site), ""
    return Key(Kind.EJ, ej, ej), site


def _attributes(row: _Row, kind: Kind) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for attribute in ATTRIBUTES[kind]:
        if not row.said(attribute.column):
            continue
        try:
            values[attribute.name] = parse_value(attribute, row.get(attribute.column))
        except ValueError:
            text = row.get(attribute.column)[:40]
            row.report("valeur-impossible", f"{attribute.column} : « {text} ».", attribute.column, attribute.expected)
    return values


def _statement(row: _Row, default: str) -> Statement | None:
    text = row.get("type").upper()
    kind = _KINDS.get(text)
    if kind is None:
        row.report("type-inconnu", f"type « {text[:40]} » inconnu.", "type", ", ".join(k.value for k in Kind))
        return None
    for name, cell in row.cells.items():
        if cell and kind not in BY_NAME[name].kinds:
            row.report("colonne-sans-objet", f"la colonne {name} ne concerne pas {kind.value} : valeur ignorée.", name,
                       "une cellule vide", Severity.AVERTISSEMENT)  # fmt: skip
    key = _key(row, kind, default)
    if key is None:
        return None
    provisional: bool | None = None
    if row.said("provisoire"):
        try:
            provisional = _yes_no(row.get("provisoire")) if row.get("provisoire") else False
        except ValueError:
            row.report("valeur-impossible", "provisoire : ni oui ni non.", "provisoire", "oui ou non")
    name = row.get("libelle")
    if len(name) > _MAX_TEXT:
        row.report("libelle-long", f"libellé de {len(name)} caractères.", "libelle", f"{_MAX_TEXT} caractères au plus")
        name = name[:_MAX_TEXT]
    parent, site = _parent(row, key)
    if parent == key:
        row.report("cycle", f"{key} est rattaché à lui-même.", kind.value.lower(), "le code d'une entité au-dessus")
        return None
    return Statement(
        key=key, name=name or None, attributes=_attributes(row, kind), parent=parent, site=site,
        valid_from=row.date("date_ouverture"), valid_to=row.date("date_fermeture"), provisional=provisional,
        place=row.place,
    )  # fmt: skip


def _header(sheet: Sheet, file: str) -> tuple[dict[int, str], list[Problem]]:
    """Position → column, and what is wrong with the header."""
    number, cells = sheet.rows[0]
    place = Place(file, sheet.name, number)
    found: dict[int, str] = {}
    problems: list[Problem] = []
    for position, cell in enumerate(cells):
        name = recognise(cell) if cell else None
        if name is None and cell:
            problems.append(
                Problem("colonne-inconnue", f"{file}, ligne {number} : colonne « {cell[:40]} » inconnue, ignorée.",
                        Severity.AVERTISSEMENT, place, cell[:40], cell[:40], "une colonne du format")
            )  # fmt: skip
        elif name in found.values():
            problems.append(
                Problem("colonne-en-double", f"{file}, ligne {number} : colonne {name} en double.", place=place,
                        column=name or "", found=cell[:40], expected="une seule colonne de ce nom")
            )  # fmt: skip
        elif name is not None:
            found[position] = name
    for column in COLUMNS:
        if column.required and column.name not in found.values():
            problems.append(
                Problem("colonne-absente", f"{file}, ligne {number} : la colonne {column.name} manque.", place=place,
                        column=column.name, expected=f"une colonne {column.name} ({column.help})")
            )  # fmt: skip
    return found, problems


def read(data: bytes, file: str, default_establishment: str = "") -> Read:
    """Read a file. Never raises: whatever is wrong is a problem of the result, and the rest goes on.

    Args:
        data: CSV (UTF-8, UTF-16 with mark, Windows-1252 or Latin-1; ``;`` ``,`` or tab) or XLSX.
        file: its name, for messages.
        default_establishment: FINESS EJ of lines that do not say theirs.
    """
    sheets, problems = read_sheets(data, file)
    statements: list[Statement] = []
    lines = 0
    for sheet in sheets:
        if not sheet.rows:
            continue
        columns, found = _header(sheet, file)
        if len(sheets) > 1 and not columns:
            continue
        problems += found
        if any(problem.code == "colonne-absente" for problem in found):
            continue
        for number, cells in sheet.rows[1:]:
            lines += 1
            named = {name: cells[position] if position < len(cells) else "" for position, name in columns.items()}
            row = _Row(named, Place(file, sheet.name, number))
            statement = _statement(row, default_establishment)
            problems += row.problems
            if statement is not None:
                statements.append(statement)
    if not lines and not any(problem.blocking for problem in problems):
        problems.append(
            Problem("fichier-vide", f"{file} : aucune ligne de structure.", place=Place(file),
                    expected="une ligne de titres (type, code …) puis une ligne par entité")
        )  # fmt: skip
    return Read(statements, problems, lines)
