"""Where a role is held: an establishment, a group of them (``ght:…``, ``region:…``), or the whole territory (``*``).

Foundation knows establishments by code alone; who belongs to a group is told by the layer that knows, which registers
a resolver. A group that nobody resolves gives nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from archipel.foundation.accounts.queries import establishments_of_territory
from archipel.foundation.scope import EVERYWHERE, Capability

GroupResolver = Callable[[str], Iterable[str]]
_RESOLVERS: dict[str, GroupResolver] = {}


def register_group_resolver(kind: str, resolver: GroupResolver) -> None:
    """Say who resolves the places ``kind:code``; the resolver gives the establishments (FINESS EJ) of a code."""
    _RESOLVERS[kind] = resolver


def members(place: str) -> frozenset[str]:
    """The establishments that a place stands for: itself, the members of a group, or all those of the territory."""
    if place == EVERYWHERE:
        return frozenset(establishments_of_territory())
    kind, separator, code = place.partition(":")
    if not separator:
        return frozenset({place})
    resolver = _RESOLVERS.get(kind)
    return frozenset(resolver(code)) if resolver else frozenset()


def holding(grants: Mapping[str, frozenset[Capability]], capability: Capability) -> frozenset[str]:
    """The establishments for which the capability is held, ``*`` being all those of the territory."""
    places = {place for place, held in grants.items() if capability in held}
    return frozenset().union(*(members(place) for place in places))
