"""The groups of establishments for which a role may be held: ``ght:<code>``, ``region:<code>``.

Foundation knows establishments by code alone; the layer that knows who belongs to a group registers a kind once, in its
``AppConfig.ready``. A group that nobody resolves has no member, and gives nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Resolver = Callable[[str], Iterable[str]]
Lister = Callable[[], Mapping[str, str]]
SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class GroupKind:
    """How the groups of one kind are resolved (code → establishments) and listed (code → French name)."""

    resolver: Resolver
    names: Lister


_KINDS: dict[str, GroupKind] = {}


def _none() -> Mapping[str, str]:
    return {}


def register(kind: str, resolver: Resolver, names: Lister | None = None) -> None:
    """Say who resolves ``kind:code``, and which groups may be offered on screens; the last one registered counts."""
    _KINDS[kind] = GroupKind(resolver, names or _none)


def is_group(place: str) -> bool:
    """Whether the place is written as a group."""
    return SEPARATOR in place


def group_members(place: str) -> frozenset[str]:
    """The establishments (FINESS EJ) of a group; none when it is unknown."""
    kind, _, code = place.partition(SEPARATOR)
    known = _KINDS.get(kind)
    return frozenset(known.resolver(code)) if known else frozenset()


def group_names() -> dict[str, str]:
    """Place → French name of every group that may be given, by kind then name."""
    return {
        f"{kind}{SEPARATOR}{code}": name
        for kind, known in sorted(_KINDS.items())
        for code, name in sorted(known.names().items(), key=lambda item: item[1])
    }
