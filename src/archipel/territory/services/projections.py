"""The structure of today: Etablissement, Site, Uf and Lit follow the dated truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone

from archipel.territory.models import Etablissement, Lit, Site, Uf
from archipel.territory.queries.timelines import Structure, structure
from archipel.territory.rules.timeline import at
from archipel.territory.values import Content, Filiere, Key, Kind, Timeline, split_code

UF_FIELDS = [
    "name", "site", "pole", "service", "filiere", "types", "tracks_cleaning", "protected_beds", "provisional", "closed",
]  # fmt: skip
LIT_FIELDS = ["name", "usage", "single", "isolation", "position", "provisional", "closed"]
SITE_FIELDS = ["establishment", "name", "commune", "commune_insee", "latitude", "longitude", "provisional"]
ETABLISSEMENT_FIELDS = ["ght", "name", "short_name", "support", "provisional"]


def nearest(timeline: Timeline, day: date) -> tuple[Content, bool]:
    """How the entity is that day and False; when it is closed or not open yet, how it was or will be, and True."""
    present = at(timeline, day)
    if present is not None:
        return present, False
    past = [piece.content for piece in timeline if piece.valid_from <= day]
    return (past[-1] if past else timeline[0].content), True


class Today:
    """The structure on one day, with what each entity inherits from those above it."""

    def __init__(self, known: Structure, day: date) -> None:
        self.known = known
        self.state: dict[Key, tuple[Content, bool]] = {
            key: nearest(timeline, day) for key, timeline in known.timelines.items() if timeline
        }

    def above(self, key: Key) -> list[Key]:
        """The chain of parents, nearest first."""
        chain: list[Key] = []
        parent = self.state[key][0].parent if key in self.state else None
        while parent is not None and parent not in chain and len(chain) < len(Kind):
            chain.append(parent)
            parent = self.state[parent][0].parent if parent in self.state else None
        return chain

    def site(self, key: Key) -> str:
        """The EG where the entity is: its own, else that of the nearest parent that has one, "" when unknown."""
        for step in [key, *self.above(key)]:
            if step.kind is Kind.EG:
                return step.code
            if step in self.state and self.state[step][0].site:
                return self.state[step][0].site
        return ""

    def label(self, key: Key, kind: Kind) -> str:
        """The name of the parent of that kind, "" when there is none."""
        for step in self.above(key):
            if step.kind is kind:
                return self.state[step][0].name if step in self.state else step.code
        return ""

    def closed(self, key: Key) -> bool:
        """Whether the entity, or one above it, is closed."""
        return any(self.state[step][1] for step in [key, *self.above(key)] if step in self.state)


def _etablissement(today: Today, key: Key, content: Content, unsure: bool) -> Etablissement:
    values = content.attributes
    return Etablissement(
        code=key.code,
        ght=content.parent.code if content.parent else "",
        name=content.name,
        short_name=values.get("short_name", ""),
        support=bool(values.get("support", False)),
        provisional=unsure,
    )


def _site(today: Today, key: Key, content: Content, unsure: bool) -> Site:
    values = content.attributes
    return Site(
        finess=key.code,
        establishment=key.establishment,
        name=content.name,
        commune=values.get("commune", ""),
        commune_insee=values.get("commune_insee", ""),
        latitude=values.get("latitude"),
        longitude=values.get("longitude"),
        provisional=unsure,
    )


def _uf(today: Today, key: Key, content: Content, unsure: bool) -> Uf:
    values = content.attributes
    return Uf(
        establishment=key.establishment,
        code=key.code,
        name=content.name,
        site=today.site(key),
        pole=today.label(key, Kind.POLE),
        service=today.label(key, Kind.SERVICE),
        filiere=values.get("filiere", Filiere.AUTRE.value),
        types=values.get("types", []),
        tracks_cleaning=bool(values.get("tracks_cleaning", True)),
        protected_beds=values.get("protected_beds", 0),
        provisional=unsure,
        closed=today.closed(key),
    )


def _lit(today: Today, key: Key, content: Content, unsure: bool) -> Lit:
    values = content.attributes
    uf, chambre, lit = split_code(key.code)
    room = today.state.get(content.parent) if content.parent and content.parent.kind is Kind.CHAMBRE else None
    single = values.get("single", room[0].attributes.get("single", False) if room else False)
    return Lit(
        establishment=key.establishment,
        uf=uf,
        chambre=chambre,
        lit=lit,
        name=content.name,
        usage=values.get("usage", "lit"),
        single=bool(single),
        isolation=bool(values.get("isolation", False)),
        position=values.get("position", 0),
        provisional=unsure,
        closed=today.closed(key),
    )


def _replace(
    model: type[models.Model], rows: list[Any], identity: list[str], fields: list[str], owned: Mapping[str, Any]
) -> None:
    """Write the rows, and remove those of the same establishments that are no longer there."""
    manager = model._default_manager
    manager.bulk_create(rows, batch_size=5000, update_conflicts=True, unique_fields=identity, update_fields=fields)
    kept = {tuple(getattr(row, name) for name in identity) for row in rows}
    gone = [pk for pk, *found in manager.filter(**owned).values_list("pk", *identity) if tuple(found) not in kept]
    if gone:
        manager.filter(pk__in=gone).delete()


def refresh(establishments: Iterable[str], day: date | None = None) -> None:
    """Rebuild today's rows of the establishments from the dated truth.

    Also to be run once a day: a version dated in the future takes effect without any publication that day.
    """
    codes = {code for code in establishments if code}
    if not codes:
        return
    known = structure(codes)
    today = Today(known, day or timezone.localdate())
    rows: dict[Kind, list[Any]] = {Kind.EJ: [], Kind.EG: [], Kind.UF: [], Kind.LIT: []}
    makers = {Kind.EJ: _etablissement, Kind.EG: _site, Kind.UF: _uf, Kind.LIT: _lit}
    for key, (content, closed) in today.state.items():
        if key.kind not in makers or key.establishment not in codes or (key.kind is Kind.EG and closed):
            continue
        rows[key.kind].append(makers[key.kind](today, key, content, key in known.provisional))
    _replace(Etablissement, rows[Kind.EJ], ["code"], ETABLISSEMENT_FIELDS, {"code__in": codes})
    _replace(Site, rows[Kind.EG], ["finess"], SITE_FIELDS, {"establishment__in": codes})
    _replace(Uf, rows[Kind.UF], ["establishment", "code"], UF_FIELDS, {"establishment__in": codes})
    identity = ["establishment", "uf", "chambre", "lit"]
    _replace(Lit, rows[Kind.LIT], identity, LIT_FIELDS, {"establishment__in": codes})
