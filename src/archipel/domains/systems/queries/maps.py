"""A map that is asked for, kept for as long as the inventory does not change."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from archipel.domains.systems.queries.version import inventory_kept, kept, version
from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.maps.archimate import archimate
from archipel.domains.systems.rules.maps.drawio import drawio
from archipel.domains.systems.rules.maps.graph import build
from archipel.domains.systems.rules.maps.layout import place
from archipel.domains.systems.rules.maps.payload import payload
from archipel.domains.systems.rules.maps.png import png
from archipel.domains.systems.rules.maps.svg import Caption, svg
from archipel.domains.systems.rules.model import functions
from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.values.maps import LEVELS, LINKS, Asked, Graph, Placed
from archipel.foundation.scope import Scope


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of a map in words."""

    name: str
    level: str
    detail: str
    group: str
    comes: int
    goes: int
    id: str
    sheet: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map with its places, the same as JSON text and in words."""

    placed: Placed
    json: str
    rows: tuple[Row, ...]


def drawing(scope: Scope, asked: Asked, day: date) -> Drawing:
    """The map that is asked for, from the inventory that the account sees."""
    known = inventory_kept(scope, day)

    def make() -> Drawing:
        placed = place(build(known, functions(), asked))
        text = json.dumps(payload(placed), ensure_ascii=False, separators=(",", ":"))
        return Drawing(placed, text.replace("<", "\\u003c"), tuple(table(placed.graph)))

    return kept(("carte", version(scope), day, asked), make)


def vendors(scope: Scope, day: date) -> list[str]:
    """The vendors of the applications in service, by name."""

    def make() -> list[str]:
        known = inventory_kept(scope, day)
        reader = Reader(known)
        return sorted({reader.vendor(one) for one in known.live()} - {""}, key=plain)

    return kept(("editeurs", version(scope), day), make)


def table(graph: Graph) -> list[Row]:
    """The things of a map, those with the most links first."""
    levels = dict(LEVELS[graph.asked.view])
    goes = Counter(one.source for one in graph.links)
    comes = Counter(one.target for one in graph.links)
    rows = []
    for rank, one in enumerate(graph.nodes):
        sheet = f"{one.key.kind.value}/{one.key.establishment or 'commun'}/{one.key.code}" if one.key else ""
        rows.append(Row(one.name, levels[one.level], one.detail, one.group, comes[rank], goes[rank], one.id, sheet))
    return sorted(rows, key=lambda row: (-(row.comes + row.goes), row.name, row.id))


def link_rows(graph: Graph) -> list[tuple[str, str, str, str, str, str, int]]:
    """The links of a map in words: from, its detail, kind, to, its detail, what, how many."""
    kinds = dict(LINKS[graph.asked.view])
    return [
        (graph.nodes[one.source].name, graph.nodes[one.source].detail, kinds[one.kind], graph.nodes[one.target].name,
         graph.nodes[one.target].detail, one.label, one.count)
        for one in graph.links
    ]  # fmt: skip


def file_of(placed: Placed, caption: Caption, kind: str) -> bytes:
    """A map as a file: ``svg``, ``png``, ``drawio`` or ``archimate``. Raises KeyError: another kind."""
    makers: dict[str, Callable[[], bytes]] = {
        "svg": lambda: svg(placed, caption).encode(),
        "png": lambda: png(svg(placed, caption)),
        "drawio": lambda: drawio(placed, caption),
        "archimate": lambda: archimate(placed, caption),
    }
    return makers[kind]()
