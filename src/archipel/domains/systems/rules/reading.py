"""From the rows of a sheet to lines of the inventory; a line at fault is told and left, the others go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archipel.domains.systems.rules.cells import Wrong, read_cell
from archipel.domains.systems.rules.columns import Column
from archipel.domains.systems.rules.names import plain, slug
from archipel.domains.systems.values.files import Line, Problem, Reading
from archipel.domains.systems.values.records import Key
from archipel.domains.systems.values.schema import KIND_LABELS, SHARED, Field, Kind, fields

ERASE = "-"
"""What is written in a cell to erase a field; an empty cell leaves it as it is."""


class SheetReader:
    """Reads the rows of one sheet.

    Args:
        kind: what it describes.
        sheet: its name, for messages.
        columns: what its headings mean.
        places: plain name or FINESS → FINESS EJ.
        default: establishment of the lines that do not say theirs; "" when there is none.
        functions: plain written name → id of a function.
    """

    def __init__(
        self, kind: Kind, sheet: str, columns: Sequence[Column], places: Mapping[str, str], default: str,
        functions: Mapping[str, str],
    ) -> None:  # fmt: skip
        known = fields(kind)
        self.kind, self.sheet, self.places, self.default, self.functions = kind, sheet, places, default, functions
        self.columns: list[tuple[int, str, Field]] = [
            (rank, one.heading, known[one.field]) for rank, one in enumerate(columns) if one.field
        ]
        self.required = [one for one in known.values() if one.required]
        self.headings = {field.name: heading for _, heading, field in self.columns}
        self._cells: dict[tuple[str, str], object] = {}

    def read(self, rows: Sequence[tuple[int, list[str]]]) -> Reading:
        """The lines and problems of the rows that follow the headings."""
        made, seen = Reading(), dict[Key, int]()
        for number, cells in rows:
            found = self._line(number, cells)
            if isinstance(found, Problem):
                made.problems.append(found)
            elif found.key in seen:
                first = seen[found.key]
                made.problems.append(
                    self._problem(number, self._naming(), found.key.code, "une ligne par code et par établissement",
                                  f"même code que la ligne {first}")
                )  # fmt: skip
            else:
                seen[found.key] = number
                made.lines.append(found)
        return made

    def _naming(self) -> str:
        """The heading that names a line: its code, else what its code is made from."""
        names = ("code", "nom", "objet", "source", "fonction")
        return next((self.headings[name] for name in names if name in self.headings), "code")

    def _line(self, number: int, cells: Sequence[str]) -> Line | Problem:
        content: dict[str, Any] = {}
        for rank, heading, field in self.columns:
            text = cells[rank] if rank < len(cells) else ""
            if not text:
                continue
            if text == ERASE and not field.required:
                content[field.name] = None
                continue
            value = self._value(field, text)
            if isinstance(value, Wrong):
                return self._problem(number, heading, text, value.expected, "valeur impossible")
            if value is not None:
                content[field.name] = value
        lacking = next((one for one in self.required if content.get(one.name) in (None, "")), None)
        if lacking is not None:
            heading = self.headings.get(lacking.name, lacking.label)
            return self._problem(number, heading, "rien", f"« {lacking.label} » rempli", "champ obligatoire vide")
        return self._keyed(number, content)

    def _value(self, field: Field, text: str) -> object:
        asked = (field.name, text)
        if asked not in self._cells:
            self._cells[asked] = read_cell(field, text, self.functions)
        return self._cells[asked]

    def _keyed(self, number: int, content: dict[str, Any]) -> Line | Problem:
        said = str(content.pop("etablissement", "") or "")
        place = ""
        if self.kind not in SHARED:
            place = self.places.get(plain(said), "") if said else self.default
            if not place:
                expected = "le FINESS EJ ou le nom d'un établissement que vous tenez"
                heading = self.headings.get("etablissement", "Établissement")
                return self._problem(number, heading, said or "rien", expected, "établissement inconnu")
        if content.get("etablissement_cible"):
            other = self.places.get(plain(str(content["etablissement_cible"])), "")
            content["etablissement_cible"] = other or content["etablissement_cible"]
        code = str(content.pop("code", "") or "") or code_of(self.kind, content)
        return Line(self.sheet, number, Key(self.kind, place, code[:80]), content)

    def _problem(self, number: int, column: str, found: str, expected: str, why: str) -> Problem:
        where = self.sheet or KIND_LABELS[self.kind]
        message = f"{where}, ligne {number}, colonne « {column} » : {why}."
        return Problem(self.sheet, number, column, found[:120], expected, message)


def code_of(kind: Kind, content: Mapping[str, Any]) -> str:
    """The code of a thing that has none: made from what names it, so that the same line finds the same thing."""
    if kind is Kind.INTERFACE:
        parts = [content.get(name) or "" for name in ("source", "cible", "norme", "objet")]
        return ">".join(slug(str(part)) for part in parts[:2]) + "".join(f":{slug(str(p))}" for p in parts[2:] if p)
    if kind is Kind.CIBLE:
        return str(content.get("fonction", ""))
    if kind is Kind.TECHNOLOGIE:
        return slug(f"{content.get('nom', '')} {content.get('version') or ''}")
    return slug(str(content.get("nom") or content.get("objet") or ""))
