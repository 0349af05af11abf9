"""The inventory on a day, as it was known at a moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.utils import timezone

from archipel.domains.systems.models import Alias, Mapping, Statement
from archipel.domains.systems.rules.fold import Said, fold
from archipel.domains.systems.values.records import Inventory, Key, Record
from archipel.domains.systems.values.schema import Kind
from archipel.foundation.bulk import raw_cursor
from archipel.territory import public as territory

_FOLD = """
SELECT kind, establishment, code, valid_from, content, recorded_at, actor FROM (
  SELECT DISTINCT ON (kind, establishment, code) * FROM (
    SELECT DISTINCT ON (kind, establishment, code, valid_from) *
      FROM systems_statement
     WHERE valid_from <= %s AND recorded_at <= %s AND kind = ANY(%s)
     ORDER BY kind, establishment, code, valid_from, id DESC
  ) AS latest WHERE NOT void
  ORDER BY kind, establishment, code, valid_from DESC
) AS held WHERE NOT withdrawn
ORDER BY kind, establishment, code
"""

FOLD_TEXT = _FOLD.strip()
"""The statement that reads the inventory: day, known at, kinds."""


def inventory(
    day: date | None = None, known_at: datetime | None = None, kinds: Collection[Kind] = tuple(Kind)
) -> Inventory:
    """Everything that holds on a day, within the scope of the transaction.

    Args:
        day: the day described; today by default.
        known_at: with what had been recorded by then; now by default.
        kinds: the kinds wanted.
    """
    on = day or timezone.localdate()
    with raw_cursor() as cursor:
        cursor.execute(_FOLD, [on, known_at or timezone.now(), [kind.value for kind in kinds]])
        records = tuple(
            Record(Key(Kind(kind), place, code), content, since, recorded_at, actor)
            for kind, place, code, since, content, recorded_at, actor in cursor
        )
    return Inventory(on, records, aliases(known_at), territory.establishment_names())


def ledger_version(known_at: datetime | None = None) -> int:
    """The number of the last statement of the ledger that the scope sees; 0 when there is none."""
    rows = Statement.objects.all() if known_at is None else Statement.objects.filter(recorded_at__lte=known_at)
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def history(days: Collection[date], known_at: datetime | None = None) -> list[Inventory]:
    """The inventory on several days, read once."""
    moment = known_at or timezone.now()
    rows = Statement.objects.filter(recorded_at__lte=moment, valid_from__lte=max(days)).order_by("id")
    said = [
        Said(Key(Kind(kind), place, code), since, content, withdrawn, void, recorded_at, actor)
        for kind, place, code, since, content, withdrawn, void, recorded_at, actor in rows.values_list(
            "kind", "establishment", "code", "valid_from", "content", "withdrawn", "void", "recorded_at", "actor"
        )
    ]
    known, names = aliases(known_at), territory.establishment_names()
    return [Inventory(day, fold(said, day), known, names) for day in days]


def aliases(known_at: datetime | None = None) -> dict[tuple[Kind, str], str]:
    """(kind, normalised name) → golden code, as people last decided; "" : none is meant."""
    rows = Alias.objects.order_by("id")
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    return {(Kind(kind), text): code for kind, text, code in rows.values_list("kind", "text", "code")}


def remembered(source: str, kind: Kind) -> dict[str, str]:
    """Plain heading → field, as people last decided for a source."""
    rows = Mapping.objects.filter(source=source, kind=kind.value).order_by("id")
    return dict(rows.values_list("heading", "field"))


def versions(key: Key) -> list[Statement]:
    """Every statement about a thing, newest first."""
    rows = Statement.objects.filter(kind=key.kind.value, establishment=key.establishment, code=key.code)
    return list(rows.select_related("batch").defer("batch__raw").order_by("-id"))
