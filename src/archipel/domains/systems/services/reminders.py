"""Reminding the members that have not finished: by mail where there is a server, on the screens always."""

from __future__ import annotations

import time
from datetime import date

from django.conf import settings
from django.db import connection
from django.utils import timezone

from archipel.domains.systems.models import Reminder
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.campaign import Progress, current, progress, reminder_due
from archipel.domains.systems.values.records import Record
from archipel.foundation import mail
from archipel.foundation.accounts.queries import addresses
from archipel.foundation.scope import Capability, in_scope, system_scope
from archipel.territory import public as territory

LOOK_EVERY = 600.0
_looked_at = -LOOK_EVERY
_LOCK = 7_205_431


def reminders_tick() -> None:
    """The worker's tick: it looks every ten minutes."""
    global _looked_at
    if time.monotonic() - _looked_at >= LOOK_EVERY:
        _looked_at = time.monotonic()
        remind(timezone.localdate())


def remind(today: date) -> int:
    """Remind each member that still has applications to look at, once for each planned day; returns how many were.

    A message that could not be sent is tried again at the next look. Several workers do it once.
    """
    names = territory.establishment_names()
    scope = system_scope("rappels", list(names))
    with in_scope(scope), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        known = inventory(today)
        campaign = current(known)
        if campaign is None:
            return 0
        done: dict[str, set[date]] = {}
        for place, day in (
            Reminder.objects.filter(campaign=campaign.key.code)
            .exclude(state=mail.FAILED)
            .values_list("establishment", "planned_on")
        ):
            done.setdefault(place, set()).add(day)
        late = [one for one in progress(known, campaign, sorted(names)) if one.waiting]
        count = 0
        for one in late:
            due = reminder_due(campaign, today, done.get(one.establishment, set()))
            if due is not None:
                _remind(campaign, one, names[one.establishment], due)
                count += 1
        return count


def _remind(campaign: Record, member: Progress, name: str, due: date) -> None:
    outcome = mail.send(
        to=addresses(Capability.GERER_SYSTEMES, member.establishment),
        subject=f"{campaign.name} : {len(member.waiting)} application(s) à revoir, {name}",
        text=message(campaign, member, name),
    )
    Reminder.objects.create(
        campaign=campaign.key.code, establishment=member.establishment, planned_on=due, recorded_at=timezone.now(),
        state=outcome.state, recipients=outcome.recipients, waiting=len(member.waiting), error=outcome.error,
    )  # fmt: skip


def message(campaign: Record, member: Progress, name: str) -> str:
    """The text of a reminder: what is asked, by when, where. It names applications, nobody."""
    shown = [f"  - {one.name}" for one in member.waiting[:20]]
    if len(member.waiting) > len(shown):
        shown.append(f"  - et {len(member.waiting) - len(shown)} autres")
    where = f"{settings.PUBLIC_URL}/systemes/campagne/" if settings.PUBLIC_URL else "Systèmes › Campagne"
    end = campaign.day("cloture")
    return "\n".join([
        "Bonjour,", "",
        f"La campagne « {campaign.name} » demande que chaque application de l'inventaire soit revue"
        + (f" avant le {end:%d/%m/%Y}." if end else "."),
        f"{name} : {member.reviewed} sur {member.total} revues. Il reste :", "", *shown, "",
        f"Modifiez, importez de nouveau ou confirmez chaque fiche : {where}", "",
        "Ce message est envoyé par Archipel ; il ne contient aucune donnée de santé.",
    ])  # fmt: skip
