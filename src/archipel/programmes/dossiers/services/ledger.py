"""Writing in the ledger of a dossier, and keeping its present state and its places true to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied
from archipel.programmes.dossiers.models import Dossier, Event, Participation
from archipel.programmes.dossiers.queries import store, templates
from archipel.programmes.dossiers.rules.lifecycle import Life
from archipel.programmes.dossiers.services import money
from archipel.programmes.dossiers.values.states import COUNTED, LABELS, WRITABLE, EventKind, Side, Status

TOPIC = "programmes.dossier"


def locked(number: int) -> Dossier:
    """The row of a dossier, held until the end of the transaction: one act at a time.

    Raises:
        NotFound: none of that number in the scope.
    """
    found = Dossier.objects.select_for_update().filter(pk=number).first()
    if found is None:
        raise store.unknown()
    return found


def require(scope: Scope, row: Dossier, side: Side, members: Iterable[str] = ()) -> None:
    """Whether the account may act for that side.

    Args:
        scope: who acts.
        row: the dossier.
        side: the establishments (``GERER_PROGRAMMES`` for the lead), the group (``VALIDER_PROGRAMMES`` for every
            member), or the agency (``INSTRUIRE_PROGRAMMES`` for the lead).
        members: the FINESS EJ of the group.

    Raises:
        Denied: it may not.
    """
    if side is Side.ETABLISSEMENT:
        scope.require(Capability.GERER_PROGRAMMES, row.bearer_ej)
    elif side is Side.ARS:
        scope.require(Capability.INSTRUIRE_PROGRAMMES, row.bearer_ej)
    else:
        lacking = [one for one in (*members, row.bearer_ej) if not scope.may(Capability.VALIDER_PROGRAMMES, one)]
        if lacking:
            raise Denied(
                "Valider au nom du GHT demande ce droit pour tous ses établissements ; il vous manque pour "
                f"{', '.join(sorted(set(lacking)))}.",
                code="validation-ght",
            )


def require_writing(scope: Scope, row: Dossier) -> None:
    """Whether the account may write the dossier now: the right for the lead or for a party that agreed.

    Raises:
        Denied: no such right. Conflict: the dossier is no longer being written.
    """
    agreed = Participation.objects.filter(dossier=row, agreed_at__isnull=False).values_list("ej", flat=True)
    if not any(scope.may(Capability.GERER_PROGRAMMES, ej) for ej in {row.bearer_ej, *agreed}):
        scope.require(Capability.GERER_PROGRAMMES, row.bearer_ej)
    if Status(row.status) not in WRITABLE:
        raise Conflict(
            f"Ce dossier est « {LABELS[Status(row.status)]} » : reprenez la rédaction avant de le modifier.",
            code="dossier-fige",
        )


def append(
    scope: Scope,
    row: Dossier,
    kind: EventKind,
    *,
    code: str = "",
    effective_at: datetime | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    undoes: int | None = None,
) -> int:
    """Add a line to the ledger, leave the trace, bring the present state up to date; returns the line's rank."""
    now = clock.now()
    last = Event.objects.filter(dossier=row).aggregate(last=Max("rank"))["last"] or 0
    Event.objects.create(
        dossier=row,
        rank=last + 1,
        kind=kind.value,
        code=code,
        effective_at=effective_at or now,
        recorded_at=now,
        actor=scope.actor,
        reason=" ".join(reason.split())[:2000],
        data=dict(data or {}),
        undoes=undoes,
    )
    trace(scope, row, f"dossiers.{code or kind.value}", reason=reason)
    refresh(row)
    if kind in (EventKind.ACTE, EventKind.ANNULATION, EventKind.VERSEMENT):
        money.mirror(row)
    return last + 1


def trace(
    scope: Scope,
    row: Dossier,
    action: str,
    *,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    tell: bool = True,
) -> None:
    """Leave the trace of an act, and tell the screens that show the dossier (not for a mere reading)."""
    record(
        scope=scope,
        action=action,
        establishment=row.bearer_ej,
        object_type="dossier",
        object_key=str(row.pk),
        reason=reason[:500],
        details=details,
    )
    if tell:
        publish(TOPIC, {"dossier": row.pk})


def refresh(row: Dossier) -> Life:
    """Fold the ledger again; keep the row and the places of its establishments true to it."""
    life = store.life(row.pk)
    row.status, row.deposited = life.status.value, life.deposited
    row.granted, row.paid = life.granted, life.paid
    row.updated_at = clock.now()
    row.save(update_fields=["status", "deposited", "granted", "paid", "updated_at"])
    settle_places(row)
    return life


def settle_places(row: Dossier) -> None:
    """Take or give back the places of the establishments among the projects that the programme allows to each.

    The unique index on (programme, FINESS, place) decides, whatever is being written at the same time and whoever sees
    it.

    Raises:
        Conflict: an establishment has no place left (HOP'EN 2: two projects, as lead or party; S4, En synthèse).
    """
    counts = Status(row.status) in COUNTED
    most = templates.of(row).most_projects
    for one in Participation.objects.filter(dossier=row).order_by("finess"):
        wanted = counts and one.agreed_at is not None and most > 0
        if not wanted and one.slot is not None:
            Participation.objects.filter(pk=one.pk).update(slot=None)
        elif wanted and one.slot is None:
            _take(one, most)


def _take(one: Participation, most: int) -> None:
    for place in range(1, most + 1):
        try:
            with transaction.atomic():
                Participation.objects.filter(pk=one.pk).update(slot=place)
            return
        except IntegrityError:
            continue
    raise Conflict(_too_many(one, most), code="projet-de-trop", finess=one.finess)


def _too_many(one: Participation, most: int) -> str:
    """The sentence, naming the other dossiers that the account sees."""
    rows = Participation.objects.filter(programme=one.programme, finess=one.finess, slot__isnull=False)
    seen = [f"n° {dossier} « {title} »" for dossier, title in rows.values_list("dossier_id", "dossier__title")]
    hidden = most - len(seen)
    if hidden > 0:
        seen.append(f"{hidden} que votre compte ne voit pas")
    return (
        f"{one.name} (FINESS {one.finess}) est déjà dans {most} projets, comme porteur ou partie : {', '.join(seen)}. "
        f"Un projet de plus est refusé : retirez cet établissement du périmètre, ou abandonnez un autre dossier."
    )


def hold(*words: object) -> None:
    """Wait for whoever does the same thing, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [":".join(map(str, words))])
