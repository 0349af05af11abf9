"""The graph at a date: regions, GHT, EJ, EG and FINESS PMSI, and how to walk it. Immutable and pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from archipel.programmes.perimetre.values import Certainty, Edge, Key, Kind, Link, Node

PUBLIC = "public"
HYPOTHESIS = (
    "Hypothèse : un établissement public transmet son PMSI sous le numéro FINESS de son entité juridique, et sous lui "
    "seul, tant que personne n'a dit le contraire."
)
_ORDER = (Kind.EJ, Kind.PMSI, Kind.EG, Kind.GHT, Kind.REGION)
"""How a bare code is understood, the usual way first."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and relations at a date. Build it with :func:`build`."""

    at: date
    nodes: Mapping[Key, Node]
    edges: tuple[Edge, ...]
    up: Mapping[tuple[Key, Link], Edge] = field(repr=False)
    down: Mapping[tuple[Key, Link], tuple[Edge, ...]] = field(repr=False)

    def node(self, code: str, kind: Kind | None = None) -> Node | None:
        """The node of a code; of several kinds, the EJ first, then the FINESS PMSI, the EG, the GHT, the region."""
        for one in (kind,) if kind else _ORDER:
            found = self.nodes.get(Key(one, code))
            if found is not None:
                return found
        return None

    def parent(self, key: Key, link: Link) -> Key | None:
        """What the node hangs from by a relation."""
        edge = self.up.get((key, link))
        return edge.parent if edge else None

    def children(self, key: Key, link: Link) -> tuple[Key, ...]:
        """What hangs from the node by a relation, by code."""
        return tuple(edge.child for edge in self.down.get((key, link), ()))

    def ej(self, key: Key) -> Key | None:
        """The EJ that a node is, or belongs to; None above the EJ."""
        if key.kind is Kind.EJ:
            return key
        if key.kind is Kind.EG:
            return self.parent(key, Link.RATTACHEMENT)
        return self.parent(key, Link.PMSI) if key.kind is Kind.PMSI else None

    def ght(self, key: Key) -> Key | None:
        """The GHT that a node is, or is inside."""
        if key.kind is Kind.GHT:
            return key
        legal = self.ej(key)
        return self.parent(legal, Link.MEMBRE) if legal else None

    def region(self, key: Key) -> Key | None:
        """The region that a node is, or is inside: that of its GHT, else that of its EJ."""
        if key.kind is Kind.REGION:
            return key
        for one in (self.ght(key), self.ej(key)):
            found = self.parent(one, Link.REGION) if one else None
            if found:
                return found
        return None

    def ejs(self, key: Key) -> tuple[Key, ...]:
        """The EJ of a node: itself, the one it belongs to, the members of a GHT, or all those of a region."""
        if key.kind is Kind.GHT:
            return self.children(key, Link.MEMBRE)
        if key.kind is Kind.REGION:
            inside = self.children(key, Link.REGION)
            own = (one for one in inside if one.kind is Kind.EJ)
            members = (one for ght in inside if ght.kind is Kind.GHT for one in self.children(ght, Link.MEMBRE))
            return tuple(sorted({*own, *members}))
        legal = self.ej(key)
        return (legal,) if legal else ()

    def pmsi(self, key: Key) -> tuple[Key, ...]:
        """The FINESS PMSI of a node: itself, that of a site, or those of its EJ."""
        if key.kind is Kind.PMSI:
            return (key,)
        counted = self.parent(key, Link.SITE_PMSI) if key.kind is Kind.EG else None
        if counted:
            return (counted,)
        return tuple(one for legal in self.ejs(key) for one in self.children(legal, Link.PMSI))

    def egs(self, key: Key) -> tuple[Key, ...]:
        """The sites of a node: itself, those counted under a FINESS PMSI, or those of its EJ."""
        if key.kind is Kind.EG:
            return (key,)
        if key.kind is Kind.PMSI and (counted := self.children(key, Link.SITE_PMSI)):
            return counted
        return tuple(one for legal in self.ejs(key) for one in self.children(legal, Link.RATTACHEMENT))

    def at_level(self, key: Key, kind: Kind) -> tuple[Key, ...]:
        """The nodes of a level that a node stands for, upward or downward."""
        if kind is Kind.EJ:
            return self.ejs(key)
        if kind is Kind.PMSI:
            return self.pmsi(key)
        if kind is Kind.EG:
            return self.egs(key)
        if kind is Kind.REGION:
            found = self.region(key)
            return (found,) if found else ()
        if key.kind is Kind.REGION:
            return tuple(one for one in self.children(key, Link.REGION) if one.kind is Kind.GHT)
        found = self.ght(key)
        return (found,) if found else ()

    def support(self, ght: Key) -> Key | None:
        """The supporting establishment of a GHT."""
        return next(iter(self.children(ght, Link.SUPPORT)), None)

    def establishments(self, key: Key) -> frozenset[str]:
        """The FINESS EJ whose accounts a node concerns."""
        return frozenset(one.code for one in self.ejs(key))

    def edge(self, key: Key, link: Link) -> Edge | None:
        """The relation itself, with its source."""
        return self.up.get((key, link))

    def of_kind(self, kind: Kind) -> tuple[Node, ...]:
        """The nodes of a level, by code."""
        return tuple(sorted((n for k, n in self.nodes.items() if k.kind is kind), key=lambda n: n.key.code))


def is_public(node: Node, member: bool) -> bool:
    """Whether an EJ is public: it says so, or says nothing and is a member of a GHT (public by law, L6132-1)."""
    said = node.attributes.get("statut", "")
    return said == PUBLIC or (not said and member)


def _supposed(nodes: Mapping[Key, Node], edges: Iterable[Edge]) -> tuple[list[Node], list[Edge]]:
    """The FINESS PMSI supposed for each public EJ of which nobody said any."""
    told = {edge.parent for edge in edges if edge.link is Link.PMSI}
    members = {edge.child for edge in edges if edge.link is Link.MEMBRE}
    new_nodes, new_edges = [], []
    for key, node in nodes.items():
        own = Key(Kind.PMSI, key.code)
        if key.kind is not Kind.EJ or key in told or own in nodes or not is_public(node, key in members):
            continue
        new_nodes.append(Node(own, node.name, node.attributes, HYPOTHESIS, Certainty.HYPOTHESE))
        new_edges.append(Edge(Link.PMSI, own, key, HYPOTHESIS, Certainty.HYPOTHESE))
    return new_nodes, new_edges


def build(at: date, nodes: Iterable[Node], edges: Iterable[Edge]) -> Graph:
    """The graph of the statements that hold at a date, completed with the supposed FINESS PMSI.

    A relation whose child or parent is unknown at the date is left aside.
    """
    known = {node.key: node for node in nodes}
    kept = [edge for edge in edges if edge.child in known and edge.parent in known]
    more_nodes, more_edges = _supposed(known, kept)
    known |= {node.key: node for node in more_nodes}
    whole = sorted([*kept, *more_edges], key=lambda e: (e.link, e.parent, e.child))
    down: dict[tuple[Key, Link], list[Edge]] = defaultdict(list)
    for edge in whole:
        down[edge.parent, edge.link].append(edge)
    return Graph(
        at=at,
        nodes=MappingProxyType(known),
        edges=tuple(whole),
        up=MappingProxyType({(edge.child, edge.link): edge for edge in whole}),
        down=MappingProxyType({key: tuple(found) for key, found in down.items()}),
    )
