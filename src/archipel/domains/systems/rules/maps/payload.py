"""A map as the browser draws it: short arrays, each text once."""

from __future__ import annotations

from typing import Any

from archipel.domains.systems.rules.maps.layout import TILE_HEIGHT, TILE_WIDTH
from archipel.domains.systems.values.maps import LEVELS, LINKS, Placed
from archipel.domains.systems.values.records import Key

COMMON = "commun"


def sheet_of(key: Key | None) -> str:
    """The end of the address of a sheet: ``application/210780581/DPI``; empty without sheet."""
    return f"{key.kind.value}/{key.establishment or COMMON}/{key.code}" if key else ""


def payload(placed: Placed) -> dict[str, Any]:
    """What the drawing needs.

    Returns:
        ``taille`` and ``tuile`` [width, height]; ``boites`` [label, x, y, width, height, count]; ``bandes`` [label, y];
        ``noeuds`` [x, y, id, name, detail, level, box, sheet]; ``liens`` [source, target, kind, text, count], where
        level and kind are positions in ``niveaux`` and ``genres``, and text one in ``textes``; ``centre``: the node
        around which the map is drawn, or null.
    """
    graph = placed.graph
    levels = {code: rank for rank, (code, _) in enumerate(LEVELS[graph.asked.view])}
    kinds = {code: rank for rank, (code, _) in enumerate(LINKS[graph.asked.view])}
    texts: dict[str, int] = {}
    links = [
        [one.source, one.target, kinds[one.kind], texts.setdefault(one.label, len(texts)), one.count]
        for one in graph.links
    ]
    return {
        "taille": [round(placed.width), round(placed.height)],
        "tuile": [TILE_WIDTH, TILE_HEIGHT],
        "niveaux": [label for _, label in LEVELS[graph.asked.view]],
        "genres": [label for _, label in LINKS[graph.asked.view]],
        "boites": [
            [box.label, round(box.x), round(box.y), round(box.width), round(box.height), box.count]
            for box in placed.boxes
        ],
        "bandes": [[band.label, round(band.y)] for band in placed.bands],
        "noeuds": [
            [round(x), round(y), one.id, one.name, one.detail, levels[one.level], box, sheet_of(one.key)]
            for one, (x, y), box in zip(graph.nodes, placed.points, placed.box_of, strict=True)
        ],
        "liens": links,
        "textes": list(texts),
        "centre": graph.focus,
    }
