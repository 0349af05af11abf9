"""Appending to the ledger of the graph, under one lock; nothing is ever changed in place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Conflict, NotFound
from archipel.programmes.perimetre.models import Change, Statement
from archipel.programmes.perimetre.queries.history import said_of
from archipel.programmes.perimetre.rules.overlay import Held, overlay, restate
from archipel.programmes.perimetre.values import Key, Link, Said

_LOCK = 7205_310
Topic = tuple[Key, Link | None]


@dataclass(frozen=True, slots=True)
class Done:
    """What was written: the change (None: nothing was to be said) and how many statements were new."""

    change: int | None
    said: int
    unchanged: int


@dataclass
class Plan:
    """What statements would do to the ledger, each topic once."""

    holding: dict[Topic, list[Held[Statement]]]
    rows: dict[Topic, list[Statement]]
    changed: set[Topic] = field(default_factory=set)
    new: list[Said] = field(default_factory=list)
    unchanged: int = 0


def lock() -> None:
    """One change of the graph at a time, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _live(codes: set[str]) -> dict[Topic, list[Statement]]:
    found: dict[Topic, list[Statement]] = defaultdict(list)
    for row in Statement.objects.filter(child__in=codes, withdrawn=False, replaced_by=None):
        found[said_of(row).topic].append(row)
    return found


def _begin(codes: set[str]) -> Plan:
    rows = _live(codes)
    holding = {topic: [Held(row, said_of(row)) for row in found] for topic, found in rows.items()}
    return Plan(defaultdict(list, holding), rows)


def plan(statements: Sequence[Said]) -> Plan:
    """What the statements would change, in their order, over what holds now; writes nothing."""
    made = _begin({said.child.code for said in statements})
    for said in statements:
        after = overlay(made.holding[said.topic], said)
        if after is None:
            made.unchanged += 1
            continue
        made.holding[said.topic] = after
        made.changed.add(said.topic)
        made.new.append(said)
    return made


Whole = Mapping[Topic, tuple[date, Sequence[Said]]]
"""Topic → since when a source says everything about it, and what it says."""


def plan_whole(told: Whole) -> Plan:
    """What would change if, of each topic, what is told were all that holds from its date on; writes nothing."""
    made = _begin({key.code for key, _ in told})
    for topic, (since, pieces) in told.items():
        after = restate(made.holding[topic], since, pieces)
        if after is None:
            made.unchanged += len(pieces)
            continue
        made.holding[topic] = after
        made.changed.add(topic)
        made.new += pieces
    return made


def say(
    *,
    scope: Scope,
    statements: Sequence[Said] | Whole,
    source: str,
    reason: str = "",
    file: str = "",
    received: int | None = None,
    mark: str = "",
) -> Done:
    """Write statements, each over what held before (or whole topics); what was said already is left as it is.

    Permissions are the caller's business: this is the hand, not the door.
    """
    with transaction.atomic():
        lock()
        made = plan_whole(statements) if isinstance(statements, Mapping) else plan(statements)
        now = timezone.now()
        if not made.changed and (not mark or Change.objects.filter(source=source, mark=mark).exists()):
            return Done(None, 0, made.unchanged)
        change = Change.objects.create(
            at=now, actor=scope.actor, source=source, reason=reason, file=file, received_id=received, mark=mark
        )
        _write(change, made, source)
        _trace(scope, change, len(made.new))
    return Done(change.pk, len(made.new), made.unchanged)


def _write(change: Change, made: Plan, source: str) -> None:
    rows = []
    for topic in sorted(made.changed, key=str):
        after = made.holding[topic]
        left = {one.ref.pk for one in after if one.ref is not None}
        for one in after:
            if one.fresh:
                rows.append(_row(change, one.said, one.ref.source if one.ref else source, one.ref))
        for row in made.rows.get(topic, []):
            if row.pk not in left:
                rows.append(_row(change, said_of(row), row.source, row, withdrawn=True))
    Statement.objects.bulk_create(rows)


def _row(change: Change, said: Said, source: str, replaces: Statement | None, *, withdrawn: bool = False) -> Statement:
    return Statement(
        change=change,
        recorded_at=change.at,
        child_kind=said.child.kind.value,
        child=said.child.code,
        link=said.link.value if said.link else "",
        parent_kind=said.parent.kind.value if said.parent else "",
        parent=said.parent.code if said.parent else "",
        name=said.name,
        attributes=dict(said.attributes),
        certainty=said.certainty.value,
        source=source,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        withdrawn=withdrawn,
        replaces=replaces,
    )


def _trace(scope: Scope, change: Change, count: int) -> None:
    record(
        scope=scope, action="perimetre.modification", object_type="perimetre", object_key=str(change.pk),
        reason=change.reason, details={"source": change.source, "enonces": count},
    )  # fmt: skip


def take_back(*, scope: Scope, change_id: int, reason: str) -> Done:
    """Say again what held before a change.

    Raises:
        NotFound: no such change. Conflict: taken back already, or something was said since of the same nodes.
    """
    with transaction.atomic():
        lock()
        change = Change.objects.select_related("undone_by").filter(pk=change_id).first()
        if change is None:
            raise NotFound(f"La modification n° {change_id} du périmètre est introuvable.", code="modification")
        if hasattr(change, "undone_by"):
            raise Conflict(f"La modification n° {change_id} est déjà annulée.", code="deja-annulee")
        rows = list(change.statements.select_related("replaces"))
        if Statement.objects.filter(replaces__in=rows).exists():
            raise Conflict(
                f"Depuis la modification n° {change_id}, autre chose a été dit des mêmes établissements : "
                "corrigez-les plutôt un par un.",
                code="modification-recouverte",
            )
        now: datetime = timezone.now()
        back = Change.objects.create(
            at=now, actor=scope.actor, source=f"annulation de la modification n° {change_id}", reason=reason,
            undoes=change,
        )  # fmt: skip
        gone = [_row(back, said_of(row), row.source, row, withdrawn=True) for row in rows if not row.withdrawn]
        before = {row.replaces_id: row.replaces for row in rows if row.replaces is not None}
        again = [_row(back, said_of(row), row.source, None) for row in before.values()]
        Statement.objects.bulk_create([*gone, *again])
        _trace(scope, back, len(again))
    return Done(back.pk, len(again), 0)
