"""One cell of a spreadsheet, or one field of a form: read into the value that is kept, or told what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.values.schema import Field, Type

YES = frozenset({"oui", "o", "x", "vrai", "true", "yes", "1"})
NO = frozenset({"non", "n", "faux", "false", "no", "0"})
EMPTY = frozenset({"", "nc", "n c", "na", "n a", "inconnu", "so", "s o", "sans objet", "ne sait pas", "?", "tbd"})
_FIRST, _LAST = 1970, 2100
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?$")
_FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})$")
_MONTH = re.compile(r"(\d{1,2})[/.-](\d{4})$")
_SPLIT = re.compile(r"[;|\n]| / |, ?(?!\d)")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a cell: what was expected."""

    expected: str


def read_cell(field: Field, text: str, functions: Mapping[str, str]) -> object | Wrong | None:
    """The value kept for a cell.

    Args:
        field: the column.
        text: as written.
        functions: written name (plain) → id of a function.

    Returns:
        None for an empty or unknown cell, :class:`Wrong` when it cannot be read.
    """
    said = " ".join(text.split())
    if plain(said) in EMPTY and not (said and field.type is Type.TEXTE and plain(said) == ""):
        return None
    if field.type is Type.DATE:
        return read_date(said)
    if field.type in (Type.NOMBRE, Type.EUROS):
        return _number(field, said)
    if field.type is Type.OUI_NON:
        word = plain(said)
        return "oui" if word in YES else "non" if word in NO else Wrong("oui ou non")
    if field.type is Type.CHOIX:
        return _choice(field, said)
    if field.type is Type.LISTE:
        return _list(field, said, functions)
    return _function(said, functions) if field.name == "fonction" else said[:500]


def read_date(text: str) -> str | Wrong:
    """An ISO date from ``22/11/2026``, ``2026-11-22``, ``11/2026`` (first day) or ``2026``."""
    wrong = Wrong(f"une date jj/mm/aaaa qui existe, entre {_FIRST} et {_LAST}")
    if found := _ISO.match(text):
        year, month, day = map(int, found.groups())
    elif found := _FRENCH.match(text):
        day, month, year = map(int, found.groups())
        year += 2000 if year < 70 else 1900 if year < 100 else 0
    elif found := _MONTH.match(text):
        day, month, year = 1, int(found[1]), int(found[2])
    elif re.fullmatch(r"\d{4}", text):
        day, month, year = 1, 1, int(text)
    else:
        return wrong
    try:
        made = date(year, month, day)
    except ValueError:
        return wrong
    return made.isoformat() if _FIRST <= year <= _LAST else wrong


def _number(field: Field, text: str) -> str | Wrong:
    unit = "un montant en euros" if field.type is Type.EUROS else "un nombre"
    most = f" de 0 à {field.most:g}" if field.most is not None else " positif"
    cleaned = re.sub(r"[\s\u00a0\u202f]|€|eur(?:os?)?$|ht$|ttc$", "", text.lower())
    factor = 1
    if field.type is Type.EUROS and cleaned.endswith(("k", "m")):
        factor, cleaned = (1000 if cleaned.endswith("k") else 1_000_000), cleaned[:-1]
    if cleaned.count(",") == 1 and re.search(r",\d{1,2}$", cleaned):
        cleaned = cleaned.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[1-9]\d{0,2}([.,]\d{3})+", cleaned):
        cleaned = re.sub(r"[.,]", "", cleaned)
    else:
        cleaned = cleaned.replace(",", ".")
    try:
        value = Decimal(cleaned) * factor
    except InvalidOperation:
        return Wrong(unit + most)
    if not value.is_finite() or value < 0 or value > (Decimal(str(field.most)) if field.most else Decimal(10**12)):
        return Wrong(unit + most)
    if field.name == "souverainete" and value != value.to_integral_value():
        return Wrong("un niveau entier de 0 à 4")
    return format(value.normalize(), "f")


@lru_cache(maxsize=256)
def _words(field: Field) -> dict[str, str]:
    known = {plain(code): code for code, _ in field.choices} | {plain(label): code for code, label in field.choices}
    return known


def _choice(field: Field, text: str) -> str | Wrong:
    known = _words(field)
    word = plain(text)
    if word in known:
        return known[word]
    begun = {code for name, code in known.items() if len(word) >= 4 and (name.startswith(word) or word in name.split())}
    if len(begun) == 1:
        return begun.pop()
    return Wrong("l'un de : " + ", ".join(label for _, label in field.choices))


def _list(field: Field, text: str, functions: Mapping[str, str]) -> list[str] | Wrong:
    pieces = list(dict.fromkeys(part.strip() for part in _SPLIT.split(text) if part.strip()))
    if field.name != "fonctions":
        return [piece[:200] for piece in pieces]
    ids = []
    for piece in pieces:
        found = _function(piece, functions)
        if isinstance(found, Wrong):
            return found
        ids.append(found)
    return list(dict.fromkeys(ids))


def _function(text: str, functions: Mapping[str, str]) -> str | Wrong:
    found = functions.get(plain(text))
    return found or Wrong(f"une fonction du référentiel (« {text[:40]} » n'en est pas une)")
