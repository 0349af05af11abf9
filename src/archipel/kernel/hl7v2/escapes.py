"""Escape sequences of HL7 v2 (chapter 2.7): ``\\F\\ \\S\\ \\T\\ \\R\\ \\E\\ \\Xdd..\\ \\.br\\``; others are kept."""

from __future__ import annotations

import string
from dataclasses import dataclass

_HEX = frozenset(string.hexdigits)
_KEPT = ("H", "N")
_KEPT_FIRST = frozenset("CMZ.")


@dataclass(frozen=True, slots=True)
class Separators:
    """The five characters announced by MSH-1 and MSH-2; an empty one is not in use."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


STANDARD = Separators()


def _hexadecimal(digits: str) -> str | None:
    """Text of an ``\\X..\\`` sequence, without NUL; None when it is not hexadecimal."""
    if not digits or len(digits) % 2 or not _HEX.issuperset(digits):
        return None
    raw = bytes.fromhex(digits)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\x00", "")


def _meaning(sequence: str, separators: Separators) -> str | None:
    simple = {
        "F": separators.field,
        "S": separators.component,
        "T": separators.subcomponent,
        "R": separators.repetition,
        "E": separators.escape,
        ".br": "\n",
        ".BR": "\n",
    }.get(sequence)
    if simple:
        return simple
    return _hexadecimal(sequence[1:]) if sequence[:1] == "X" else None


def unescape(value: str, separators: Separators = STANDARD) -> str:
    """The text meant by an escaped value. Unknown sequences and lone escape characters stay as they are."""
    escape = separators.escape
    if not escape or escape not in value:
        return value
    out: list[str] = []
    position = 0
    while True:
        start = value.find(escape, position)
        end = value.find(escape, start + 1) if start >= 0 else -1
        if end < 0:
            out.append(value[position:])
            return "".join(out)
        out.append(value[position:start])
        sequence = value[start + 1 : end]
        meaning = _meaning(sequence, separators)
        if meaning is not None:
            out.append(meaning)
            position = end + 1
        elif sequence in _KEPT or sequence[:1] in _KEPT_FIRST:
            out.append(value[start : end + 1])
            position = end + 1
        else:
            out.append(value[start:end])
            position = end


def escape(text: str, separators: Separators = STANDARD) -> str:
    """The ER7 form of a text; :func:`unescape` gives it back (a NUL character is dropped)."""
    mark = separators.escape or "\\"
    table = {
        mark: f"{mark}E{mark}",
        separators.field: f"{mark}F{mark}",
        separators.component: f"{mark}S{mark}",
        separators.repetition: f"{mark}R{mark}",
        separators.subcomponent: f"{mark}T{mark}",
        "\r": f"{mark}X0D{mark}",
        "\n": f"{mark}.br{mark}",
        "\x00": "",
        "\x0b": f"{mark}X0B{mark}",
        "\x1c": f"{mark}X1C{mark}",
    }
    return "".join(table.get(c, c) for c in text)
