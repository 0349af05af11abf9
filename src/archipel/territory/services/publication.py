"""The one path by which the structure changes: dated, historised, checked, audited."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, Invalid
from archipel.territory import models
from archipel.territory.queries.timelines import Structure, structure
from archipel.territory.rules.attributes import canonical
from archipel.territory.rules.checks import check
from archipel.territory.rules.timeline import apply
from archipel.territory.services.projections import refresh
from archipel.territory.services.provisional import LOCK
from archipel.territory.values import LEVEL, Change, Key, Kind, Piece, RelationKind, Timeline


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published: its number, and how many entities it touched."""

    id: int
    at: datetime
    changed: int
    establishments: tuple[str, ...]


def plain(timeline: Timeline) -> list[Any]:
    """A timeline as JSON values."""
    return [
        [
            piece.valid_from.isoformat(),
            piece.valid_to.isoformat() if piece.valid_to else None,
            piece.content.name,
            dict(piece.content.attributes),
            list(piece.content.parent) if piece.content.parent else None,
            piece.content.site,
        ]
        for piece in timeline
    ]


def digest(changes: Sequence[Change], known: Structure) -> str:
    """SHA-256 of what would change and of what it was before: two equal digests mean the same act."""
    facts = [
        [
            list(change.key),
            change.since.isoformat(),
            plain(change.pieces),
            change.provisional,
            plain(known.timelines.get(change.key, ())),
            change.key in known.provisional,
        ]
        for change in sorted(changes, key=lambda change: (change.key, change.since))
    ]
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def applied(changes: Iterable[Change], known: Structure) -> tuple[dict[Key, Timeline], frozenset[Key]]:
    """The timelines once the changes are made, and which entities are provisional then.

    Raises:
        Invalid: a change contradicts itself.
    """
    after = dict(known.timelines)
    unsure = set(known.provisional)
    for change in changes:
        try:
            after[change.key] = apply(after.get(change.key, ()), canonical_change(change))
        except ValueError as error:
            raise Invalid(f"{change.key} : périodes incohérentes ({error}).", code="structure-periodes") from error
        if change.provisional is not None:
            (unsure.add if change.provisional else unsure.discard)(change.key)
    return after, frozenset(unsure)


def canonical_change(change: Change) -> Change:
    """The same change, its attributes in canonical form."""
    kind = change.key.kind
    pieces = tuple(
        replace(piece, content=replace(piece.content, attributes=canonical(kind, piece.content.attributes)))
        for piece in change.pieces
    )
    return replace(change, pieces=pieces)


