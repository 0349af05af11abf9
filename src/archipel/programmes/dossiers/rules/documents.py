"""A dossier's contents as a document, in the order of the national platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from archipel.programmes.dossiers.rules.completeness import amount, totals
from archipel.programmes.dossiers.values.content import (
    Column,
    Content,
    choices_of,
    columns_of,
    rows_of,
    text_of,
)
from archipel.programmes.dossiers.values.document import Document, Section, Table
from archipel.programmes.dossiers.values.situation import Party, Situation
from archipel.programmes.dossiers.values.template import Rubric, RubricKind, Theme

THIN = "\u202f"


def euros(value: Decimal | None) -> str:
    """``12 500 €``; cents only when there are some."""
    if value is None:
        return ""
    text = f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
    return text.replace(",", THIN).replace(".", ",") + "\u00a0€"


def section(rubric: Rubric, situation: Situation, theme: Theme | None, site_names: Mapping[str, str]) -> Section:
    """One rubric of the document."""
    content = situation.content(rubric.id)
    paragraphs = tuple(line.strip() for line in text_of(content).splitlines() if line.strip())
    if rubric.kind is RubricKind.PERIMETRE:
        table = _perimeter(situation.parties, site_names)
        return Section(rubric.id, rubric.label, paragraphs, (), table)
    bullets = _objectives(content, theme) if rubric.kind is RubricKind.OBJECTIFS else ()
    return Section(rubric.id, rubric.label, paragraphs, bullets, _table(rubric, content))


def _perimeter(parties: Sequence[Party], site_names: Mapping[str, str]) -> Table | None:
    if not parties:
        return None
    rows = tuple(
        (
            "Chef de file" if party.bearer else "Partie",
            party.name,
            party.finess,
            party.ej,
            ", ".join(f"{site_names.get(site, '')} ({site})".strip() for site in party.sites) or "À dire",
        )
        for party in parties
    )
    return Table(("Rôle", "Établissement", "FINESS PMSI", "FINESS EJ", "Établissements géographiques"), rows)


def _objectives(content: Content, theme: Theme | None) -> tuple[str, ...]:
    known = {one.id: one for one in theme.objectives} if theme else {}
    return tuple(known[name].label for name in choices_of(content) if name in known)


def _table(rubric: Rubric, content: Content) -> Table | None:
    columns, rows = columns_of(rubric), rows_of(content)
    if not columns or not rows:
        return None
    summed = totals(rubric, content)
    total = tuple(euros(summed[c.id]) if c.id in summed else "Total" if n == 0 else "" for n, c in enumerate(columns))
    return Table(
        tuple(column.label for column in columns),
        tuple(tuple(cell(column, row.get(column.id)) for column in columns) for row in rows),
        tuple(n for n, column in enumerate(columns) if column.kind == "number"),
        total if summed else (),
    )


def cell(column: Column, value: object) -> str:
    """A cell as it is read: the word of a choice, an amount in euros."""
    text = str(value if value is not None else "").strip()
    if column.kind == "choice":
        return dict(column.options).get(text, text)
    if column.kind == "number" and text:
        found = amount(text)
        return euros(found) if found is not None else text
    if column.kind == "date" and len(text) == 10 and text[4] == text[7] == "-":
        return f"{text[8:]}/{text[5:7]}/{text[:4]}"
    return text


def dump(document: Document) -> dict[str, Any]:
    """The document as JSON values."""
    return {
        "numero": document.number,
        "titre": document.title,
        "programme": document.programme,
        "faits": [list(fact) for fact in document.facts],
        "source": document.source,
        "pieces": [list(piece) for piece in document.pieces],
        "rubriques": [_dump_section(one) for one in document.sections],
    }


def _dump_section(one: Section) -> dict[str, Any]:
    table = one.table
    return {
        "id": one.id,
        "titre": one.title,
        "paragraphes": list(one.paragraphs),
        "puces": list(one.bullets),
        "tableau": None
        if table is None
        else {
            "colonnes": list(table.columns),
            "lignes": [list(row) for row in table.rows],
            "nombres": list(table.numbers),
            "total": list(table.total),
        },
    }


def load(content: Mapping[str, Any]) -> Document:
    """The document that :func:`dump` wrote."""
    return Document(
        number=int(content["numero"]),
        title=str(content["titre"]),
        programme=str(content["programme"]),
        facts=tuple((str(a), str(b)) for a, b in content["faits"]),
        source=str(content["source"]),
        pieces=tuple((str(a), str(b), str(c)) for a, b, c in content["pieces"]),
        sections=tuple(_load_section(one) for one in content["rubriques"]),
    )


def _load_section(one: Mapping[str, Any]) -> Section:
    table = one["tableau"]
    return Section(
        str(one["id"]),
        str(one["titre"]),
        tuple(one["paragraphes"]),
        tuple(one["puces"]),
        None
        if table is None
        else Table(
            tuple(table["colonnes"]),
            tuple(tuple(row) for row in table["lignes"]),
            tuple(table["nombres"]),
            tuple(table["total"]),
        ),
    )
