"""Maps of the information systems: what is drawn, before and after it has a place."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from archipel.domains.systems.values.records import Key


class View(StrEnum):
    """The four maps."""

    APPLICATIONS = "applications"
    FLUX = "flux"
    INFRASTRUCTURE = "infrastructure"
    EDITEURS = "editeurs"


VIEW_LABELS = {
    View.APPLICATIONS: "Applications",
    View.FLUX: "Flux",
    View.INFRASTRUCTURE: "Infrastructure",
    View.EDITEURS: "Éditeurs",
}
GROUPINGS = {"domaine": "Domaine", "membre": "Établissement", "editeur": "Éditeur", "hebergement": "Hébergement"}
"""What the boxes of a map stand for."""
LEVELS: dict[View, tuple[tuple[str, str], ...]] = {
    View.APPLICATIONS: (("application", "Applications"), ("module", "Modules")),
    View.FLUX: (("application", "Applications"),),
    View.INFRASTRUCTURE: (
        ("application", "Applications"), ("equipement", "Équipements"), ("technologie", "Technologies"),
    ),
    View.EDITEURS: (
        ("editeur", "Éditeurs"), ("produit", "Produits"), ("technologie", "Technologies"),
        ("application", "Applications"),
    ),
}  # fmt: skip
"""The levels of each map, from the top down: code, label."""
LINKS: dict[View, tuple[tuple[str, str], ...]] = {
    View.APPLICATIONS: (
        ("depend", "Dépend de"), ("instance", "Même instance"), ("flux", "Échange"), ("module", "Module de"),
    ),
    View.FLUX: (
        ("hl7", "HL7 v2"), ("fhir", "FHIR"), ("dicom", "DICOM"), ("ihe", "IHE, CDA"), ("hprim", "HPRIM"),
        ("fichier", "Fichier"), ("service", "Service web"), ("autre", "Autre norme, ou inconnue"),
    ),
    View.INFRASTRUCTURE: (("porte", "Porté par"), ("repose", "Repose sur")),
    View.EDITEURS: (("edite", "Édite"), ("installe", "Installé"), ("repose", "Repose sur")),
}  # fmt: skip
"""The kinds of links of each map: code, label."""
HIDDEN: dict[View, frozenset[str]] = {View.APPLICATIONS: frozenset({"module"})}
"""Levels and links that are hidden until they are asked for."""
DEEPEST = 3
"""How many steps away from one thing its neighbours may be shown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a map; everything empty: the whole of it."""

    view: View = View.APPLICATIONS
    group_by: str = "domaine"
    establishments: frozenset[str] = frozenset()
    domain: str = ""
    vendor: str = ""
    hosting: str = ""
    text: str = ""
    hidden: frozenset[str] = frozenset()
    focus: str = ""
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Node:
    """One thing on a map."""

    id: str
    level: str
    name: str
    detail: str
    place: str
    group: str
    rank: int = 0
    """Of its group, among the groups."""
    key: Key | None = None
    """Its sheet in the inventory, when it has one."""


@dataclass(frozen=True, slots=True)
class Link:
    """From one node to another, by their positions in the list; ``count`` of what it stands for."""

    source: int
    target: int
    kind: str
    label: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Graph:
    """A map without places."""

    asked: Asked
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    focus: int | None = None
    """The position of the node around which the map is drawn."""


@dataclass(frozen=True, slots=True)
class Box:
    """A group and its rectangle."""

    label: str
    level: str
    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Band:
    """A level and the height at which it begins."""

    label: str
    y: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A map with places: the top left corner of each node, the boxes, the whole size."""

    graph: Graph
    points: tuple[tuple[float, float], ...]
    boxes: tuple[Box, ...]
    bands: tuple[Band, ...]
    width: float
    height: float
    box_of: tuple[int, ...] = field(default=())
    """For each node the position of its box; -1: none."""