def lock() -> None:
    """Wait for whoever is changing the structure; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def publish(
    *,
    scope: Scope,
    changes: Sequence[Change],
    source: str,
    effective_on: date,
    reason: str = "",
    expected: str | None = None,
    undoes: int | None = None,
) -> Publication:
    """Publish the changes as a whole, or not at all.

    Args:
        scope: who publishes; needs the structure capability for every establishment touched.
        changes: what changes (see :class:`Change`).
        source: ``ficom:<file>``, ``mfn:<message>``, ``reference:<name>``, ``saisie`` …
        effective_on: the date shown for the publication as a whole; each change carries its own.
        reason: why, kept with the publication and in the audit trail.
        expected: the digest of the dry run that was accepted; None when there was none.
        undoes: the publication that this one reverses.

    Raises:
        Denied: the account may not change one of the establishments.
        Conflict: the structure changed since the dry run.
        Invalid: the result would break a rule; the message names the first one.
    """
    places = tuple(sorted({change.key.establishment for change in changes}))
    for place in places:
        scope.require(Capability.GERER_STRUCTURE, place or "*")
    with transaction.atomic():
        lock()
        known = structure(_concerned(changes))
        after = _accepted(changes, known, expected)
        row = models.Publication.objects.create(
            at=timezone.now(), actor=scope.actor, source=source, reason=reason, effective_on=effective_on,
            establishment=places[0] if len(places) == 1 else "", undoes_id=undoes,
        )  # fmt: skip
        changed = _write(row, changes, known, after)
        validated = [list(c.key) for c in changes if c.provisional is False and c.key in known.provisional]
        row.summary = {"entites": changed, "etablissements": list(places), "validees": validated}
        row.save(update_fields=["summary"])
        refresh(_to_refresh(places))
        for place in places:
            record(
                scope=scope, action="structure.publier", establishment=place, object_type="publication",
                object_key=str(row.pk), reason=reason, details={"source": source, "entites": changed},
            )  # fmt: skip
    return Publication(row.pk, row.at, changed, places)


def _accepted(changes: Sequence[Change], known: Structure, expected: str | None) -> dict[Key, Timeline]:
    """The timelines after the changes, once it is sure that they may be published.

    Raises:
        Conflict, Invalid: as :func:`publish` says.
    """
    if expected is not None and digest(changes, known) != expected:
        raise Conflict(
            "La structure a changé depuis l'essai à blanc : refaites-le avant de publier.", code="structure-changee"
        )
    after, unsure = applied(changes, known)
    blocking = [found for found in check(after, [c.key for c in changes], unsure, {}) if found.blocking]
    if blocking:
        more = f" ({len(blocking)} problèmes en tout)" if len(blocking) > 1 else ""
        raise Invalid(blocking[0].message + more, code=blocking[0].code)
    return after


def _concerned(changes: Sequence[Change]) -> set[str]:
    """The establishments whose structure is needed to judge: those of the changes and of their parents."""
    found = {change.key.establishment for change in changes}
    for change in changes:
        found.update(piece.content.parent.establishment for piece in change.pieces if piece.content.parent)
    return found | (set(_all()) if "" in found else set())


def _all() -> list[str]:
    return list(models.Etablissement.objects.values_list("code", flat=True))


def _to_refresh(places: Sequence[str]) -> set[str]:
    return {*places, *(_all() if "" in places else ())}


def _write(row: models.Publication, changes: Sequence[Change], known: Structure, after: Mapping[Key, Timeline]) -> int:
    """Write what differs; returns how many entities did."""
    ids = _entities(changes, known, after)
    touched = sorted({change.key for change in changes})
    flags = {change.key: change.provisional for change in changes if change.provisional is not None}
    changed = [key for key in touched if after[key] != known.timelines.get(key, ())]
    for value in (True, False):
        wrong = [ids[key] for key, flag in flags.items() if flag is value and (key in known.provisional) is not value]
        models.Entity.objects.filter(id__in=wrong).update(provisional=value)
    outdated = {"superseded_at": row.at, "superseded_by": row}
    dropped: list[tuple[int, date]] = []
    fresh: list[tuple[Key, Piece]] = []
    for key in changed:
        old, new = known.timelines.get(key, ()), after[key]
        dropped += [(ids[key], piece.valid_from) for piece in old if piece not in new]
        fresh += [(key, piece) for piece in new if piece not in old]
    _supersede(dropped, outdated)
    _insert(row, fresh, ids)
    retagged = [key for key, flag in flags.items() if (key in known.provisional) is not flag]
    return len({*changed, *retagged})


def _supersede(dropped: list[tuple[int, date]], outdated: dict[str, Any]) -> None:
    values = [
        outdated["superseded_at"], outdated["superseded_by"].pk,
        [entity for entity, _ in dropped], [day for _, day in dropped],
    ]  # fmt: skip
    if not dropped:
        return
    with connection.cursor() as cursor:
        for table, column, more in (
            ("territory_version", "entity_id", ""),
            ("territory_relation", "child_id", "AND t.kind <> 'succession'"),
        ):
            cursor.execute(
                f"UPDATE {table} t SET superseded_at = %s, superseded_by_id = %s"
                f" FROM unnest(%s::bigint[], %s::date[]) AS d(entity, day)"
                f" WHERE t.{column} = d.entity AND t.valid_from = d.day AND t.superseded_at IS NULL {more}",
                values,
            )


def _insert(row: models.Publication, fresh: list[tuple[Key, Piece]], ids: dict[Key, int]) -> None:
    versions: list[models.Version] = []
    relations: list[models.Relation] = []
    for key, piece in fresh:
        common = {
            "establishment": key.establishment, "valid_from": piece.valid_from, "valid_to": piece.valid_to,
            "recorded_at": row.at, "publication": row,
        }  # fmt: skip
        content = piece.content
        attributes = dict(content.attributes)
        versions.append(models.Version(entity_id=ids[key], name=content.name, attributes=attributes, **common))
        links = [(RelationKind.RATTACHEMENT, content.parent)] if content.parent else []
        if content.site:
            links.append((RelationKind.IMPLANTATION, Key(Kind.EG, key.establishment, content.site)))
        relations += [
            models.Relation(child_id=ids[key], parent_id=ids[parent], kind=kind.value, **common)
            for kind, parent in links
        ]
    models.Version.objects.bulk_create(versions, batch_size=5000)
    models.Relation.objects.bulk_create(relations, batch_size=5000)


def _entities(changes: Sequence[Change], known: Structure, after: Mapping[Key, Timeline]) -> dict[Key, int]:
    """The row of every entity named, made when it is new."""
    missing = sorted({c.key for c in changes if c.key not in known.ids}, key=lambda key: (LEVEL[key.kind], key))
    flags = {change.key: bool(change.provisional) for change in changes}
    made = models.Entity.objects.bulk_create(
        [
            models.Entity(kind=key.kind.value, establishment=key.establishment, code=key.code, provisional=flags[key])
            for key in missing
        ],
        batch_size=5000,
    )
    return {**known.ids, **{key: row.pk for key, row in zip(missing, made, strict=True)}}
