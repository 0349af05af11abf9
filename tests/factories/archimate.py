"""What an ArchiMate exchange file must be, checked without the schema of The Open Group, which does not ship.

The official schema is used too where ``ARCHIPEL_ARCHIMATE_XSD`` names the folder that holds it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from lxml import etree

NS = "{http://www.opengroup.org/xsd/archimate/3.0/}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
ORDER = ["name", "documentation", "elements", "relationships", "organizations", "propertyDefinitions", "views"]
ELEMENTS = {"ApplicationComponent", "Device", "SystemSoftware", "BusinessActor", "Product"}
ALLOWED = {
    ("Composition", "ApplicationComponent", "ApplicationComponent"),
    ("Serving", "ApplicationComponent", "ApplicationComponent"), ("Serving", "Device", "ApplicationComponent"),
    ("Serving", "SystemSoftware", "ApplicationComponent"), ("Assignment", "Device", "SystemSoftware"),
    ("Flow", "ApplicationComponent", "ApplicationComponent"),
}  # fmt: skip
"""What the language allows (ArchiMate 3.1, appendix B) among what the maps use; an association is always allowed."""
NCNAME = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)


def schema() -> etree.XMLSchema | None:
    """The official schema, when a folder holds it."""
    folder = os.environ.get("ARCHIPEL_ARCHIMATE_XSD", "")
    path = Path(folder, "archimate3_Diagram.xsd")
    if not folder or not path.exists():
        return None
    parser = etree.XMLParser()
    parser.resolvers.add(Beside(Path(folder)))
    return etree.XMLSchema(etree.parse(str(path), parser))


class Beside(etree.Resolver):
    """Schemas that are imported by their public address are read beside the first: nothing is fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def resolve(self, url: str, public_id: str, context: object) -> object:
        found = self.folder / url.rsplit("/", 1)[-1]
        return self.resolve_filename(str(found), context) if url.startswith("http") else None


def faults(raw: bytes) -> list[str]:
    """Everything wrong with a file; nothing: well."""
    model = etree.fromstring(raw)
    found = [] if model.tag == NS + "model" else [f"root {model.tag}"]
    children = [str(child.tag).removeprefix(NS) for child in model]
    if children != sorted(children, key=ORDER.index):
        found.append(f"order {children}")
    identifiers = [one.get("identifier") for one in model.iter() if one.get("identifier") is not None]
    found += [f"identifier {name!r}" for name in identifiers if not NCNAME.match(name or "")]
    if len(identifiers) != len(set(identifiers)):
        found.append("an identifier is used twice")
    kinds = {one.get("identifier"): one.get(TYPE) for one in model.iter(NS + "element")}
    found += [f"element {kind}" for kind in kinds.values() if kind not in ELEMENTS]
    relations = {}
    for one in model.iter(NS + "relationship"):
        ends = one.get("source"), one.get("target")
        relations[one.get("identifier")] = ends
        told = (one.get(TYPE), kinds.get(ends[0]), kinds.get(ends[1]))
        if None in told or (told[0] != "Association" and told not in ALLOWED):
            found.append(f"relationship {told}")
    return found + _view_faults(model, kinds, relations)


def _view_faults(model: etree._Element, kinds: dict, relations: dict) -> list[str]:
    found, shown = [], {}
    for node in model.iter(NS + "node"):
        sizes = [node.get(name, "") for name in "xywh"]
        if not all(size.isdigit() for size in sizes) or "0" in sizes[2:]:
            found.append(f"place {sizes}")
        if node.get(TYPE) == "Element":
            shown[node.get("identifier")] = node.get("elementRef")
            if node.get("elementRef") not in kinds:
                found.append(f"node of {node.get('elementRef')}")
    for line in model.iter(NS + "connection"):
        ends = shown.get(line.get("source")), shown.get(line.get("target"))
        if relations.get(line.get("relationshipRef")) != ends:
            found.append(f"connection {line.get('relationshipRef')}")
    known = set(kinds) | {view.get("identifier") for view in model.iter(NS + "view")}
    found += [f"item {one.get('identifierRef')}" for one in model.iter(NS + "item")
              if one.get("identifierRef") is not None and one.get("identifierRef") not in known]  # fmt: skip
    defined = {one.get("identifier") for one in model.iter(NS + "propertyDefinition")}
    found += [f"property {one.get('propertyDefinitionRef')}" for one in model.iter(NS + "property")
              if one.get("propertyDefinitionRef") not in defined]  # fmt: skip
    return found
