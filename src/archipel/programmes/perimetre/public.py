"""What the layers above may use of the graph of establishments."""

from archipel.programmes.perimetre.queries.graph import (
    establishment_of,
    graph,
    in_region,
    labels,
    members,
    node,
)
from archipel.programmes.perimetre.rules.graph import HYPOTHESIS, Graph
from archipel.programmes.perimetre.services.sources import load_reference, sync_territory, sync_tick
from archipel.programmes.perimetre.values import KIND_LABELS, REGIONS, Certainty, Edge, Key, Kind, Link, Node

__all__ = [
    "HYPOTHESIS",
    "KIND_LABELS",
    "REGIONS",
    "Certainty",
    "Edge",
    "Graph",
    "Key",
    "Kind",
    "Link",
    "Node",
    "establishment_of",
    "graph",
    "in_region",
    "labels",
    "load_reference",
    "members",
    "node",
    "sync_territory",
    "sync_tick",
]
