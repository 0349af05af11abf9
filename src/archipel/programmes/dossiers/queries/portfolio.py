"""The agency's side: the deposited dossiers of its region, the instruction of each, the figures of all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Denied
from archipel.programmes.dossiers.models import Dossier, Note, Participation
from archipel.programmes.dossiers.queries import templates
from archipel.programmes.dossiers.queries.listing import Filters, Row, rows_of
from archipel.programmes.dossiers.rules.statistics import Figures, Project, figures
from archipel.programmes.dossiers.values.states import Status


@dataclass(frozen=True, slots=True)
class Mark:
    """What the agency wrote under a criterion, last; ``score`` 0 to 4, None when not scored."""

    criterion: str
    score: int | None
    text: str
    actor: str
    at: datetime


def _deposited(scope: Scope, filters: Filters) -> list[Dossier]:
    scope.require(Capability.INSTRUIRE_PROGRAMMES)
    rows = Dossier.objects.filter(deposited=True, bearer_ej__in=scope.instructed)
    for field, value in (("status", filters.status), ("programme", filters.programme), ("theme", filters.theme)):
        if value:
            rows = rows.filter(**{field: value})
    if filters.establishment:
        rows = rows.filter(establishments__contains=[filters.establishment])
    return list(rows.order_by("-updated_at", "-pk"))


def portfolio(*, scope: Scope, today: date, filters: Filters | None = None) -> list[Row]:
    """The deposited dossiers whose lead the account instructs.

    Raises:
        Denied: it instructs nothing.
    """
    return rows_of(_deposited(scope, filters or Filters()), today)


def portfolio_figures(*, scope: Scope, filters: Filters | None = None) -> Figures:
    """The figures of the portfolio, recomputed from the dossiers.

    Raises:
        Denied: as :func:`portfolio`.
    """
    rows = _deposited(scope, filters or Filters())
    parties: dict[int, list[Participation]] = defaultdict(list)
    for one in Participation.objects.filter(dossier__in=rows):
        parties[one.dossier_id].append(one)
    labels: dict[str, str] = {}
    for programme, version in {(row.programme, row.pack_version) for row in rows}:
        labels |= {theme.id: theme.label for theme in templates.template(programme, version).themes}
    projects = [
        Project(
            row.pk,
            row.theme,
            Status(row.status),
            next((p.legal_status for p in parties[row.pk] if p.role == "porteur"), "inconnu"),
            tuple((p.finess, p.legal_status) for p in parties[row.pk]),
            row.granted,
            row.paid,
        )
        for row in rows
    ]
    return figures(projects, lambda code: labels.get(code, code or "Sans thème"))


def marks(*, scope: Scope, dossier: int) -> dict[str, list[Mark]]:
    """Criterion → what the agency wrote of it, the last first.

    Raises:
        Denied: the account does not instruct.
    """
    if not scope.may(Capability.INSTRUIRE_PROGRAMMES):
        raise Denied("Les notes d'instruction se lisent à l'ARS.", code="notes")
    found: dict[str, list[Mark]] = defaultdict(list)
    for note in Note.objects.filter(dossier_id=dossier).order_by("-pk"):
        found[note.criterion].append(Mark(note.criterion, note.score, note.text, note.actor, note.recorded_at))
    return dict(found)
