"""What is due, over every dossier that an account sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archipel.foundation.scope import Capability, Scope
from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.queries import templates
from archipel.programmes.dossiers.rules.deadlines import Deadline, deadlines
from archipel.programmes.dossiers.values.states import CLOSED, LABELS, Status
from archipel.programmes.dossiers.values.template import Template


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of a dossier."""

    dossier: int
    title: str
    status: Status
    deadline: Deadline

    @property
    def state(self) -> str:
        """The state of the dossier in words."""
        return LABELS[self.status].lower()


def due_dates(*, scope: Scope, today: date) -> list[Due]:
    """Every deadline of the dossiers in the scope that are not closed, the nearest first.

    Raises:
        Denied: no right on programmes.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    found = []
    known: dict[tuple[str, str, str], Template | None] = {}
    for row in Dossier.objects.exclude(status__in=[status.value for status in CLOSED]).order_by("pk"):
        made, status = templates.once(known, row), Status(row.status)
        if made is None:
            continue
        found += [Due(row.pk, row.title, status, one) for one in deadlines(made, status, today)]
    return sorted(found, key=lambda due: (due.deadline.done, due.deadline.due or date.max, due.dossier))
