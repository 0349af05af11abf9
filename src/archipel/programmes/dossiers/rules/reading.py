"""What a form or a program sends for a rubric, made a content: known parts only, cleaned, within bounds."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from archipel.kernel.errors import Invalid
from archipel.programmes.dossiers.rules.merging import compact
from archipel.programmes.dossiers.values.content import (
    CHOICE,
    MAX_CELL,
    MAX_ROWS,
    MAX_TEXT,
    ROWS,
    TEXT,
    Column,
    Content,
    columns_of,
)
from archipel.programmes.dossiers.values.template import Rubric, RubricKind

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ROW_ID = re.compile(r"[A-Za-z0-9-]{1,60}")


def clean(text: object) -> str:
    """A text without control characters, with the line ends of Unix."""
    return _CONTROL.sub("", str(text if text is not None else "").replace("\r\n", "\n").replace("\r", "\n"))


def read_content(rubric: Rubric, objectives: Collection[str], given: Mapping[str, Any]) -> Content:
    """The content of a rubric.

    Args:
        rubric: which kinds of parts it has.
        objectives: those that may be chosen.
        given: the parts as received.

    Raises:
        Invalid: a text, a table or a cell too long; a part that is not of its kind.
    """
    parts: dict[str, Any] = {TEXT: _text(rubric, given.get(TEXT))}
    if rubric.kind is RubricKind.OBJECTIFS:
        chosen = given.get(CHOICE) or ()
        if isinstance(chosen, str) or not isinstance(chosen, Collection):
            raise Invalid("Les objectifs choisis sont une liste d'identifiants.", code="choix-illisible", field=CHOICE)
        parts[CHOICE] = [one for one in dict.fromkeys(map(str, chosen)) if one in objectives]
    columns = columns_of(rubric)
    if columns:
        parts[ROWS] = _rows(rubric, columns, given.get(ROWS) or ())
    return compact(parts)


def _text(rubric: Rubric, value: object) -> str:
    text = clean(value)
    if len(text) > MAX_TEXT:
        raise Invalid(
            f"« {rubric.label} » : {len(text)} caractères, {MAX_TEXT} au plus.", code="texte-trop-long", field=TEXT
        )
    return text if text.strip() else ""


def _rows(rubric: Rubric, columns: tuple[Column, ...], given: object) -> list[dict[str, str]]:
    if isinstance(given, str | Mapping) or not isinstance(given, Collection):
        raise Invalid(f"« {rubric.label} » : des lignes étaient attendues.", code="lignes-illisibles", field=ROWS)
    if len(given) > MAX_ROWS:
        raise Invalid(f"« {rubric.label} » : {len(given)} lignes, {MAX_ROWS} au plus.", code="trop-de-lignes")
    rows: list[dict[str, str]] = []
    seen: set[str] = set()
    for rank, one in enumerate(given, 1):
        if not isinstance(one, Mapping):
            raise Invalid(f"« {rubric.label} », ligne {rank} : illisible.", code="lignes-illisibles")
        row = {column.id: _cell(rubric, column, rank, one.get(column.id)) for column in columns}
        if not any(row.values()):
            continue
        name = str(one.get("id") or "")
        if not _ROW_ID.fullmatch(name) or name in seen:
            name = secrets.token_hex(4)
        seen.add(name)
        rows.append({"id": name, **{key: value for key, value in row.items() if value}})
    return rows


def _cell(rubric: Rubric, column: Column, rank: int, value: object) -> str:
    text = clean(value).strip()
    if column.kind != "long":
        text = " ".join(text.split())
    where = f"« {rubric.label} », ligne {rank}, « {column.label} »"
    if len(text) > MAX_CELL:
        raise Invalid(f"{where} : {len(text)} caractères, {MAX_CELL} au plus.", code="cellule-trop-longue")
    if column.kind == "choice" and text and text not in dict(column.options):
        raise Invalid(f"{where} : « {text[:40]} » n'est pas dans la liste.", code="choix-inconnu")
    return text
