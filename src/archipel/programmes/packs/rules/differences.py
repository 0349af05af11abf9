"""What changed between two versions of a pack, line by line."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from archipel.foundation.web.formats import number
from archipel.programmes.packs.rules.sentences import Writer, day_text
from archipel.programmes.packs.values import expressions as e
from archipel.programmes.packs.values.base import Line, Source
from archipel.programmes.packs.values.pack import Pack

SECTIONS = {
    "sources": "Sources", "defauts": "Défauts des sources", "faits": "Faits", "regles": "Règles", "themes": "Thèmes",
    "financement": "Financement", "incompatibilites": "Limites entre projets", "selection": "Critères de sélection",
    "calendrier": "Calendrier", "dossier": "Dossier", "contacts": "Contacts", "chiffres": "Chiffres",
    "series": "Répartitions", "catalogue": "Catalogue", "grilles": "Grilles", "cas": "Cas d'essai",
}  # fmt: skip
_KEYS = ("id", "categorie", "libelle", "fait", "code", "niveau", "valeur", "role", "ref")
"""What names a line in its list, where it has no id."""
_PLAIN = {"annee", "numero", "n"}
"""Integers that are not quantities."""
_EXPRESSIONS = e.Expression.__args__


class Change(NamedTuple):
    """One difference.

    Attributes:
        kind: ajoute, retire or modifie.
        section: the part of the pack, in French.
        path: the names down to the line.
        field: the key that changed; "" for a whole line.
        before: what it was, in words; "" for an added line.
        after: what it is.
        line: where it stands in the newer file (in the older one, for what was removed).
    """

    kind: str
    section: str
    path: tuple[str, ...]
    field: str
    before: str
    after: str
    line: int

    def __str__(self) -> str:
        where = " › ".join((self.section, *self.path))
        if self.kind == "ajoute":
            return f"+ {where} : {self.after}"
        if self.kind == "retire":
            return f"− {where} : {self.before}"
        return f"~ {where}, {self.field} : {self.before or 'rien'} → {self.after or 'rien'}"


def differences(before: Pack, after: Pack) -> list[Change]:
    """Everything that differs between two versions, in the order of the pack."""
    return list(_Differ(Writer(before), Writer(after)).lines(before, after, (), ""))


class _Differ:
    def __init__(self, before: Writer, after: Writer) -> None:
        self.writers = (before, after)

    def lines(self, before: Any, after: Any, path: tuple[str, ...], section: str) -> Iterator[Change]:
        """The differences of two lines of the same kind."""
        for field in dataclasses.fields(after):
            if field.name == "ligne":
                continue
            old, new = getattr(before, field.name), getattr(after, field.name)
            if old == new:
                continue
            inside = section or SECTIONS.get(field.name, "Pack")
            if _is_rows(old) or _is_rows(new):
                yield from self._rows(old or (), new or (), path, inside, field.name)
            elif _is_line(old) and _is_line(new):
                yield from self.lines(old, new, (*path, *(() if not section else (field.name,))), inside)
            else:
                told = self.both(field.name, old, new)
                yield Change("modifie", inside, path, field.name, *told, _place(after))

    def _rows(
        self, old: tuple[Any, ...], new: tuple[Any, ...], path: tuple[str, ...], section: str, name: str
    ) -> Iterator[Change]:
        if not path and section != SECTIONS.get(name):
            path = (name,)
        before, after = _named(old), _named(new)
        for key, line in before.items():
            if key not in after:
                yield Change("retire", section, (*path, key), "", self.summary(line, 0), "", _place(line))
        for key, line in after.items():
            if key not in before:
                yield Change("ajoute", section, (*path, key), "", "", self.summary(line, 1), _place(line))
            elif before[key] != line:
                if _is_line(line):
                    yield from self.lines(before[key], line, (*path, key), section)
                else:
                    yield Change("modifie", section, (*path, key), name, self.text(before[key], 0),
                                 self.text(line, 1), 0)  # fmt: skip

    def both(self, name: str, old: Any, new: Any) -> tuple[str, str]:
        """A value before and after; of two conditions, only the lines that differ."""
        if isinstance(old, _EXPRESSIONS) and isinstance(new, _EXPRESSIONS):
            before, after = self._sentence(old, 0), self._sentence(new, 1)
            gone = [one for one in before if one not in after]
            come = [one for one in after if one not in before]
            return " · ".join(gone or before), " · ".join(come or after)
        if name in _PLAIN:
            return "" if old is None else str(old), "" if new is None else str(new)
        return self.text(old, 0), self.text(new, 1)

    def summary(self, line: Any, side: int) -> str:
        """A whole line in a few words."""
        if isinstance(line, e.Regle):
            return f"{line.libelle} ({' · '.join(self._sentence(line.si, side))})"
        for name in ("libelle", "nom", "titre", "role", "trouve"):
            found = getattr(line, name, None)
            if found:
                extra = [self.text(value, side) for key in ("montant", "valeur", "date", "du", "au", "part")
                         if (value := getattr(line, key, None)) is not None]  # fmt: skip
                return f"{found} ({', '.join(extra)})" if extra else str(found)
        return self.text(line, side)

    def _sentence(self, line: Any, side: int) -> list[str]:
        return [text.strip() for text in self.writers[side].phrase(line).lines()]

    def text(self, value: Any, side: int) -> str:
        """A value in words."""
        if value is None or value == ():
            return ""
        if isinstance(value, bool):
            return "oui" if value else "non"
        if isinstance(value, date):
            return day_text(value)
        if isinstance(value, int | Decimal):
            return number(Decimal(value), None) if abs(Decimal(value)) >= 1 else f"{value}".replace(".", ",")
        if isinstance(value, Enum):
            return str(value.value)
        if isinstance(value, Source):
            return str(value)
        if isinstance(value, _EXPRESSIONS):
            return " · ".join(self._sentence(value, side))
        if isinstance(value, tuple):
            return ", ".join(self.text(one, side) for one in value)
        if _is_line(value):
            told = ((one.name, getattr(value, one.name)) for one in dataclasses.fields(value) if one.name != "ligne")
            return ", ".join(f"{name} {self.text(one, side)}" for name, one in told if one not in (None, (), ""))
        return str(value)


def _is_line(value: Any) -> bool:
    return isinstance(value, Line) and not isinstance(value, (Source, *_EXPRESSIONS))


def _is_rows(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(_is_line(one) for one in value)


def _place(line: Any) -> int:
    return getattr(line, "ligne", 0)


def _named(rows: tuple[Any, ...]) -> dict[str, Any]:
    """Lines by their name; several of the same name are numbered."""
    found: dict[str, Any] = {}
    for rank, line in enumerate(rows, start=1):
        names = [getattr(line, key) for key in _KEYS if getattr(line, key, None) is not None]
        name = str(names[0]) if names else str(rank)
        region = getattr(line, "region", None)
        name = f"{name} ({region})" if region else name
        found[name if name not in found else f"{name} #{rank}"] = line
    return found
