"""A map as a diagram of draw.io (diagrams.net): boxes are containers, tiles move with them, links follow.

Source: the mxGraphModel XML that diagrams.net opens and writes uncompressed, documented at
https://www.drawio.com/doc/faq/diagram-source-edit.
"""

from __future__ import annotations

from lxml import etree

from archipel.domains.systems.rules.maps.layout import TILE_HEIGHT, TILE_WIDTH, TITLE
from archipel.domains.systems.rules.maps.svg import COLOURS, DASHES, GROUND, INK, RULE, Caption, legal
from archipel.domains.systems.values.maps import LEVELS, LINKS, Placed

_BOX = (
    f"swimlane;startSize={TITLE:g};rounded=1;arcSize=4;html=0;fillColor={GROUND};strokeColor={RULE};"
    f"fontColor={INK};fontStyle=1;align=left;spacingLeft=8;"
)
_TILE = "rounded=0;whiteSpace=wrap;html=0;fillColor=#ffffff;strokeColor={colour};fontColor=#15202b;fontSize=11;"
_EDGE = "edgeStyle=none;curved=1;html=0;endArrow=block;endFill=1;strokeColor={colour};fontSize=10;"


def drawio(placed: Placed, caption: Caption) -> bytes:
    """The bytes of a ``.drawio`` file."""
    graph = placed.graph
    levels = {code: rank for rank, (code, _) in enumerate(LEVELS[graph.asked.view])}
    kinds = {code: rank for rank, (code, _) in enumerate(LINKS[graph.asked.view])}
    file = etree.Element("mxfile", host="Archipel", type="device")
    diagram = etree.SubElement(file, "diagram", id="carte", name=legal(caption.title))
    model = etree.SubElement(
        diagram, "mxGraphModel", grid="1", gridSize="10", page="0", pageWidth=f"{placed.width:.0f}",
        pageHeight=f"{placed.height:.0f}",
    )  # fmt: skip
    root = etree.SubElement(model, "root")
    etree.SubElement(root, "mxCell", id="0")
    etree.SubElement(root, "mxCell", id="1", parent="0")
    told = _cell(root, "source", f"{caption.title}\n{caption.told}", "text;html=0;align=left;fontSize=14;", "1")
    _geometry(told, 0, -60, 900, 40)
    for rank, box in enumerate(placed.boxes):
        _geometry(_cell(root, f"b{rank}", box.label, _BOX, "1"), box.x, box.y, box.width, box.height)
    for rank, (one, (x, y)) in enumerate(zip(graph.nodes, placed.points, strict=True)):
        held = placed.box_of[rank]
        left, top = (x - placed.boxes[held].x, y - placed.boxes[held].y) if held >= 0 else (x, y)
        style = _TILE.format(colour=COLOURS[levels[one.level] % len(COLOURS)])
        parent = f"b{held}" if held >= 0 else "1"
        tile = _cell(root, f"n{rank}", "\n".join(filter(None, (one.name, one.detail))), style, parent)
        _geometry(tile, left, top, TILE_WIDTH, TILE_HEIGHT)
    for rank, link in enumerate(graph.links):
        kind = kinds[link.kind]
        style = _EDGE.format(colour=COLOURS[kind % len(COLOURS)])
        if dash := DASHES[kind % len(DASHES)]:
            style += f"dashed=1;dashPattern={dash};"
        edge = etree.SubElement(
            root, "mxCell", id=f"l{rank}", value=legal(link.label), style=style, edge="1", parent="1",
            source=f"n{link.source}", target=f"n{link.target}",
        )  # fmt: skip
        etree.SubElement(edge, "mxGeometry", {"relative": "1", "as": "geometry"})
    return bytes(etree.tostring(file, encoding="utf-8", xml_declaration=True))


def _cell(root: etree._Element, name: str, value: str, style: str, parent: str) -> etree._Element:
    return etree.SubElement(root, "mxCell", id=name, value=legal(value), style=style, vertex="1", parent=parent)


def _geometry(cell: etree._Element, x: float, y: float, width: float, height: float) -> None:
    sizes = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}", "as": "geometry"}
    etree.SubElement(cell, "mxGeometry", sizes)
