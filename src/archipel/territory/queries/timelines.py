"""From the tables to timelines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from archipel.territory.models import Entity, Relation, Version
from archipel.territory.rules.timeline import normalise
from archipel.territory.values import Content, Key, Kind, Piece, RelationKind, Timeline


@dataclass(frozen=True, slots=True)
class Structure:
    """The current timelines of some establishments (and of the GHT)."""

    timelines: dict[Key, Timeline]
    provisional: frozenset[Key]
    ids: dict[Key, int]

    def without_rows(self, keys: Iterable[Key]) -> list[Key]:
        """Those of the keys that no table row names yet."""
        return [key for key in keys if key not in self.ids]


def structure(establishments: Iterable[str] | None = None, *, known_at: datetime | None = None) -> Structure:
    """Read everything about some establishments, and always the GHT.

    Args:
        establishments: FINESS EJ; None for all.
        known_at: as it was known at that moment, rather than now.
    """
    entities = Entity.objects.all()
    versions = Version.objects.all()
    relations = Relation.objects.exclude(kind=RelationKind.SUCCESSION.value)
    if establishments is not None:
        wanted = {*establishments, ""}
        entities = entities.filter(establishment__in=wanted)
        versions = versions.filter(establishment__in=wanted)
        relations = relations.filter(establishment__in=wanted)
    if known_at is None:
        versions, relations = versions.filter(superseded_at=None), relations.filter(superseded_at=None)
    else:
        versions, relations = _known_versions(versions, known_at), _known_relations(relations, known_at)
    keys: dict[int, Key] = {}
    provisional = set()
    for entity, kind, establishment, code, unsure in entities.values_list(
        "id", "kind", "establishment", "code", "provisional"
    ):
        keys[entity] = key = Key(Kind(kind), establishment, code)
        if unsure:
            provisional.add(key)
    links = _links(relations, keys)
    pieces: dict[Key, list[Piece]] = defaultdict(list)
    rows = versions.values_list("entity_id", "valid_from", "valid_to", "name", "attributes")
    for entity, start, end, name, attributes in rows.order_by("entity_id", "valid_from"):
        content = Content(name, attributes)
        if entity in links:
            content = _attached(content, start, links[entity])
        pieces[keys[entity]].append(Piece(start, end, content))
    return Structure(
        timelines={key: normalise(found) for key, found in pieces.items()},
        provisional=frozenset(provisional),
        ids={key: entity for entity, key in keys.items()},
    )


def _known_versions(rows, moment: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - one queryset in, one out
    from_then = rows.filter(recorded_at__lte=moment)
    return from_then.filter(superseded_at=None) | from_then.filter(superseded_at__gt=moment)


_known_relations = _known_versions

Link = tuple[date, date | None, str, Key]


def _links(relations, keys: dict[int, Key]) -> dict[int, list[Link]]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """The dated parents and sites of each entity."""
    found: dict[int, list[Link]] = defaultdict(list)
    outside: dict[int, Key] = {}
    rows = list(relations.values_list("child_id", "parent_id", "kind", "valid_from", "valid_to"))
    strangers = {parent for _, parent, _, _, _ in rows} - keys.keys()
    if strangers:
        for entity, kind, establishment, code in Entity.objects.filter(id__in=strangers).values_list(
            "id", "kind", "establishment", "code"
        ):
            outside[entity] = Key(Kind(kind), establishment, code)
    for child, parent, kind, start, end in rows:
        found[child].append((start, end, kind, keys.get(parent) or outside[parent]))
    return found


def _attached(content: Content, start: date, links: list[Link]) -> Content:
    """The content with the parent and site of the period that begins on ``start``."""
    for begin, end, kind, parent in links:
        if begin <= start and (end is None or start < end):
            if kind == RelationKind.RATTACHEMENT.value:
                content = replace(content, parent=parent)
            else:
                content = replace(content, site=parent.code)
    return content
