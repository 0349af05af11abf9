"""Campaigns: opening one, putting its deadline off, reminding, closing, reopening; each is a fact, traced."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date

from django.db import connection
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel.errors import Conflict, Invalid
from archipel.programmes.maturity.models import Campaign, CampaignFact
from archipel.programmes.maturity.queries import campaigns as reading
from archipel.programmes.maturity.rules.campaign import Acte, reminder_due
from archipel.programmes.maturity.services.answers import Act
from archipel.programmes.maturity.values import Grille
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Kind

DEFAULT_REMINDERS = (14, 7, 1, -1)
TOPIC = "programmes.maturite"
LOOK_EVERY = 600.0
"""Seconds between two looks at what is due."""


def open_campaign(
    *,
    scope: Scope,
    grid: Grille,
    title: str,
    establishments: Sequence[str],
    due_on: date,
    opens_on: date | None = None,
    reminders: Sequence[int] = DEFAULT_REMINDERS,
    note: str = "",
    ght: str = "",
) -> Act:
    """Ask members of a group to answer a grid before a deadline.

    Args:
        scope: who opens it; ``VALIDER_PROGRAMMES`` for each of the establishments.
        reminders: days before the deadline (negative: after it).

    Raises:
        Denied: no right for one of them.
        Invalid: no title, no establishment, a deadline before the opening, or too many reminders.
    """
    begins = opens_on or timezone.localdate()
    name = " ".join(title.split())[:200]
    _check(name, establishments, begins, due_on, reminders)
    for code in establishments:
        scope.require(Capability.VALIDER_PROGRAMMES, code)
    with in_scope(scope):
        row = Campaign.objects.create(
            title=name,
            pack=grid.pack,
            version=grid.version,
            grid=grid.id,
            ght=ght,
            establishments=sorted(set(establishments)),
            opens_on=begins,
            due_on=due_on,
            reminders=sorted(set(reminders), reverse=True),
            note=note.strip()[:2000],
            actor=scope.actor,
            recorded_at=timezone.now(),
        )
        _trace(scope, row, "ouvrir", "")
        return Act((row.pk,), f"Campagne « {name} » ouverte.")


def _check(name: str, establishments: Sequence[str], begins: date, due_on: date, reminders: Sequence[int]) -> None:
    """Refuse a campaign that cannot be. Raises Invalid."""
    if not name:
        raise Invalid("Donnez un titre à la campagne.", code="titre", field="titre")
    if not establishments:
        raise Invalid("Choisissez au moins un établissement.", code="etablissements", field="etablissements")
    if due_on < begins:
        raise Invalid("L'échéance est avant l'ouverture.", code="echeance", field="echeance")
    if len(reminders) > 12 or any(not -60 <= n <= 365 for n in reminders):
        raise Invalid("Douze relances au plus, de 365 jours avant à 60 jours après l'échéance.", code="relances",
                      field="relances")  # fmt: skip


def extend(*, scope: Scope, number: int, due_on: date, reason: str) -> Act:
    """Put the deadline off (or bring it forward). Raises as :func:`close`, Invalid without reason or before opening."""
    with in_scope(scope):
        row = _led(scope, number)
        why = _reasoned(reason)
        if due_on < row.opens_on:
            raise Invalid("L'échéance est avant l'ouverture.", code="echeance", field="echeance")
        if reading.course_of(row).close:
            raise Conflict("Cette campagne est close : rouvrez-la d'abord.", code="campagne-close")
        _add(scope, row, Acte.PROLONGATION, why, due_on=due_on)
        return Act((row.pk,), f"Échéance portée au {due_on:%d/%m/%Y}.")


def close(*, scope: Scope, number: int, reason: str = "") -> Act:
    """Stop expecting answers; those that were given stay.

    Raises:
        Denied, NotFound: no right for each of its establishments, or no such campaign in the scope.
        Conflict: already closed.
    """
    with in_scope(scope):
        row = _led(scope, number)
        if reading.course_of(row).close:
            raise Conflict("Cette campagne est déjà close.", code="campagne-close")
        _add(scope, row, Acte.CLOTURE, reason)
        return Act((row.pk,), "Campagne close.")


def reopen(*, scope: Scope, number: int, reason: str = "") -> Act:
    """Expect answers again. Raises as :func:`close`; Conflict when it is not closed."""
    with in_scope(scope):
        row = _led(scope, number)
        if not reading.course_of(row).close:
            raise Conflict("Cette campagne n'est pas close.", code="campagne-ouverte")
        _add(scope, row, Acte.REOUVERTURE, reason)
        return Act((row.pk,), "Campagne rouverte.")


def remind(*, scope: Scope, number: int, establishment: str = "", reason: str = "") -> Act:
    """Remind one member, or all those that have not finished. Raises as :func:`close`; Invalid for a stranger."""
    with in_scope(scope):
        row = _led(scope, number)
        if establishment and establishment not in row.establishments:
            raise Invalid("Cet établissement n'est pas dans la campagne.", code="etablissement")
        if reading.course_of(row).close:
            raise Conflict("Cette campagne est close.", code="campagne-close")
        info = reading.campaign(scope, number, timezone.localdate())
        late = _unfinished(info)
        told = [code for code in late if establishment in ("", code)]
        for code in told:
            _add(scope, row, Acte.RELANCE, reason, establishment=code)
        if not told:
            return Act((row.pk,), "Personne à relancer : tout est répondu.")
        return Act((row.pk,), f"{len(told)} établissement{'s relancés' if len(told) > 1 else ' relancé'}.")


_looked_at = float("-inf")


def remind_tick() -> None:
    """Send the reminders whose day has come; the worker calls it all the time, and it looks every ten minutes."""
    global _looked_at
    if time.monotonic() - _looked_at >= LOOK_EVERY:
        _looked_at = time.monotonic()
        send_reminders(timezone.localdate())


def send_reminders(today: date) -> None:
    """Remind, once for each planned day, the members that have not finished."""
    known = perimetre.graph(today)
    scope = system_scope("maturite", [one.key.code for one in known.of_kind(Kind.EJ)])
    with in_scope(scope):
        for row in Campaign.objects.order_by("id"):
            course = reading.course_of(row)
            due = [c for c in row.establishments if reminder_due(row.opens_on, course, row.reminders, c, today)]
            if not due:
                continue
            late = set(_unfinished(reading.campaign(scope, row.pk, today)))
            for code in due:
                if code in late:
                    _add(scope, row, Acte.RELANCE, "", establishment=code, automatic=True)


def _unfinished(info: reading.CampaignInfo) -> list[str]:
    """The establishments that still have something to answer; the group's own questions fall to its members."""
    found: list[str] = []
    for member in info.members:
        if not member.complete and not member.entity.group:
            found += [code for code in member.entity.establishments if code not in found]
    return found


