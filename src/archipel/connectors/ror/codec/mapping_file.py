"""The table of offers as a file: one line an offer, read with every fault named by its line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from archipel.domains.flow.values.offers import LABELS, Offer

COLUMNS = (
    "etablissement", "idnatstruct", "code_externe", "nom", "filiere", "nature", "uf", "fermee",
    "supplementaires_sans_rh", "supplementaires_avec_rh", "crise", "affectation", "depuis", "jusqu_au",
)  # fmt: skip
REQUIRED = COLUMNS[:5]
_YES, _NO = {"oui", "o", "1", "x", "vrai"}, {"", "non", "n", "0", "faux"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be taken."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says an offer."""

    line: int
    offer: Offer


def read(rows: Sequence[tuple[int, list[str]]], *, today: date) -> tuple[list[Line], list[Fault]]:
    """The offers of a table.

    Args:
        rows: (line number, cells), the titles first; columns may come in any order, unknown ones are told.
        today: from when an offer holds whose line says nothing.
    """
    if not rows:
        return [], [Fault(1, "", "Le fichier est vide : une ligne de titres, puis une ligne par offre.")]
    first, titles = rows[0]
    names = [_plain(title) for title in titles]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        text = f"Ligne {first} : colonnes absentes : {', '.join(missing)}. Attendu : {', '.join(COLUMNS)}."
        return [], [Fault(first, missing[0], text)]
    found, faults = [], []
    for name in names:
        if name and name not in COLUMNS:
            faults.append(Fault(first, name, f"Ligne {first} : colonne « {name[:40]} » inconnue, laissée de côté."))
    seen: dict[tuple[str, str, date], int] = {}
    for number, cells in rows[1:]:
        one = _line(number, dict(zip(names, (cell.strip() for cell in cells), strict=False)), today)
        if isinstance(one, Fault):
            faults.append(one)
            continue
        key = (one.offer.structure, one.offer.code, one.offer.valid_from)
        if key in seen:
            text = f"Ligne {number} : l'offre {one.offer.key} est déjà dite ligne {seen[key]}, à la même date."
            faults.append(Fault(number, "code_externe", text))
            continue
        seen[key] = number
        found.append(one)
    return found, faults


def _plain(title: str) -> str:
    text = title.strip().lower().translate(str.maketrans("éèêàâîïôûùç", "eeeaaiiouuc"))
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


class _Wrong(ValueError):
    def __init__(self, column: str, found: str, expected: str) -> None:
        super().__init__(f"colonne « {column} » : trouvé « {found[:40]} », attendu {expected}")
        self.column = column


def _line(number: int, cells: dict[str, str], today: date) -> Line | Fault:
    def cell(name: str, read: Callable[[str], Any], expected: str) -> Any:
        text = cells.get(name, "")
        try:
            return read(text)
        except (ValueError, KeyError):
            raise _Wrong(name, text, expected) from None

    try:
        offer = Offer(
            establishment=cell("etablissement", _some, "le FINESS de l'entité juridique"),
            structure=cell("idnatstruct", _structure, "« 1 » suivi du FINESS géographique"),
            code=cell("code_externe", _some, "le code externe connu du ROR"),
            name=cell("nom", _some, "un nom"),
            filiere=cell("filiere", _some, "un code de filière").upper(),
            nature=cell("nature", lambda t: _code("R329", t or "01"), "01 lit, 02 place, 03 logement"),
            units=tuple(dict.fromkeys(re.split(r"[\s|,]+", cells.get("uf", "").strip()))) if cells.get("uf") else (),
            closed=cell("fermee", _flag, "oui ou non"),
            extra_without_staff=cell("supplementaires_sans_rh", _count, "un nombre"),
            extra_with_staff=cell("supplementaires_avec_rh", _count, "un nombre"),
            crisis=cell("crise", lambda t: _code("R336", t) if t else "", "rien, 01 ou 02"),
            assignment=cell("affectation", lambda t: _code("R337", t or "01"), "01, 02 ou 03"),
            valid_from=cell("depuis", lambda t: _day(t) or today, "jj/mm/aaaa"),
            valid_to=cell("jusqu_au", _day, "jj/mm/aaaa, ou rien"),
        )
    except _Wrong as error:
        return Fault(number, error.column, f"Ligne {number}, {error}.")
    return Line(number, offer)


def _some(text: str) -> str:
    if not text:
        raise ValueError
    return text


def _structure(text: str) -> str:
    """An IdNatStruct; a FINESS of nine characters alone is completed."""
    return f"1{text}" if re.fullmatch(r"[0-9A-Z]{9}", text) else _some(text)


def _code(table: str, text: str) -> str:
    code = text.zfill(2)
    if code not in LABELS[table]:
        raise ValueError
    return code


def _flag(text: str) -> bool:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise ValueError


def _count(text: str) -> int:
    value = int(text) if text else 0
    if not 0 <= value <= 9999:
        raise ValueError
    return value


def _day(text: str) -> date | None:
    if not text:
        return None
    matched = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    return date(int(matched[3]), int(matched[2]), int(matched[1])) if matched else date.fromisoformat(text)


def cells(offer: Offer) -> list[object]:
    """The line of an offer, in the order of the columns."""
    return [
        offer.establishment, offer.structure, offer.code, offer.name, offer.filiere, offer.nature,
        " ".join(offer.units), "oui" if offer.closed else "non", offer.extra_without_staff, offer.extra_with_staff,
        offer.crisis, offer.assignment, offer.valid_from.isoformat(),
        offer.valid_to.isoformat() if offer.valid_to else "",
    ]  # fmt: skip


def write(offers: Iterable[Offer]) -> str:
    """The table as CSV, which :func:`read` takes back."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(cells(offer) for offer in offers)
    return out.getvalue()
