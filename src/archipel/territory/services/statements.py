"""Statements as JSON, so that they can wait for approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from archipel.territory.values import Key, Kind, Place, Problem, Severity, Statement


def _key(value: list[str] | None) -> Key | None:
    return Key(Kind(value[0]), value[1], value[2]) if value else None


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def dump(statements: Iterable[Statement]) -> list[dict[str, Any]]:
    """Statements as JSON values."""
    return [
        {
            "key": list(item.key),
            "name": item.name,
            "attributes": dict(item.attributes),
            "parent": list(item.parent) if item.parent else None,
            "site": item.site,
            "valid_from": item.valid_from.isoformat() if item.valid_from else None,
            "valid_to": item.valid_to.isoformat() if item.valid_to else None,
            "provisional": item.provisional,
            "closes": item.closes,
            "place": [item.place.file, item.place.sheet, item.place.line],
        }
        for item in statements
    ]


def load(values: Iterable[Mapping[str, Any]]) -> list[Statement]:
    """What :func:`dump` made, read back."""
    return [
        Statement(
            key=Key(Kind(item["key"][0]), item["key"][1], item["key"][2]),
            name=item["name"],
            attributes=item["attributes"],
            parent=_key(item["parent"]),
            site=item["site"],
            valid_from=_day(item["valid_from"]),
            valid_to=_day(item["valid_to"]),
            provisional=item["provisional"],
            closes=item["closes"],
            place=Place(*item["place"]),
        )
        for item in values
    ]


def dump_problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as JSON values, also the report's form."""
    return [
        {
            "code": item.code,
            "message": item.message,
            "gravite": item.severity.value,
            "fichier": item.place.file,
            "feuille": item.place.sheet,
            "ligne": item.place.line,
            "colonne": item.column,
            "trouve": item.found,
            "attendu": item.expected,
        }
        for item in problems
    ]


def load_problems(values: Iterable[Mapping[str, Any]]) -> list[Problem]:
    """What :func:`dump_problems` made, read back."""
    return [
        Problem(
            code=item["code"],
            message=item["message"],
            severity=Severity(item["gravite"]),
            place=Place(item["fichier"], item["feuille"], item["ligne"]),
            column=item["colonne"],
            found=item["trouve"],
            expected=item["attendu"],
        )
        for item in values
    ]
