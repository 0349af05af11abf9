"""The graph that rules walk: what contains what, and the projects drawn over it. Immutable, cheap to look up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archipel.programmes.packs.values.base import Maille

Entity = tuple[str, str]

BELOW: Mapping[str, str] = {
    Maille.GHT: Maille.EJ,
    Maille.EJ: Maille.FINESS_PMSI,
    Maille.FINESS_PMSI: Maille.EG,
    Maille.PROJET: Maille.FINESS_PMSI,
}
"""The level of the members walked when a rule does not say it."""


class Projet(NamedTuple):
    """A project: the FINESS PMSI that bears it and all those of its perimeter, the bearer included."""

    key: Entity
    porteur: Entity
    perimetre: tuple[Entity, ...]


class Reseau:
    """Who contains whom, at a date."""

    __slots__ = ("_above", "_below", "_projects")

    def __init__(
        self, above: Mapping[Entity, Mapping[str, Entity]], below: Mapping[Entity, Mapping[str, tuple[Entity, ...]]],
        projects: Mapping[Entity, Projet],
    ) -> None:  # fmt: skip
        self._above = above
        self._below = below
        self._projects = projects

    @classmethod
    def build(cls, links: Iterable[tuple[Entity, Entity]], projects: Iterable[Projet] = ()) -> Reseau:
        """From (child, parent) pairs, each pair of levels ``(maille, code)``.

        A child has one parent at most at each level; the levels above are reached through any of its parents.
        """
        parents: dict[Entity, list[Entity]] = defaultdict(list)
        for child, parent in links:
            parents[child].append(parent)
        above: dict[Entity, dict[str, Entity]] = {}

        def climb(entity: Entity) -> dict[str, Entity]:
            known = above.get(entity)
            if known is None:
                known = above[entity] = {entity[0]: entity}
                for parent in sorted(parents.get(entity, ())):
                    for level, one in climb(parent).items():
                        known.setdefault(level, one)
            return known

        for child in list(parents):
            for parent in parents[child]:
                climb(parent)
            climb(child)
        below: dict[Entity, dict[str, list[Entity]]] = defaultdict(lambda: defaultdict(list))
        for entity in sorted(above):
            for one in above[entity].values():
                below[one][entity[0]].append(entity)
        frozen = {one: {level: tuple(found) for level, found in levels.items()} for one, levels in below.items()}
        return cls(above, frozen, {project.key: project for project in projects})

    def with_projects(self, projects: Iterable[Projet]) -> Reseau:
        """The same graph, with these projects drawn over it."""
        return Reseau(self._above, self._below, {**self._projects, **{one.key: one for one in projects}})

    def containing(self, entity: Entity, level: str) -> Entity | None:
        """The entity of a level that contains this one (or is it); ``porteur`` for the bearer of a project."""
        if level == "porteur":
            project = self._projects.get(entity)
            return project.porteur if project else None
        if entity[0] == level:
            return entity
        found = self._above.get(entity)
        return found.get(level) if found else None

    def members(self, entity: Entity, level: str) -> tuple[Entity, ...]:
        """The entities of a level inside this one; those of its perimeter for a project."""
        project = self._projects.get(entity)
        if project is not None:
            if level == Maille.FINESS_PMSI:
                return project.perimetre
            return tuple(sorted({found for one in project.perimetre for found in self._at(one, level)}))
        return self._at(entity, level)

    def _at(self, entity: Entity, level: str) -> tuple[Entity, ...]:
        if entity[0] == level:
            return (entity,)
        found = self._below.get(entity, {}).get(level)
        if found is not None:
            return found
        up = self.containing(entity, level)
        return (up,) if up is not None else ()

    def perimeter(self, entity: Entity) -> tuple[Entity, ...]:
        """The FINESS PMSI of a project, or those that the entity would bring alone."""
        return self.members(entity, Maille.FINESS_PMSI)
