"""What was said of a node, by whom, and what no longer holds; the changes that were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from archipel.foundation.scope import Scope
from archipel.kernel.errors import NotFound
from archipel.programmes.perimetre.models import Change, Received, Statement
from archipel.programmes.perimetre.queries.rights import reads_file
from archipel.programmes.perimetre.values import Certainty, ChangeInfo, Key, Kind, Link, Said


@dataclass(frozen=True, slots=True)
class Line:
    """One statement about a node or one of its relations, and what became of it."""

    id: int
    said: Said
    source: str
    actor: str
    reason: str
    recorded_at: datetime
    change: int
    replaced_at: datetime | None
    withdrawn: bool

    @property
    def holds(self) -> bool:
        """Whether it is what is held true now, over its period."""
        return self.replaced_at is None and not self.withdrawn


def said_of(row: Statement) -> Said:
    """A row as a statement."""
    return Said(
        child=Key(Kind(row.child_kind), row.child),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        link=Link(row.link) if row.link else None,
        parent=Key(Kind(row.parent_kind), row.parent) if row.parent_kind else None,
        name=row.name,
        attributes=row.attributes,
        certainty=Certainty(row.certainty),
    )


def history(key: Key) -> list[Line]:
    """Every statement that names the node, as child or as parent, newest first."""
    own = Q(child_kind=key.kind.value, child=key.code) | Q(parent_kind=key.kind.value, parent=key.code)
    rows = Statement.objects.filter(own).select_related("change").prefetch_related("replaced_by").order_by("-id")
    return [
        Line(
            id=row.pk,
            said=said_of(row),
            source=row.source,
            actor=row.change.actor,
            reason=row.change.reason,
            recorded_at=row.recorded_at,
            change=row.change_id,
            replaced_at=min((one.recorded_at for one in row.replaced_by.all()), default=None),
            withdrawn=row.withdrawn,
        )
        for row in rows
    ]


def changes(limit: int = 20) -> list[ChangeInfo]:
    """The last changes, newest first."""
    rows = Change.objects.select_related("undone_by").annotate(count=Count("statements"))
    return [
        ChangeInfo(
            id=row.pk,
            at=row.at,
            actor=row.actor,
            source=row.source,
            reason=row.reason,
            statements=row.count,
            file=row.file,
            received=row.received_id,
            undone_by=row.undone_by.pk if hasattr(row, "undone_by") else None,
            undoes=row.undoes_id,
        )
        for row in rows.order_by("-id")[:limit]
    ]


def received(scope: Scope, number: int) -> tuple[str, bytes]:
    """A file as it was received. Raises NotFound: no such file, or not for this account."""
    row = Received.objects.filter(pk=number).first()
    if row is None or not reads_file(scope, row.actor):
        raise NotFound(f"Le fichier n° {number} est introuvable.", code="fichier-introuvable")
    return row.name, bytes(row.raw)
