"""The lines of the inventory table, filtered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from archipel.domains.systems.rules.completeness import completeness
from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.values.records import Inventory, Record
from archipel.domains.systems.values.schema import FIELDS, Field, Kind, Type


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for."""

    kind: Kind = Kind.APPLICATION
    establishments: Collection[str] = ()
    function: str = ""
    vendor: str = ""
    status: str = ""
    hosting: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing and what is worked out of it."""

    record: Record
    establishment: str
    product: str
    vendor: str
    functions: tuple[str, ...]
    score: Decimal


def rows(known: Inventory, wanted: Wanted) -> list[Row]:
    """The things of the kind that are wanted, by establishment then name."""
    reader = Reader(known)
    needle = plain(wanted.text)
    made = []
    for one in known.of(wanted.kind):
        if one.key.establishment and wanted.establishments and one.key.establishment not in wanted.establishments:
            continue
        row = _row(one, known, reader)
        if _matches(row, wanted, needle):
            made.append(row)
    return sorted(made, key=lambda row: (row.establishment, plain(row.record.name)))


def _row(one: Record, known: Inventory, reader: Reader) -> Row:
    application = one.key.kind is Kind.APPLICATION
    return Row(
        one,
        known.names.get(one.key.establishment, one.key.establishment),
        reader.product(one) if application else "",
        reader.vendor(one),
        reader.functions(one) if application else one.items("fonctions"),
        completeness(one),
    )


def _matches(row: Row, wanted: Wanted, needle: str) -> bool:
    one = row.record
    if wanted.function and wanted.function not in row.functions:
        return False
    if wanted.vendor and row.vendor != wanted.vendor:
        return False
    if wanted.status and one.text("statut") != wanted.status:
        return False
    if wanted.hosting and one.text("hebergement") != wanted.hosting:
        return False
    return not needle or needle in plain(f"{one.name} {one.key.code} {row.product} {row.vendor}")


def vendors(found: Sequence[Row]) -> list[str]:
    """The vendors of some rows, by name."""
    return sorted({row.vendor for row in found if row.vendor}, key=plain)


def _cell(one: Record, field: Field) -> object:
    """A field as a spreadsheet holds it: numbers as numbers, dates as dates."""
    if field.type is Type.LISTE:
        return "; ".join(one.items(field.name))
    if field.type in (Type.NOMBRE, Type.EUROS):
        return thousandths(one.number(field.name))
    return one.day(field.name) if field.type is Type.DATE else one.shown(field.name)


def thousandths(number: Decimal | None) -> Decimal | None:
    """A number as a file holds it: with a fourth decimal when it has three, lest 12,345 be read as thousands."""
    if number is None or number.as_tuple().exponent != -3:
        return number
    return number.quantize(Decimal("0.0001"))


def export_rows(kind: Kind, found: list[Row]) -> Iterator[list[object]]:
    """The rows of an export that can be imported again."""
    for row in found:
        one = row.record
        cells: list[object] = []
        for field in FIELDS[kind]:
            if field.name == "etablissement":
                cells.append(one.key.establishment)
            elif field.name == "code":
                cells.append(one.key.code)
            else:
                cells.append(_cell(one, field))
        yield cells
