"""If this stops, what stops with it, where, and after how long."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from archipel.domains.systems.values.records import Inventory, Record
from archipel.domains.systems.values.schema import Kind

Node = tuple[str, str]
"""(FINESS EJ, code of the application)."""


@dataclass(frozen=True, slots=True)
class Edge:
    """``target`` suffers when the source stops; ``why`` says through what."""

    target: Node
    why: str


@dataclass(frozen=True, slots=True)
class Fall:
    """One application that stops, ``hours`` after the first, because of another one (None: the first itself)."""

    record: Record
    hours: Decimal
    cause: Record | None
    why: str
    supposed: bool
    """It is not known how long it holds without what it needs: it is supposed to stop at once."""
    depth: int


def edges(known: Inventory) -> dict[Node, list[Edge]]:
    """Who suffers from whom: declared dependencies, flows received, and the other members of a shared instance."""
    found: dict[Node, list[Edge]] = defaultdict(list)
    shared: dict[str, list[Node]] = defaultdict(list)
    for one in known.live():
        node = (one.key.establishment, one.key.code)
        for code in one.items("depend_de"):
            found[one.key.establishment, code].append(Edge(node, "en dépend"))
        if one.text("instance"):
            shared[one.text("instance")].append(node)
    for one in known.of(Kind.INTERFACE):
        source = (one.key.establishment, one.text("source"))
        target = (one.text("etablissement_cible") or one.key.establishment, one.text("cible"))
        what = one.text("objet") or one.text("norme") or "un flux"
        found[source].append(Edge(target, f"ne reçoit plus {what}"))
    for name, nodes in shared.items():
        for node in nodes:
            found[node] += [Edge(other, f"même instance « {name} »") for other in nodes if other != node]
    return dict(found)


def cascade(known: Inventory, start: Iterable[Node], graph: Mapping[Node, list[Edge]] | None = None) -> list[Fall]:
    """What stops when some applications stop, soonest first.

    A thing stops as soon as the time that it holds without one of its inputs has run out (``tolerance_h``); a shared
    instance stops for all its members at once. The shortest time wins (Dijkstra).
    """
    graph = edges(known) if graph is None else graph
    records = {(one.key.establishment, one.key.code): one for one in known.live()}
    falls: dict[Node, Fall] = {}
    queue: list[tuple[Decimal, int, Node, Node | None, str, bool, int]] = []
    for node in start:
        if node in records:
            heapq.heappush(queue, (Decimal(0), len(queue), node, None, "s'arrête", False, 0))
    turn = len(queue)
    while queue:
        hours, _, node, cause, why, supposed, depth = heapq.heappop(queue)
        if node in falls:
            continue
        falls[node] = Fall(records[node], hours, records[cause] if cause else None, why, supposed, depth)
        for edge in graph.get(node, ()):
            if edge.target in falls or edge.target not in records:
                continue
            holds = Decimal(0) if edge.why.startswith("même instance") else records[edge.target].number("tolerance_h")
            turn += 1
            step = (hours + (holds or 0), turn, edge.target, node, edge.why, holds is None, depth + 1)
            heapq.heappush(queue, step)
    return sorted(falls.values(), key=lambda fall: (fall.hours, fall.depth, fall.record.key))


@dataclass(frozen=True, slots=True)
class Weakness:
    """An application whose stop takes others with it."""

    record: Record
    stopped: int
    establishments: int
    units: int
    within_a_day: int


def weaknesses(known: Inventory, limit: int = 20) -> list[Weakness]:
    """The applications whose stop takes the most others with it: single points of failure, the worst first."""
    graph = edges(known)
    live = {(one.key.establishment, one.key.code): one for one in known.live()}
    following = {node: [e.target for e in graph.get(node, ()) if e.target in live] for node in live}
    counted = [(_reached(node, following), node) for node in live if following[node]]
    ranked = sorted(counted, key=lambda pair: (-pair[0], pair[1]))[:limit]
    return [_weakness(known, live[node], graph) for count, node in ranked if count]


def _reached(start: Node, following: Mapping[Node, list[Node]]) -> int:
    """How many others stop with one, whatever the time."""
    seen, todo = {start}, [start]
    while todo:
        for other in following[todo.pop()]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return len(seen) - 1


def _weakness(known: Inventory, record: Record, graph: Mapping[Node, list[Edge]]) -> Weakness:
    falls = cascade(known, [(record.key.establishment, record.key.code)], graph)[1:]
    places = {fall.record.key.establishment for fall in falls} | {record.key.establishment}
    units = {(fall.record.key.establishment, uf) for fall in falls for uf in fall.record.items("unites")}
    return Weakness(record, len(falls), len(places), len(units), sum(fall.hours <= 24 for fall in falls))
