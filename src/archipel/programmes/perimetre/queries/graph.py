"""The graph at a date, as it was known at a moment: one query, kept until somebody says something new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date, datetime
from threading import Lock
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.utils import timezone

from archipel.programmes.perimetre.rules.graph import Graph, build
from archipel.programmes.perimetre.values import REGIONS, Certainty, Edge, Key, Kind, Link, Node
from archipel.territory.public import establishment_names

_KEPT = 24
_graphs: OrderedDict[tuple[Any, ...], Graph] = OrderedDict()
_lock = Lock()

_HOLDING = """
SELECT s.child_kind, s.child, s.link, s.parent_kind, s.parent, s.name, s.attributes, s.certainty, s.source,
  s.valid_from
FROM perimetre_statement s
WHERE NOT s.withdrawn AND s.valid_from <= %(at)s AND (s.valid_to IS NULL OR s.valid_to > %(at)s)
  AND s.recorded_at <= %(known)s
  AND NOT EXISTS (
    SELECT 1 FROM perimetre_statement r WHERE r.replaces_id = s.id AND r.recorded_at <= %(known)s
  )
"""


def graph(at: date | None = None, *, known_at: datetime | None = None) -> Graph:
    """The establishments and their relations at a date (today by default), as known at a moment (now by default).

    Costs one small query when nothing was said since the last call for the same date, two otherwise.
    """
    day = at or timezone.localdate()
    database = connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(max(id), 0) FROM perimetre_statement")
        state = cursor.fetchone()
    key = (database["HOST"], database["PORT"], database["NAME"], state, day, known_at)
    with _lock:
        found = _graphs.get(key)
        if found is not None:
            _graphs.move_to_end(key)
            return found
    read = _read(day, known_at or datetime.max.replace(tzinfo=timezone.get_current_timezone()))
    with _lock:
        _graphs[key] = read
        while len(_graphs) > _KEPT:
            _graphs.popitem(last=False)
    return read


def _read(day: date, known_at: datetime) -> Graph:
    nodes = [Node(Key(Kind.REGION, code), name, source="Code officiel géographique") for code, name in REGIONS.items()]
    edges: list[Edge] = []
    with connection.cursor() as cursor:
        cursor.execute(_HOLDING, {"at": day, "known": known_at})
        for (
            child_kind,
            child,
            link,
            parent_kind,
            parent,
            name,
            attributes,
            certainty,
            source,
            since,
        ) in cursor.fetchall():
            key, sure = Key(Kind(child_kind), child), Certainty(certainty)
            if link:
                edges.append(Edge(Link(link), key, Key(Kind(parent_kind), parent), source, sure, since))
            else:
                nodes.append(Node(key, name, MappingProxyType(_plain(attributes)), source, sure))
    return build(day, nodes, edges)


def _plain(attributes: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in attributes.items()} if isinstance(attributes, dict) else {}


def node(finess: str, at: date | None = None) -> Node | None:
    """The node of a FINESS number or of a GHT's code, at a date."""
    return graph(at).node(finess)


def members(ght: str, at: date | None = None) -> frozenset[str]:
    """The FINESS EJ of the members of a GHT, at a date."""
    return graph(at).establishments(Key(Kind.GHT, ght))


def in_region(code: str, at: date | None = None) -> frozenset[str]:
    """The FINESS EJ of a region (INSEE code): those of its GHT, and those attached to it by themselves."""
    return graph(at).establishments(Key(Kind.REGION, code))


def establishment_of(finess: str, at: date | None = None) -> str:
    """The FINESS EJ of a FINESS number, at a date; empty when it is unknown, or above the EJ."""
    known = graph(at)
    found = known.node(finess)
    legal = known.ej(found.key) if found else None
    return legal.code if legal else ""


def group_names(kind: Kind) -> dict[str, str]:
    """Code → French name of the GHT, or of the regions that hold an establishment, for the screens of accounts."""
    known = graph()
    word = "GHT " if kind is Kind.GHT else "Région "
    return {n.key.code: word + n.name for n in known.of_kind(kind) if known.ejs(n.key)}


def labels(keys: Iterable[Key], known: Graph) -> dict[Key, str]:
    """The name of each node; an EJ of the group by its short name."""
    wanted = list(keys)
    short = establishment_names() if any(key.kind is Kind.EJ for key in wanted) else {}
    found = {}
    for key in wanted:
        here = known.nodes.get(key)
        found[key] = short.get(key.code, "") if key.kind is Kind.EJ else ""
        found[key] = found[key] or (here.name if here else key.code)
    return found
