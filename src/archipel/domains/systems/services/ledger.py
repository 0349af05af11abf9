"""Adding statements: the only door to the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from archipel.domains.systems.models import Statement
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.cells import Wrong, read_cell
from archipel.domains.systems.rules.checks import check
from archipel.domains.systems.rules.model import function_words
from archipel.domains.systems.rules.planning import merged
from archipel.domains.systems.rules.reading import code_of
from archipel.domains.systems.values.files import Line
from archipel.domains.systems.values.records import Key, Record
from archipel.domains.systems.values.schema import SHARED, Kind, fields
from archipel.foundation.audit.services import record
from archipel.foundation.bulk import BulkInsert, raw_cursor
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound

NAMED = 50
"""Things that the event of a change names one by one; beyond, it says only how many they are."""
_INSERT = BulkInsert(
    "systems_statement",
    {
        "kind": "text", "establishment": "text", "code": "text", "valid_from": "date", "content": "jsonb",
        "withdrawn": "boolean", "void": "boolean", "recorded_at": "timestamptz", "actor": "text", "reason": "text",
        "batch_id": "bigint",
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class New:
    """What is to be said of a thing from a day on."""

    key: Key
    since: date
    content: Mapping[str, Any]
    withdrawn: bool = False
    void: bool = False


def require_keeper(scope: Scope, keys: Sequence[Key]) -> None:
    """Raise Denied unless the account keeps the inventory of every establishment named (any, for what is common)."""
    for place in {key.establishment for key in keys}:
        scope.require(Capability.GERER_SYSTEMES, place or None)
        if place and place not in scope.systems:
            raise Denied("Votre compte ne tient pas l'inventaire de cet établissement.", code="inventaire")


def append(*, scope: Scope, news: Sequence[New], reason: str = "", batch: int | None = None) -> int:
    """Add statements, trace them and tell the screens; returns how many.

    Raises:
        Denied: one of them is not the account's to say.
    """
    if not news:
        return 0
    require_keeper(scope, [one.key for one in news])
    now = timezone.now()
    rows = [
        (one.key.kind.value, one.key.establishment, one.key.code, one.since,
         json.dumps(dict(one.content), ensure_ascii=False), one.withdrawn, one.void, now, scope.actor, reason, batch)
        for one in news
    ]  # fmt: skip
    with transaction.atomic():
        with raw_cursor() as cursor:
            _INSERT.run(cursor, rows)
        for place in sorted({one.key.establishment for one in news}):
            here = [one.key for one in news if one.key.establishment == place]
            count = len(here)
            record(
                scope=scope, action="systemes.inventaire", establishment=place, object_type="inventaire",
                object_key=str(batch or news[0].key.code), reason=reason, details={"enonces": count},
            )  # fmt: skip
            _tell(place, here, batch)
    return len(rows)


def _tell(place: str, keys: Sequence[Key], batch: int | None) -> None:
    """The event of a change: whose things, which ones when they are few; keys only."""
    told: dict[str, Any] = {"establishment": place, "count": len(keys), "batch": batch}
    if len(keys) <= NAMED:
        told["things"] = [{"kind": key.kind.value, "code": key.code} for key in keys]
    publish("systems.inventaire", told, establishment=place)


def say(
    *, scope: Scope, kind: Kind, establishment: str, code: str, content: Mapping[str, Any], since: date | None = None,
    reason: str = "",
) -> Record:  # fmt: skip
    """Describe a thing, or change some fields of its description (None erases one).

    Args:
        scope: keeps the inventory of the establishment.
        kind: what it is.
        establishment: FINESS EJ; empty for what is common to the group.
        code: of the thing; empty: made from its name.
        content: fields, as they are kept (see :mod:`archipel.domains.systems.rules.cells`).
        since: from when; today by default.
        reason: why.

    Raises:
        Denied. Invalid: dates that contradict each other, an unknown application, a circular dependency, a second
        golden record for a name.
    """
    if (kind in SHARED) != (not establishment):
        raise Invalid("Cette fiche se décrit pour tout le groupement, ou pour un établissement.", code="etablissement")
    day = since or timezone.localdate()
    key = Key(kind, establishment, code or code_of(kind, content))
    require_keeper(scope, [key])
    known = inventory(day)
    before = known.find(*key)
    whole = merged(before.content if before else {}, content)
    lacking = next((one for one in fields(kind).values() if one.required and not whole.get(one.name)), None)
    if lacking is not None:
        raise Invalid(f"« {lacking.label} » est obligatoire.", code="champ", field=lacking.name)
    (stand, problems) = check([Line("", 1, key, whole)], [one for one in known.records if one.key != key])
    if problems:
        raise Invalid(
            f"{problems[0].message} Attendu : {problems[0].expected}.", code="fiche", field=problems[0].column
        )
    made = stand[0].content
    if before is not None and dict(before.content) == dict(made):
        return before
    append(scope=scope, news=[New(key, day, made)], reason=reason)
    return Record(key, made, day)


def say_texts(
    *, scope: Scope, kind: Kind, establishment: str, code: str, texts: Mapping[str, object], reason: str = ""
) -> Record:
    """The same as :func:`say`, each field being read as people write it; None erases one.

    Raises:
        Denied. Invalid: an unknown field, or one that cannot be read.
    """
    known = fields(kind)
    content: dict[str, Any] = {}
    for name, said in texts.items():
        if name not in known or name in ("code", "etablissement"):
            raise Invalid(f"Champ « {name[:40]} » inconnu.", code="champ", field=name)
        text = "; ".join(map(str, said)) if isinstance(said, list) else str(said or "").strip()
        value = read_cell(known[name], text, function_words()) if text else None
        if isinstance(value, Wrong):
            message = f"{known[name].label} : « {text[:40]} » trouvé, {value.expected} attendu."
            raise Invalid(message, code="champ", field=name)
        content[name] = value
    return say(scope=scope, kind=kind, establishment=establishment, code=code, content=content, reason=reason)


def withdraw(*, scope: Scope, key: Key, since: date | None = None, reason: str) -> None:
    """Say that a thing is no longer there. Raises Denied, NotFound, Invalid (no reason)."""
    if not reason.strip():
        raise Invalid("Dites pourquoi cette fiche est retirée.", code="motif", field="motif")
    day = since or timezone.localdate()
    require_keeper(scope, [key])
    found = inventory(day, kinds=[key.kind]).find(*key)
    if found is None:
        raise NotFound("Cette fiche n'existe pas, ou pas pour vous.", code="fiche")
    append(scope=scope, news=[New(key, day, found.content, withdrawn=True)], reason=reason)


def take_back(*, scope: Scope, number: int, reason: str) -> None:
    """Undo one statement: what was said before it of the same thing from the same day holds again, or nothing.

    Raises:
        NotFound. Conflict: something was said of the thing since.
    """
    row = Statement.objects.filter(pk=number).first()
    if row is None:
        raise NotFound("Cet énoncé n'existe pas, ou pas pour vous.", code="enonce")
    same = Statement.objects.filter(kind=row.kind, establishment=row.establishment, code=row.code)
    if same.filter(pk__gt=row.pk).exists():
        raise Conflict("Cette fiche a changé depuis : annulez d'abord le dernier changement.", code="enonce-depasse")
    append(scope=scope, news=[restoring(row)], reason=reason or "Annulation")


def restoring(row: Statement) -> New:
    """What makes hold again what held before a statement."""
    key = Key(Kind(row.kind), row.establishment, row.code)
    before = (
        Statement.objects.filter(
            kind=row.kind, establishment=row.establishment, code=row.code, valid_from=row.valid_from, pk__lt=row.pk
        )
        .order_by("-pk")
        .first()
    )
    if before is None or before.void:
        return New(key, row.valid_from, {}, void=True)
    return New(key, row.valid_from, before.content, withdrawn=before.withdrawn)
