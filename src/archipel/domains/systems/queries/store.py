"""The inventory on a day, as it was known at a moment."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import JSONField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from archipel.domains.systems.models import Alias, Mapping, Statement
from archipel.domains.systems.rules.fold import Said, fold
from archipel.domains.systems.values.records import Inventory, Key, Record
from archipel.domains.systems.values.schema import PRICES, Kind
from archipel.foundation.bulk import raw_cursor
from archipel.territory import public as territory

_KINDS = {kind.value: kind for kind in Kind}
_NAMES = ", ".join(f"'{name}'" for name in sorted(PRICES))


def _priced(table: str = "") -> str:
    """SQL: the reader may see the prices of the establishment (the scope of the transaction says whose)."""
    listed = "(SELECT string_to_array(current_setting('archipel.prices', true), ','))::text[]"
    return f"({table}establishment = '' OR {table}establishment = ANY ({listed}))"


def _seen(table: str = "") -> str:
    """SQL: what is said of a thing, without the prices that the reader may not see."""
    return f"CASE WHEN {_priced(table)} THEN {table}content ELSE {table}content - ARRAY[{_NAMES}] END"


_FOLD = f"""
SELECT kind, establishment, code, valid_from, ({_seen()})::text, recorded_at, actor, {_priced()} FROM (
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
        rows = cursor.fetchall()
    contents = json.loads(f"[{','.join([row[4] for row in rows])}]")  # all at once: a third of the time of each apart
    records = tuple(
        Record(Key(_KINDS[kind], place, code), content, since, recorded_at, actor, priced)
        for (kind, place, code, since, _, recorded_at, actor, priced), content in zip(rows, contents, strict=True)
    )
    return Inventory(on, records, aliases(known_at), territory.establishment_names())


def ledger_version(known_at: datetime | None = None) -> int:
    """The number of the last statement of the ledger that the scope sees; 0 when there is none."""
    rows = Statement.objects.all() if known_at is None else Statement.objects.filter(recorded_at__lte=known_at)
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def history(days: Collection[date], known_at: datetime | None = None) -> list[Inventory]:
    """The inventory on several days, read once."""
    moment = known_at or timezone.now()
    rows = _with_seen(Statement.objects.filter(recorded_at__lte=moment, valid_from__lte=max(days))).order_by("id")
    said = [
        Said(Key(Kind(kind), place, code), since, content, withdrawn, void, recorded_at, actor)
        for kind, place, code, since, content, withdrawn, void, recorded_at, actor in rows.values_list(
            "kind", "establishment", "code", "valid_from", "seen", "withdrawn", "void", "recorded_at", "actor"
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
    found = list(_with_seen(rows).select_related("batch").defer("content", "batch__raw").order_by("-id"))
    for row in found:
        row.content = row.seen
    return found


def _with_seen(rows: QuerySet[Statement]) -> QuerySet[Any]:
    """The statements with ``seen``: their content without the prices that the reader may not see."""
    return rows.annotate(seen=RawSQL(_seen("systems_statement."), [], output_field=JSONField()))  # noqa: S611 - no value
