"""The consolidated view of the group, function by function, in the shape of the observatory's form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.model import functions, osis_columns
from archipel.domains.systems.values.functions import Function
from archipel.domains.systems.values.records import Inventory, Record


def osis(known: Inventory, establishments: Sequence[str]) -> tuple[list[str], Iterator[list[object]]]:
    """The titles and rows of the consolidated export: one row for each establishment, function and application.

    Nothing is typed again: the rows come from the inventory. A function that nobody covers in an establishment has a
    row that says so. The columns are configuration (``reference/systems/osis.yaml``).
    """
    _, columns = osis_columns()
    return [title for title, _ in columns], _rows(known, establishments, [field for _, field in columns])


def _rows(known: Inventory, establishments: Sequence[str], fields: Sequence[str]) -> Iterator[list[object]]:
    model, reader = functions(), Reader(known)
    groups = {group.id: group.label for group in model.groups}
    uses: dict[tuple[str, str], list[Record]] = {}
    shared: dict[str, set[str]] = {}
    for one in known.live():
        shared.setdefault(reader.product(one), set()).add(one.key.establishment)
        for name in reader.functions(one):
            uses.setdefault((one.key.establishment, name), []).append(one)
    for place in establishments:
        for function in model.functions:
            found: list[Record | None] = [*uses.get((place, function.id), [])]
            for used in found or [None]:
                told = _told(place, function, groups[function.group], used, reader, shared)
                yield [told.get(field, "") for field in fields]


def _told(
    place: str, function: Function, group: str, one: Record | None, reader: Reader, shared: dict[str, set[str]]
) -> dict[str, object]:
    told: dict[str, object] = {"etablissement": place, "groupe": group, "fonction": function.label, "couverte": "non"}
    if one is None:
        return told
    begin, product = one.day("mise_en_service"), reader.product(one)
    return told | {
        "couverte": "oui",
        "application": one.name,
        "produit": product,
        "editeur": reader.vendor(one),
        "version": one.text("version"),
        "annee": begin.year if begin else None,
        "commun": "oui" if len(shared[product]) > 1 else "non",
        "hebergement": one.shown("hebergement"),
        "utilisateurs": one.number("utilisateurs"),
        "cout": one.cost,
        "rto": one.number("rto_h"),
        "rpo": one.number("rpo_h"),
    }
