"""The dossiers that an account sees, as a table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.scope import Capability, Scope
from archipel.programmes.dossiers.models import Dossier, Notification, Participation
from archipel.programmes.dossiers.queries import templates
from archipel.programmes.dossiers.queries.overview import Line, line_of
from archipel.programmes.dossiers.rules.deadlines import Deadline, deadlines
from archipel.programmes.dossiers.values.states import Status
from archipel.programmes.dossiers.values.template import Template


@dataclass(frozen=True, slots=True)
class Row:
    """A dossier in the table, with its lead, its parties, and what is due next."""

    line: Line
    programme_title: str
    theme_label: str
    bearer: str
    parties: tuple[str, ...]
    waiting: int
    """Parties whose agreement is awaited."""
    next: Deadline | None
    late: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list keeps: empty fields keep everything."""

    status: str = ""
    programme: str = ""
    theme: str = ""
    establishment: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification."""

    id: int
    dossier: int
    kind: str
    text: str
    rubric: str
    at: datetime
    read: bool


def dossiers(*, scope: Scope, today: date, filters: Filters | None = None) -> list[Row]:
    """The dossiers in the scope, the last changed first.

    Raises:
        Denied: no right on programmes.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    kept = filters or Filters()
    rows = Dossier.objects.order_by("-updated_at", "-pk")
    for field, value in (("status", kept.status), ("programme", kept.programme), ("theme", kept.theme)):
        if value:
            rows = rows.filter(**{field: value})
    if kept.establishment:
        rows = rows.filter(establishments__contains=[kept.establishment])
    return rows_of(list(rows), today)


def rows_of(rows: list[Dossier], today: date) -> list[Row]:
    """The rows of some dossiers, in their order: three queries in all."""
    parties: dict[int, list[Participation]] = defaultdict(list)
    for one in Participation.objects.filter(dossier__in=rows).order_by("name"):
        parties[one.dossier_id].append(one)
    known: dict[tuple[str, str, str], Template | None] = {}
    return [_row(row, parties[row.pk], templates.once(known, row), today) for row in rows]


def _row(row: Dossier, parties: list[Participation], made: Template | None, today: date) -> Row:
    theme = made.theme(row.theme) if made else None
    found = deadlines(made, Status(row.status), today) if made else ()
    coming = [one for one in found if not one.done and one.due is not None]
    return Row(
        line=line_of(row),
        programme_title=made.title if made else row.programme,
        theme_label=theme.label if theme else row.theme,
        bearer=next((one.name for one in parties if one.role == "porteur"), row.bearer_finess),
        parties=tuple(one.name for one in parties if one.role != "porteur"),
        waiting=sum(one.agreed_at is None for one in parties),
        next=next((one for one in coming if not one.late), None) or next(iter(coming), None),
        late=any(one.late for one in coming),
    )


def notifications(*, scope: Scope, limit: int = 30) -> list[Told]:
    """What the account was told, what it has not read first."""
    rows = Notification.objects.filter(recipient=scope.actor).order_by("read_at", "-at")
    unread = sorted(rows[:limit], key=lambda one: (one.read_at is not None, -one.at.timestamp()))
    return [Told(n.pk, n.dossier_id, n.kind, n.text, n.rubric, n.at, n.read_at is not None) for n in unread]
