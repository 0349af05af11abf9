"""A history in a spreadsheet: one count a line; what is wrong is told by line, the rest goes on."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from archipel.scenarios.forecast.values import Measure

COLUMNS = ("jour", "heure", "site", "mesure", "filiere", "nombre")
"""``heure`` and ``filiere`` may be empty."""
MAX_LINES = 1_500_000
MAX_COUNT = 100_000
_PROBLEMS = 200
_ALIASES = {
    "date": "jour", "finess": "site", "finess eg": "site", "filière": "filiere", "valeur": "nombre",
    "effectif": "nombre",
}  # fmt: skip
Days = dict[date, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that is left out."""

    line: int
    column: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: (site, measure, filière) → day → one value, or 24."""

    days: Mapping[tuple[str, str, str], Days]
    lines: int
    problems: tuple[Problem, ...]
    refused: int
    """Lines left out, even those whose problem is not told."""


class Unreadable(ValueError):
    """The file is not such a sheet at all."""


def _rows(raw: bytes, name: str) -> Iterator[tuple[int, list[object]]]:
    if raw[:2] == b"PK":
        try:
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise Unreadable(f"{name} : classeur illisible.") from error
        for number, values in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            yield number, list(values)
        return
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first else "\t" if "\t" in first else ","
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
        yield number, list(cells)


def _columns(cells: list[object], name: str) -> dict[str, int]:
    titles = [str(cell or "").strip().lower() for cell in cells]
    found = {_ALIASES.get(title, title): rank for rank, title in reversed(list(enumerate(titles)))}
    missing = [column for column in ("jour", "site", "mesure", "nombre") if column not in found]
    if missing:
        raise Unreadable(
            f"{name}, ligne 1 : trouvé « {'; '.join(titles)[:80]} » ; colonnes attendues : {', '.join(COLUMNS)} "
            f"(manque : {', '.join(missing)})."
        )
    return found


def read(raw: bytes, name: str, sites: Iterable[str], filieres: Iterable[str]) -> Sheet:
    """Read a file.

    Args:
        raw: CSV (UTF-8 or Windows-1252; ``;``, ``,`` or tab) or XLSX.
        name: of the file, for the messages.
        sites: the FINESS EG that may be named.
        filieres: the codes that may be named.

    Raises:
        Unreadable: not such a sheet (French sentence).
    """
    rows = _rows(raw, name)
    _, header = next(rows, (1, []))
    columns = _columns(header, name)
    reader = _Reader(columns, frozenset(sites), frozenset(filieres))
    for number, cells in rows:
        if any(cell not in (None, "") for cell in cells):
            reader.take(number, cells)
        if reader.lines > MAX_LINES:
            raise Unreadable(f"{name} : plus de {MAX_LINES} lignes ; envoyez plusieurs fichiers.")
    return reader.done()


class _Reader:
    """Gathers the lines of one file."""

    def __init__(self, columns: dict[str, int], sites: frozenset[str], filieres: frozenset[str]) -> None:
        self.columns, self.sites, self.filieres = columns, sites, filieres
        self.lines = self.refused = 0
        self.problems: list[Problem] = []
        self.cells: dict[tuple[str, str, str], dict[date, dict[int | None, tuple[int, int]]]] = defaultdict(
            lambda: defaultdict(dict)
        )

    def take(self, number: int, cells: list[object]) -> None:
        """One line."""
        self.lines += 1
        try:
            key, day, hour, count = self._parsed(cells)
        except _Wrong as wrong:
            self._refuse(number, *wrong.args)
            return
        known = self.cells[key][day]
        if hour in known:
            self._refuse(number, "jour", f"{day:%d/%m/%Y}", f"une seule fois (déjà dit ligne {known[hour][1]})")
        elif (hour is None) != (None in known) and known:
            self._refuse(number, "heure", "" if hour is None else str(hour), "le jour entier, ou heure par heure")
        else:
            known[hour] = (count, number)

    def _refuse(self, line: int, column: str, found: str, expected: str) -> None:
        self.refused += 1
        if len(self.problems) < _PROBLEMS:
            self.problems.append(Problem(line, column, found[:40], expected))

    def _text(self, cells: list[object], column: str) -> str:
        rank = self.columns.get(column, -1)
        value = cells[rank] if 0 <= rank < len(cells) else None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else str(value).strip()

    def _parsed(self, cells: list[object]) -> tuple[tuple[str, str, str], date, int | None, int]:
        rank = self.columns["jour"]
        raw = cells[rank] if rank < len(cells) else None
        day = raw.date() if isinstance(raw, datetime) else raw if isinstance(raw, date) else _day(str(raw or ""))
        site, measure = self._text(cells, "site"), self._text(cells, "mesure").lower()
        if site not in self.sites:
            raise _Wrong("site", site, "le FINESS géographique d'un de vos sites")
        if measure not in set(Measure):
            raise _Wrong("mesure", measure, ", ".join(Measure))
        filiere = self._text(cells, "filiere").upper()
        if filiere and filiere not in self.filieres:
            raise _Wrong("filiere", filiere, "vide, ou un code de filière")
        if filiere and measure == Measure.ARRIVEES:
            raise _Wrong("filiere", filiere, "vide : les arrivées aux urgences n'ont pas de filière")
        hour = _hour(self._text(cells, "heure"))
        return (site, measure, filiere), day, hour, _count(self._text(cells, "nombre"))

    def done(self) -> Sheet:
        """The days gathered; hours that nothing says are 0, except of patients present."""
        found: dict[tuple[str, str, str], Days] = defaultdict(dict)
        for key, days in self.cells.items():
            for day, hours in days.items():
                if None in hours:
                    found[key][day] = (hours[None][0],)
                elif key[1] == Measure.PRESENTS and len(hours) < 24:
                    line = max(number for _, number in hours.values())
                    self._refuse(
                        line, "heure", f"{len(hours)} heures le {day:%d/%m/%Y}", "24 heures, ou le jour entier"
                    )
                else:
                    found[key][day] = tuple(hours.get(hour, (0, 0))[0] for hour in range(24))
        return Sheet(found, self.lines, tuple(self.problems), self.refused)


class _Wrong(Exception):
    """(column, found, expected)."""


def _day(text: str) -> date:
    text = text.strip()
    for shape in (text[:10], "-".join(reversed(text[:10].split("/")))):
        try:
            return date.fromisoformat(shape)
        except ValueError:
            continue
    raise _Wrong("jour", text, "une date comme 2026-11-30 ou 30/11/2026")


def _hour(text: str) -> int | None:
    if not text:
        return None
    if text.isdigit() and int(text) < 24:
        return int(text)
    raise _Wrong("heure", text, "vide, ou de 0 à 23")


def _count(text: str) -> int:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise _Wrong("nombre", text, "un nombre entier positif") from None
    if not (0 <= value <= MAX_COUNT and value == int(value)):
        raise _Wrong("nombre", text, "un nombre entier positif")
    return int(value)


def template(rows: Iterable[tuple[object, ...]]) -> bytes:
    """An XLSX with the columns and example rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Historique")
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