def _led(scope: Scope, number: int) -> Campaign:
    row = reading.row_of(number)
    with connection.cursor() as cursor:  # one act on a campaign at a time
        cursor.execute("SELECT pg_advisory_xact_lock(7205321, %s)", [number % 2_147_483_647])
    for code in row.establishments:
        scope.require(Capability.VALIDER_PROGRAMMES, code)
    return row


def _reasoned(reason: str) -> str:
    text = " ".join(reason.split())[:300]
    if not text:
        raise Invalid("Dites pourquoi l'échéance change.", code="motif", field="motif")
    return text


def _add(
    scope: Scope,
    row: Campaign,
    kind: Acte,
    reason: str,
    *,
    due_on: date | None = None,
    establishment: str = "",
    automatic: bool = False,
) -> None:
    CampaignFact.objects.create(
        campaign=row,
        establishments=row.establishments,
        kind=kind.value,
        due_on=due_on,
        establishment=establishment,
        automatic=automatic,
        reason=" ".join(reason.split())[:300],
        actor=scope.actor,
        recorded_at=timezone.now(),
    )
    _trace(scope, row, kind.value, establishment, reason)


def _trace(scope: Scope, row: Campaign, act: str, establishment: str, reason: str = "") -> None:
    record(
        scope=scope,
        action=f"maturite.campagne.{act}",
        establishment=establishment or (row.establishments[0] if len(row.establishments) == 1 else ""),
        object_type="campagne",
        object_key=str(row.pk),
        reason=reason[:300],
    )
    publish(TOPIC, {"campagne": row.pk})
