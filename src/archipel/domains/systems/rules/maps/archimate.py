"""A map as an ArchiMate model: elements, relationships and one view with their places.

Source: The Open Group, ArchiMate Model Exchange File Format for the ArchiMate 3 modelling language (C19C), schemas
``archimate3_Model``, ``archimate3_View`` and ``archimate3_Diagram``, namespace ``…/archimate/3.0/``. Every relationship
used is one that the language allows between the two kinds of elements; what it does not name is an association.
"""

from __future__ import annotations

from hashlib import sha256

from lxml import etree

from archipel.domains.systems.rules.maps.layout import TILE_HEIGHT, TILE_WIDTH
from archipel.domains.systems.rules.maps.svg import Caption, legal
from archipel.domains.systems.values.maps import LEVELS, Graph, Link, Node, Placed

NAMESPACE = "http://www.opengroup.org/xsd/archimate/3.0/"
SCHEMA = f"{NAMESPACE} http://www.opengroup.org/xsd/archimate/3.1/archimate3_Diagram.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ELEMENTS = {
    "application": "ApplicationComponent", "module": "ApplicationComponent", "equipement": "Device",
    "technologie": "SystemSoftware", "editeur": "BusinessActor", "produit": "Product",
}  # fmt: skip
"""Level of a map → kind of element."""
_MARGIN = 20


def archimate(placed: Placed, caption: Caption) -> bytes:
    """The bytes of the file. Identifiers come from those of the inventory: two exports name a thing the same."""
    graph = placed.graph
    model = etree.Element(
        _tag("model"),
        {f"{{{_XSI}}}schemaLocation": SCHEMA, "identifier": "id-archipel"},
        {None: NAMESPACE, "xsi": _XSI},
    )
    _named(model, caption.title, caption.told)
    if graph.nodes:
        elements = etree.SubElement(model, _tag("elements"))
        for one in graph.nodes:
            _element(elements, one)
    if graph.links:
        relationships = etree.SubElement(model, _tag("relationships"))
        for one_link in graph.links:
            _relationship(relationships, graph, one_link)
    if graph.nodes:
        _organizations(model, graph)
        definitions = etree.SubElement(model, _tag("propertyDefinitions"))
        for name, label in (("finess", "FINESS de l'établissement"), ("groupe", "Groupe sur la carte")):
            definition = etree.SubElement(
                definitions, _tag("propertyDefinition"), identifier=f"p-{name}", type="string"
            )
            etree.SubElement(definition, _tag("name"), {_LANG: "fr"}).text = label
        _view(model, placed, caption)
    return bytes(etree.tostring(model, encoding="utf-8", xml_declaration=True))


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _id(kind: str, *parts: str) -> str:
    """An xs:ID that stays the same from one export to the next."""
    return f"{kind}-{sha256(chr(31).join(parts).encode()).hexdigest()[:20]}"


def _named(parent: etree._Element, name: str, told: str = "") -> None:
    etree.SubElement(parent, _tag("name"), {_LANG: "fr"}).text = legal(name)
    if told:
        etree.SubElement(parent, _tag("documentation"), {_LANG: "fr"}).text = legal(told)


def _typed(parent: etree._Element, tag: str, kind: str, attributes: dict[str, str]) -> etree._Element:
    return etree.SubElement(parent, _tag(tag), {**attributes, f"{{{_XSI}}}type": kind})


def _element(parent: etree._Element, one: Node) -> None:
    made = _typed(parent, "element", ELEMENTS[one.level], {"identifier": _id("e", one.id)})
    _named(made, one.name, one.detail)
    properties = etree.SubElement(made, _tag("properties"))
    for name, value in (("finess", one.place), ("groupe", one.group)):
        if value:
            held = etree.SubElement(properties, _tag("property"), propertyDefinitionRef=f"p-{name}")
            etree.SubElement(held, _tag("value"), {_LANG: "fr"}).text = legal(value)
    if not len(properties):
        made.remove(properties)


def _meaning(graph: Graph, link: Link) -> tuple[str, int, int]:
    """(kind of relationship, source, target): what serves, composes or is assigned comes first in ArchiMate."""
    if link.kind == "module":
        return "Composition", link.target, link.source
    if link.kind in ("depend", "porte"):
        return "Serving", link.target, link.source
    if link.kind == "repose":
        if graph.nodes[link.source].level == "equipement":
            return "Assignment", link.source, link.target
        return "Serving", link.target, link.source
    if link.kind in ("instance", "edite", "installe"):
        return "Association", link.source, link.target
    return "Flow", link.source, link.target


def _ends(graph: Graph, link: Link) -> tuple[str, str, str, str]:
    """(identifier, kind, source, target) of a relationship."""
    kind, source, target = _meaning(graph, link)
    names = graph.nodes[link.source].id, graph.nodes[link.target].id
    return (
        _id("r", link.kind, *names), kind, _id("e", graph.nodes[source].id), _id("e", graph.nodes[target].id)
    )  # fmt: skip


def _relationship(parent: etree._Element, graph: Graph, link: Link) -> None:
    identifier, kind, source, target = _ends(graph, link)
    made = _typed(parent, "relationship", kind, {"identifier": identifier, "source": source, "target": target})
    if link.label:
        _named(made, link.label)


def _organizations(model: etree._Element, graph: Graph) -> None:
    """A folder for each level, and one for the view."""
    organizations = etree.SubElement(model, _tag("organizations"))
    for code, label in (*LEVELS[graph.asked.view], ("", "Vues")):
        names = [_id("e", one.id) for one in graph.nodes if one.level == code] if code else ["v-carte"]
        if names:
            item = etree.SubElement(organizations, _tag("item"))
            etree.SubElement(item, _tag("label"), {_LANG: "fr"}).text = label
            for name in names:
                etree.SubElement(item, _tag("item"), identifierRef=name)


def _view(model: etree._Element, placed: Placed, caption: Caption) -> None:
    views = etree.SubElement(model, _tag("views"))
    view = _typed(etree.SubElement(views, _tag("diagrams")), "view", "Diagram", {"identifier": "v-carte"})
    _named(view, caption.title)
    parents = []
    for rank, box in enumerate(placed.boxes):
        place = _place(box.x, box.y, box.width, box.height)
        held = _typed(view, "node", "Container", {"identifier": f"b-{rank}", **place})
        etree.SubElement(held, _tag("label"), {_LANG: "fr"}).text = legal(box.label)
        parents.append(held)
    for rank, (one, (x, y)) in enumerate(zip(placed.graph.nodes, placed.points, strict=True)):
        parent = parents[placed.box_of[rank]] if placed.box_of[rank] >= 0 else view
        place = _place(x, y, TILE_WIDTH, TILE_HEIGHT)
        _typed(parent, "node", "Element", {"identifier": f"n-{rank}", "elementRef": _id("e", one.id), **place})
    for rank, link in enumerate(placed.graph.links):
        identifier, _, _, _ = _ends(placed.graph, link)
        _, source, target = _meaning(placed.graph, link)
        ends = {"source": f"n-{source}", "target": f"n-{target}"}
        attributes = {"identifier": f"c-{rank}", "relationshipRef": identifier, **ends}
        _typed(view, "connection", "Relationship", attributes)


def _place(x: float, y: float, width: float, height: float) -> dict[str, str]:
    return {"x": str(round(x) + _MARGIN), "y": str(round(y) + _MARGIN), "w": str(round(width)), "h": str(round(height))}
