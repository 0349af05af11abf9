"""A lazy reader of HL7 v2 messages in ER7 notation (the one with pipes).

Only the cut into lines is made at once; a segment is cut into fields when it is first asked for, a field into
components when a component is. Numbers are the standard's: field 1 is the first after the segment name, and
MSH-1 is the separator itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from archipel.kernel.hl7v2.charset import decode
from archipel.kernel.hl7v2.escapes import STANDARD, Separators
from archipel.kernel.hl7v2.escapes import unescape as _unescape
from archipel.kernel.hl7v2.problems import Er7Error

NULL = '""'
"""HL7's explicit null: the sender empties the field."""

_BLANK = " \t\r\n\x0b\x1c\ufeff\x00"
_EMPTY: list[str] = []
_PADDING = [""] * 64
STANDARD_MARKS = "^~\\&"


def _bad_separator(mark: str) -> bool:
    return mark.isalnum() or mark.isspace() or mark in '"\x0b\x1c'


def _separators(text: str) -> Separators:
    """Read MSH-1 and MSH-2."""
    if text.startswith("MSH|^~\\&|"):
        return STANDARD
    if not text.startswith("MSH"):
        raise Er7Error("MSH", "", text[:3], "un message HL7 v2, qui commence par le segment MSH")
    if len(text) < 5:
        raise Er7Error("MSH", "2", "", "les séparateurs, d'ordinaire ^~\\&")
    mark = text[3]
    if _bad_separator(mark):
        raise Er7Error("MSH", "1", mark, "le séparateur de champs, d'ordinaire |")
    announced = text[4:].split("\r", 1)[0].split(mark, 1)[0][:4]
    if not announced or any(_bad_separator(c) for c in announced):
        raise Er7Error("MSH", "2", announced, "les séparateurs, d'ordinaire ^~\\&")
    filled = announced + STANDARD_MARKS[len(announced) :]
    if len({mark, *filled}) != 5:
        raise Er7Error("MSH", "2", announced, "quatre séparateurs tous différents, d'ordinaire ^~\\&")
    return Separators(mark, filled[0], filled[1], filled[2], filled[3])


class Er7Message:
    """One message. Build it with :func:`parse` or :func:`parse_bytes`.

    Attributes:
        separators: the marks announced by MSH.
        names: the segments in order.
        warnings: French sentences on what had to be repaired to read it.
    """

    __slots__ = ("_index", "_rows", "names", "separators", "warnings")

    def __init__(self, text: str, warnings: list[str] | None = None) -> None:
        self.warnings: list[str] = warnings if warnings is not None else []
        if "\x00" in text:
            text = text.replace("\x00", "")
            self.warnings.append("Message : des octets nuls ont été retirés ; attendu du texte.")
        if text[:3] != "MSH" or text[-1:] in _BLANK:
            text = text.strip(_BLANK)
        if "\n" in text:
            text = text.replace("\r\n", "\r").replace("\n", "\r")
        self.separators = _separators(text)
        self.names: list[str] = []
        self._rows: list[str | list[str]] = []
        self._index: dict[str, list[int]] = {}
        self._cut(text)

    def _cut(self, text: str) -> None:
        mark = self.separators.field
        names, rows, index = self.names, self._rows, self._index
        for number, line in enumerate(text.split("\r"), 1):
            name = line[:3]
            if (line[3:4] == mark or len(line) == 3) and name.isalnum() and name.isascii():
                if name in index:
                    index[name].append(len(rows))
                else:
                    index[name] = [len(rows)]
                names.append(name)
                rows.append(line)
                continue
            if line.strip(_BLANK):
                self._stray(number)
        if len(index["MSH"]) > 1:
            raise Er7Error(
                "MSH", "", "", "", reason="MSH : plusieurs segments MSH dans une même trame ; attendu un seul message."
            )

    def _stray(self, number: int) -> None:
        if len(self.warnings) < 20:
            self.warnings.append(
                f"Ligne {number} : elle ne commence pas par un nom de segment ; elle n'est pas lue "
                "(un retour à la ligne dans un texte, peut-être)."
            )

    def _row(self, position: int) -> list[str]:
        row = self._rows[position]
        if isinstance(row, str):
            mark = self.separators.field
            row = row.split(mark)
            if row[0] == "MSH":
                row.insert(1, mark)
            self._rows[position] = row
        return row

    def count(self, segment: str) -> int:
        """How many times the segment occurs."""
        return len(self._index.get(segment, _EMPTY))

    def fields(self, segment: str, occurrence: int = 0) -> list[str]:
        """The raw fields, ``[name, field 1, field 2 …]``; empty when the segment is absent. Do not modify it."""
        positions = self._index.get(segment)
        if positions is None or occurrence >= len(positions):
            return []
        return self._row(positions[occurrence])

    def padded(self, segment: str, width: int, occurrence: int = 0) -> list[str] | None:
        """As :meth:`fields` with at least ``width`` fields, so that they can be indexed; None when absent."""
        positions = self._index.get(segment)
        if positions is None or occurrence >= len(positions):
            return None
        row = self._row(positions[occurrence])
        missing = width + 1 - len(row)
        if missing > 0:
            row.extend(_PADDING[:missing])
        return row

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """Every segment in order, with its raw fields."""
        for position, name in enumerate(self.names):
            yield name, self._row(position)

    def raw(self, segment: str, field: int, occurrence: int = 0) -> str:
        """The whole field as received, "" when absent."""
        row = self.fields(segment, occurrence)
        return row[field] if 0 < field < len(row) else ""

    def repetitions(self, segment: str, field: int, occurrence: int = 0) -> list[str]:
        """The raw repetitions of a field; empty when the field is."""
        value = self.raw(segment, field, occurrence)
        if not value:
            return []
        if segment == "MSH" and field < 3:
            return [value]
        return value.split(self.separators.repetition)

    def get(
        self,
        segment: str,
        field: int,
        repetition: int = 0,
        component: int = 1,
        subcomponent: int = 1,
        *,
        occurrence: int = 0,
    ) -> str:
        """One unescaped value, "" when absent and :data:`NULL` when explicitly emptied.

        Args:
            segment: name of the segment.
            field: its number, from 1.
            repetition: from 0.
            component: from 1.
            subcomponent: from 1.
            occurrence: which of several segments of that name, from 0.
        """
        repeated = self.repetitions(segment, field, occurrence)
        if repetition >= len(repeated):
            return ""
        value = repeated[repetition]
        if segment == "MSH" and field < 3:
            return value
        return self.part(value, component, subcomponent)

    def part(self, value: str, component: int, subcomponent: int = 1) -> str:
        """Component and subcomponent of one raw repetition, unescaped."""
        marks = self.separators
        for mark, number in ((marks.component, component), (marks.subcomponent, subcomponent)):
            if mark in value:
                parts = value.split(mark, number)
                value = parts[number - 1] if number <= len(parts) else ""
            elif number > 1:
                return ""
        return _unescape(value, marks)

    def unescape(self, value: str) -> str:
        """The text meant by a raw value of this message."""
        return _unescape(value, self.separators)


def parse(text: str) -> Er7Message:
    """Read one message.

    Raises:
        Er7Error: it does not begin with a usable MSH segment, or holds several.
    """
    return Er7Message(text)


def parse_bytes(data: bytes, default_charset: str = "8859/1") -> Er7Message:
    """Read the bytes of one frame; the charset comes from MSH-18, else from the sender's profile.

    Raises:
        Er7Error: see :func:`parse`.
    """
    decoded = decode(data, default_charset)
    return Er7Message(decoded.text, [decoded.warning] if decoded.warning else [])
