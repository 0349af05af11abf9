"""Where a role is held: an establishment, a group of them (``ght:…``, ``region:…``), or the whole territory (``*``)."""

from __future__ import annotations

from collections.abc import Mapping

from archipel.foundation.accounts.groups import group_members, is_group
from archipel.foundation.accounts.groups import register as register_group_resolver
from archipel.foundation.accounts.queries import establishments_of_territory
from archipel.foundation.scope import EVERYWHERE, Capability, Scope

__all__ = ["holding", "may_at", "members", "priced", "register_group_resolver", "require_at"]


def members(place: str) -> frozenset[str]:
    """The establishments that a place stands for: itself, the members of a group, or all those of the territory."""
    if place == EVERYWHERE:
        return frozenset(establishments_of_territory())
    return group_members(place) if is_group(place) else frozenset({place})


def holding(grants: Mapping[str, frozenset[Capability]], capability: Capability) -> frozenset[str]:
    """The establishments for which the capability is held, ``*`` being all those of the territory."""
    places = {place for place, held in grants.items() if capability in held}
    return frozenset().union(*(members(place) for place in places))


def priced(grants: Mapping[str, frozenset[Capability]]) -> frozenset[str]:
    """The establishments whose prices may be read: by that right, or because their inventory is kept."""
    return holding(grants, Capability.VOIR_PRIX) | holding(grants, Capability.GERER_SYSTEMES)


def may_at(scope: Scope, capability: Capability, place: str) -> bool:
    """Whether the capability is held at a place; at a group, when it is held for every one of its members."""
    if scope.may(capability, place):
        return True
    inside = group_members(place) if is_group(place) else frozenset()
    return bool(inside) and all(scope.may(capability, one) for one in inside)


def require_at(scope: Scope, capability: Capability, place: str) -> None:
    """Raise Denied unless :func:`may_at`."""
    if not may_at(scope, capability, place):
        scope.require(capability, place)
