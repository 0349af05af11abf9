"""Everything that was said of one fact of one subject, and what became of it; every fact as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archipel.kernel.errors import NotFound
from archipel.programmes.facts.models import Attachment
from archipel.programmes.facts.models import Fact as Row
from archipel.programmes.facts.queries.ledger import fact_of_model
from archipel.programmes.facts.values import Fact, Subject


@dataclass(frozen=True, slots=True)
class FactLine:
    """One row of the ledger: what it says, what it replaces, what replaces it."""

    fact: Fact
    retracted: bool
    replaces: int | None
    replaced_by: int | None
    replaced_at: datetime | None
    batch: int | None
    attachment: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing replaces it, and it says something."""
        return self.replaced_by is None and not self.retracted


def _line(row: Row) -> FactLine:
    later = row.replaced_by if hasattr(row, "replaced_by") else None
    return FactLine(
        fact=fact_of_model(row),
        retracted=row.retracted,
        replaces=row.replaces_id,
        replaced_by=later.pk if later else None,
        replaced_at=later.recorded_at if later else None,
        batch=row.batch_id,
        attachment=row.attachment.name if row.attachment else "",
    )


def history(subject: Subject, fact: str) -> list[FactLine]:
    """Every row about a fact of a subject, newest first."""
    rows = Row.objects.filter(maille=subject.maille.value, subject=subject.code, fact=fact)
    rows = rows.select_related("replaced_by", "attachment").defer("attachment__content").order_by("-id")
    return [_line(row) for row in rows]


def line(number: int) -> FactLine:
    """One row. Raises NotFound: none of that number in the scope."""
    rows = Row.objects.select_related("replaced_by", "attachment").defer("attachment__content")
    row = rows.filter(pk=number).first()
    if row is None:
        raise NotFound(f"Le fait n° {number} est introuvable.", code="fait-introuvable")
    return _line(row)


def live() -> Iterator[Fact]:
    """Every fact that nothing replaces, for the export: by subject, fact, then date of effect."""
    rows = Row.objects.filter(retracted=False, replaced_by=None)
    for row in rows.order_by("subject", "maille", "fact", "effective_at", "id").iterator():
        yield fact_of_model(row)


def attachment(number: int) -> tuple[str, str, bytes]:
    """Name, type and content of a document. Raises NotFound: none of that number in the scope."""
    row = Attachment.objects.filter(pk=number).first()
    if row is None:
        raise NotFound("La pièce jointe est introuvable.", code="piece-introuvable")
    return row.name, row.content_type, bytes(row.content)
