"""The functional reference model: what a hospital information system is expected to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """A family of functions; ``after`` are the groups that must converge first."""

    id: str
    label: str
    rank: int
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """One function; ``mandatory`` for every member, and ``why``."""

    id: str
    label: str
    group: str
    mandatory: bool
    why: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionModel:
    """The whole model, in the order of its file."""

    version: str
    source: str
    groups: tuple[Group, ...]
    functions: tuple[Function, ...]

    @property
    def by_id(self) -> Mapping[str, Function]:
        """The functions by id."""
        return {one.id: one for one in self.functions}

    def group(self, identifier: str) -> Group:
        """One group. Raises KeyError when unknown."""
        return next(one for one in self.groups if one.id == identifier)
