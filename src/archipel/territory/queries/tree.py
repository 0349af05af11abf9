"""The structure on any day, and the history of one entity."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from archipel.kernel.errors import NotFound
from archipel.territory import models
from archipel.territory.queries.timelines import Structure, structure
from archipel.territory.rules.attributes import ATTRIBUTES, column_of, show
from archipel.territory.rules.timeline import at
from archipel.territory.values import (
    FILIERE_LABELS,
    KIND_LABELS,
    LEVEL,
    Content,
    Key,
    Kind,
    RelationKind,
    plain_code,
    split_code,
)


@dataclass(slots=True)
class Node:
    """One entity of the tree on a day. ``counts`` says what is under it, by kind, beds of EDs included."""

    id: int
    key: Key
    name: str
    provisional: bool
    filiere: str = ""
    children: list[Node] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)

    @property
    def code(self) -> str:
        """The code as people read it."""
        return plain_code(self.key.code) if self.key.kind in (Kind.CHAMBRE, Kind.LIT) else self.key.code

    @property
    def label(self) -> str:
        """The kind in words."""
        return KIND_LABELS[self.key.kind]

    @property
    def summary(self) -> str:
        """What is under it, in words."""
        words = ((Kind.EJ, "établissement"), (Kind.EG, "site"), (Kind.UF, "UF"), (Kind.LIT, "lit"))
        parts = []
        for kind, word in words:
            if count := self.counts[kind]:
                parts.append(f"{count} {word}{'s' if count > 1 and word != 'UF' else ''}")
        return ", ".join(parts)


def structure_at(day: date, establishments: list[str] | None = None, *, depth: Kind = Kind.UF) -> list[Node]:
    """The trees of the group as it was, or will be, that day; counts go down to the beds whatever the depth.

    Args:
        day: the day.
        establishments: FINESS EJ; None for all.
        depth: the lowest kind whose nodes are given.
    """
    known = structure(establishments)
    nodes: dict[Key, Node] = {}
    contents: dict[Key, Content] = {}
    for key, timeline in known.timelines.items():
        content = at(timeline, day)
        if content is None:
            continue
        contents[key] = content
        filiere = FILIERE_LABELS.get(content.attributes.get("filiere", ""), "") if key.kind is Kind.UF else ""
        nodes[key] = Node(known.ids[key], key, content.name, key in known.provisional, filiere)
    roots: list[Node] = []
    for key in sorted(nodes, key=lambda key: (LEVEL[key.kind], contents[key].name.casefold(), key.code)):
        parent = contents[key].parent
        if parent is not None and parent in nodes:
            if LEVEL[key.kind] <= LEVEL[depth]:
                nodes[parent].children.append(nodes[key])
        elif LEVEL[key.kind] <= LEVEL[depth]:
            roots.append(nodes[key])
    for key in sorted(nodes, key=lambda key: -LEVEL[key.kind]):
        parent = contents[key].parent
        if parent is not None and parent in nodes:
            nodes[parent].counts[key.kind] += 1
            nodes[parent].counts.update(nodes[key].counts)
    return roots


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One version of an entity, present or replaced."""

    valid_from: date
    valid_to: date | None
    name: str
    attributes: tuple[tuple[str, str], ...]
    recorded_at: datetime
    superseded_at: datetime | None
    publication: int
    source: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class RelationLine:
    """A typed, dated link with another entity, seen from one side."""

    kind: str
    other_id: int
    other: Key
    upwards: bool
    valid_from: date
    valid_to: date | None
    superseded: bool

    @property
    def label(self) -> str:
        """The relation in words, seen from the entity of the page."""
        words = {
            ("rattachement", True): "rattaché à",
            ("rattachement", False): "porte",
            ("implantation", True): "travaille sur",
            ("implantation", False): "accueille",
            ("succession", True): "succède à",
            ("succession", False): "remplacé par",
        }
        return words.get((self.kind, self.upwards), self.kind)


@dataclass(frozen=True, slots=True)
class EntityView:
    """Everything about one entity."""

    id: int
    key: Key
    name: str
    provisional: bool
    open: bool
    attributes: tuple[tuple[str, str], ...]
    history: tuple[HistoryLine, ...]
    relations: tuple[RelationLine, ...]


