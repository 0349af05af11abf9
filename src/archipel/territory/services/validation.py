"""Provisional entities: somebody says what they are, which known entity they stand for, or that they are a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.territory import models
from archipel.territory.queries.timelines import Structure, structure
from archipel.territory.rules.attributes import canonical
from archipel.territory.rules.timeline import closes_on
from archipel.territory.services.publication import Publication, lock, publish
from archipel.territory.values import Change, Content, Key, Kind, RelationKind


def _provisional(known: Structure, key: Key) -> None:
    if not known.timelines.get(key):
        raise NotFound(f"{key} n'existe pas dans la structure.", code="entite-inconnue")
    if key not in known.provisional:
        raise Conflict(f"{key} n'est pas provisoire : il a déjà été validé.", code="deja-valide")


def below(known: Structure, top: Key) -> list[Key]:
    """What is attached under an entity, whatever the depth, whenever."""
    children: dict[Key, set[Key]] = {}
    for key, timeline in known.timelines.items():
        for piece in timeline:
            if piece.content.parent is not None:
                children.setdefault(piece.content.parent, set()).add(key)
    found: list[Key] = []
    waiting = [top]
    while waiting:
        for child in sorted(children.pop(waiting.pop(), ())):
            found.append(child)
            waiting.append(child)
    return found


def validate(
    *,
    scope: Scope,
    entity: Key,
    name: str = "",
    filiere: str = "",
    parent: Key | None = None,
    attributes: Mapping[str, Any] | None = None,
    with_children: bool = True,
    reason: str = "",
) -> Publication:
    """Accept a provisional entity, saying what it is.

    Args:
        entity: the provisional entity.
        name: its name; "" keeps the present one.
        filiere: of a UF.
        parent: what it belongs to; a UF needs a service, a pôle or a site.
        attributes: others to set.
        with_children: validate its provisional rooms and beds too.

    Raises:
        NotFound, Conflict: there is none, or it is validated already.
        Invalid: it would break a rule (a UF left without parent).
        Denied: the account may not change that establishment.
    """
    scope.require(Capability.GERER_STRUCTURE, entity.establishment)
    said = {**(attributes or {}), **({"filiere": filiere} if filiere else {})}
    with transaction.atomic():
        lock()
        known = structure({entity.establishment})
        _provisional(known, entity)
        timeline = known.timelines[entity]
        pieces = tuple(
            replace(piece, content=_completed(piece.content, entity.kind, name.strip(), said, parent))
            for piece in timeline
        )
        changes = [Change(entity, timeline[0].valid_from, pieces, provisional=False)]
        if with_children and entity.kind in (Kind.UF, Kind.CHAMBRE):
            changes += _children(known, entity)
        return publish(
            scope=scope, changes=changes, source="saisie:validation", effective_on=timezone.localdate(), reason=reason
        )


def _completed(content: Content, kind: Kind, name: str, said: Mapping[str, Any], parent: Key | None) -> Content:
    """The content with what is now known; what is not said stays."""
    return replace(
        content,
        name=name or content.name,
        attributes=canonical(kind, {**content.attributes, **said}),
        parent=parent or content.parent,
    )


def _children(known: Structure, entity: Key) -> list[Change]:
    """The provisional entities under one that is validated, validated as they are."""
    lives = [(key, known.timelines.get(key, ())) for key in below(known, entity) if key in known.provisional]
    return [Change(key, life[0].valid_from, life, provisional=False) for key, life in lives if life]


def _closures(known: Structure, entity: Key, day: date) -> list[Change]:
    """The entity and what is under it, closed; each ceases to be provisional."""
    found = []
    for key in (entity, *below(known, entity)):
        end = closes_on(known.timelines.get(key, ()))
        if known.timelines.get(key) and (end is None or end > day):
            found.append(Change(key, day, (), provisional=False if key in known.provisional else None))
    return found


def merge_into(*, scope: Scope, provisional: Key, real: Key, reason: str = "") -> Publication:
    """Say that a provisional entity is a known one under another code.

    The provisional one closes with what is under it, a succession relation keeps the link, and the received code
    becomes a mapping (:func:`~archipel.territory.queries.today.code_mapping`) for the reading profile of the senders;
    replaying the messages then moves the patients.

    Raises:
        NotFound, Conflict, Invalid: not provisional, unknown target, another kind, or itself.
        Denied: the account may not change both establishments.
    """
    for place in {provisional.establishment, real.establishment}:
        scope.require(Capability.GERER_STRUCTURE, place)
    if provisional == real or provisional.kind is not real.kind:
        raise Invalid(f"{provisional} ne peut pas devenir {real} : attendu une autre entité de même type.",
                      code="fusion-impossible")  # fmt: skip
    if provisional.kind is not Kind.EJ and provisional.establishment != real.establishment:
        raise Invalid("Fusionnez d'abord les établissements : les deux codes ne sont pas du même.",
                      code="fusion-impossible")  # fmt: skip
    day = timezone.localdate()
    with transaction.atomic():
        lock()
        known = structure({provisional.establishment, real.establishment})
        _provisional(known, provisional)
        if not known.timelines.get(real):
            raise NotFound(f"{real} n'existe pas dans la structure.", code="entite-inconnue")
        if real in known.provisional:
            raise Conflict(f"{real} est provisoire lui aussi : validez-le d'abord.", code="fusion-impossible")
        done = publish(
            scope=scope, changes=_closures(known, provisional, day), source="saisie:fusion", effective_on=day,
            reason=reason,
        )  # fmt: skip
        models.Relation.objects.create(
            child_id=known.ids[real], parent_id=known.ids[provisional], establishment=real.establishment,
            kind=RelationKind.SUCCESSION.value, valid_from=day, recorded_at=done.at, publication_id=done.id,
        )  # fmt: skip
        _map(provisional, real.establishment, real.code, done)
    return done


def reject(*, scope: Scope, entity: Key, reason: str) -> Publication:
    """Say that a provisional entity is a mistake: it closes, and its code is known as rejected.

    Raises:
        NotFound, Conflict: there is none, or it is validated already.
        Invalid: no reason.
        Denied: the account may not change that establishment.
    """
    scope.require(Capability.GERER_STRUCTURE, entity.establishment)
    if not reason.strip():
        raise Invalid("Dites pourquoi ce code est écarté.", code="motif-absent")
    day = timezone.localdate()
    with transaction.atomic():
        lock()
        known = structure({entity.establishment})
        _provisional(known, entity)
        done = publish(
            scope=scope, changes=_closures(known, entity, day), source="saisie:rejet", effective_on=day, reason=reason
        )
        _map(entity, "", "", done)
    return done


def _map(key: Key, establishment: str, code: str, done: Publication) -> None:
    models.CodeMapping.objects.update_or_create(
        kind=key.kind.value,
        establishment=key.establishment,
        code=key.code,
        defaults={"target_establishment": establishment, "target_code": code, "publication_id": done.id},
    )
