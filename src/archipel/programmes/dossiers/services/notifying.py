"""Telling accounts: mentions, acts of the other side, deadlines that come near. Each thing is told once."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.utils import timezone

from archipel.foundation.accounts.queries import establishments_of_territory
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.programmes.dossiers.models import Dossier, Notification
from archipel.programmes.dossiers.queries import templates
from archipel.programmes.dossiers.queries.people import instructors, readers
from archipel.programmes.dossiers.rules.deadlines import Deadline, deadlines, reminders
from archipel.programmes.dossiers.services import money
from archipel.programmes.dossiers.values.states import CLOSED, LABELS, Act, Side, Status

_EVERY = 3600.0
_looked_at = [0.0]


def tell(row: Dossier, recipient: str, key: str, kind: str, text: str, rubric: str = "") -> None:
    """Tell an account; nothing happens when it was told already."""
    _tell_all(row, [recipient], key, kind, text, rubric)


def _tell_all(row: Dossier, recipients: Iterable[str], key: str, kind: str, text: str, rubric: str = "") -> None:
    now = clock.now()
    made = [
        Notification(dossier=row, recipient=name, key=key, kind=kind, text=text, rubric=rubric, at=now)
        for name in recipients
    ]
    Notification.objects.bulk_create(made, ignore_conflicts=True)


def tell_all(row: Dossier, key: str, kind: str, text: str) -> None:
    """Tell everybody who writes for the dossier."""
    _tell_all(row, [account.username for account in readers(row)], key, kind, text)


def tell_act(scope: Scope, row: Dossier, done: Act, reason: str) -> None:
    """Tell the others: the agency of a deposit or of proofs, the establishments of what the agency or the group did."""
    text = f"« {row.title} » : {done.label.lower()}, par {scope.actor}." + (f" {reason}" if reason else "")
    to_agency = done.side is Side.ETABLISSEMENT and done.code in ("deposer", "prouver", "reprendre", "abandonner")
    told = instructors(row) if to_agency and row.deposited else [] if done.side is Side.ETABLISSEMENT else readers(row)
    names = [account.username for account in told if account.username != scope.actor]
    _tell_all(row, names, f"acte:{done.code}:{clock.now().isoformat()}", "acte", text)


def remind_tick() -> None:
    """Remind, and tell the ledger of money, once an hour at the most: what the worker calls every second."""
    if time.monotonic() - _looked_at[0] < _EVERY and _looked_at[0]:
        return
    _looked_at[0] = time.monotonic()
    remind()
    money.mirror_all()


def remind() -> int:
    """Tell whoever writes a dossier of what is due soon; safe to call at any time. Returns the reminders due."""
    today = timezone.localdate()
    count = 0
    with in_scope(system_scope("rappels", establishments_of_territory())):
        for row in Dossier.objects.exclude(status__in=[status.value for status in CLOSED]).order_by("pk"):
            made = templates.known(row.programme, row.pack_version, row.region)
            found = deadlines(made, Status(row.status), today) if made else ()
            for deadline, days in reminders(found, today):
                names = [account.username for account in readers(row)]
                _tell_all(row, names, f"echeance:{deadline.id}:{days}", "echeance", _sentence(row, deadline))
                count += 1
    return count


def _sentence(row: Dossier, deadline: Deadline) -> str:
    left = deadline.left_days or 0
    when = "aujourd'hui" if left == 0 else f"dans {left} jour{'s' if left > 1 else ''}"
    due = f"{deadline.due:%d/%m/%Y}" if deadline.due else "date inconnue"
    return f"{deadline.label} : {when} ({due}). « {row.title} » est « {LABELS[Status(row.status)].lower()} »."


def mark_read(*, scope: Scope, notification: int | None = None) -> None:
    """Say that a notification was read, or all of the account's."""
    with in_scope(scope):
        rows = Notification.objects.filter(recipient=scope.actor, read_at=None)
        if notification is not None:
            rows = rows.filter(pk=notification)
        rows.update(read_at=clock.now())