def _readable(kind: Kind, attributes: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    rows = []
    known = [item.name for item in ATTRIBUTES[kind]]
    for name in sorted(attributes, key=lambda n: (n not in known, n)):
        value = attributes[name]
        if isinstance(value, dict):
            for part, inside in sorted(value.items()):
                text = ", ".join(f"{k} {v}" for k, v in inside.items()) if isinstance(inside, dict) else show(inside)
                rows.append((f"{name} {part}", text))
        else:
            rows.append((column_of(kind, name), show(value)))
    return tuple(rows)


def entity_key(entity: int) -> Key:
    """The name of an entity by its number.

    Raises:
        NotFound: there is none.
    """
    row = models.Entity.objects.filter(pk=entity).first()
    if row is None:
        raise NotFound(f"L'entité n° {entity} n'existe pas.", code="entite-inconnue")
    return Key(Kind(row.kind), row.establishment, row.code)


def history(entity: int, day: date) -> EntityView:
    """An entity with all its versions, replaced ones included, and its relations.

    Raises:
        NotFound: there is none.
    """
    key = entity_key(entity)
    provisional = models.Entity.objects.filter(pk=entity, provisional=True).exists()
    rows = models.Version.objects.filter(entity_id=entity).select_related("publication")
    lines = tuple(
        HistoryLine(
            row.valid_from, row.valid_to, row.name, _readable(key.kind, row.attributes), row.recorded_at,
            row.superseded_at, row.publication_id, row.publication.source, row.publication.actor,
            row.publication.reason,
        )
        for row in rows.order_by("superseded_at", "-valid_from", "-id")
    )  # fmt: skip
    current = [line for line in lines if line.superseded_at is None]
    open_now = [line for line in current if line.valid_from <= day and (line.valid_to is None or day < line.valid_to)]
    shown = next(iter(open_now or current or list(lines)), None)
    return EntityView(
        entity, key, shown.name if shown else key.code, provisional, bool(open_now),
        shown.attributes if shown else (), lines, _relations(entity),
    )  # fmt: skip


def _relations(entity: int) -> tuple[RelationLine, ...]:
    rows = models.Relation.objects.filter(Q(child_id=entity) | Q(parent_id=entity), superseded_at=None)
    found = []
    for row in rows.select_related("child", "parent").order_by("kind", "valid_from")[:500]:
        upwards = row.child_id == entity
        other = row.parent if upwards else row.child
        key = Key(Kind(other.kind), other.establishment, other.code)
        found.append(RelationLine(row.kind, other.pk, key, upwards, row.valid_from, row.valid_to, False))
    order = [kind.value for kind in RelationKind]
    return tuple(sorted(found, key=lambda line: (not line.upwards, order.index(line.kind), line.other)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A provisional entity that waits for somebody; ``beds`` is how many provisional beds are under it."""

    id: int
    key: Key
    name: str
    since: date | None
    source: str
    beds: int


def waiting(establishments: list[str] | None = None) -> list[Waiting]:
    """Provisional establishments, sites and UF, and rooms and beds whose UF is validated."""
    if not models.Entity.objects.filter(provisional=True).exists():
        return []
    known: Structure = structure(establishments)
    covered: Counter[Key] = Counter()
    shown: list[Key] = []
    for key in sorted(known.provisional, key=lambda key: (LEVEL[key.kind], key)):
        timeline = known.timelines.get(key)
        if not timeline:
            continue
        uf = Key(Kind.UF, key.establishment, split_code(key.code)[0])
        if key.kind in (Kind.CHAMBRE, Kind.LIT) and uf in known.provisional:
            covered[uf] += key.kind is Kind.LIT
            continue
        shown.append(key)
    sources = dict(
        models.Version.objects.filter(entity_id__in=[known.ids[key] for key in shown], superseded_at=None)
        .order_by("-valid_from")
        .values_list("entity_id", "publication__source")
    )
    return [
        Waiting(
            known.ids[key], key, known.timelines[key][-1].content.name, known.timelines[key][0].valid_from,
            sources.get(known.ids[key], ""), covered[key],
        )
        for key in shown
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicationLine:
    """A publication in the list of the latest ones."""

    id: int
    at: datetime
    actor: str
    source: str
    reason: str
    entities: int
    undone: bool


def publications(limit: int = 30) -> list[PublicationLine]:
    """The latest publications, those of provisional entities left aside."""
    rows = models.Publication.objects.exclude(source__startswith="provisoire:").order_by("-id")[:limit]
    undone = set(models.Publication.objects.filter(undoes__isnull=False).values_list("undoes_id", flat=True))
    return [
        PublicationLine(
            row.pk, row.at, row.actor, row.source, row.reason, row.summary.get("entites", 0), row.pk in undone
        )
        for row in rows
    ]
