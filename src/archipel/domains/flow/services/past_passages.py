"""Passages read in files, of a site that no message tells or of the past: kept once, compared with what is followed."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from archipel.domains.flow.models import PastPassage
from archipel.domains.flow.queries.passages import ed_passages
from archipel.domains.flow.services.passage_days import count, midnight, write_days
from archipel.domains.flow.values.passages import ITEM_LABELS, Item, Passage
from archipel.domains.flow.values.tension import DayCount
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock

PARIS = ZoneInfo("Europe/Paris")
_COMPARED = tuple(item for item in Item if item not in (Item.NAISSANCE, Item.SEXE, Item.ENTREE, Item.SORTIE))


@dataclass(frozen=True, slots=True)
class PastRow:
    """A passage as a file tells it."""

    arrived_at: datetime
    left_at: datetime | None
    birth: date | None
    values: Mapping[Item, tuple[str, ...]]


class PastOutcome(StrEnum):
    """What becomes of a passage of a file."""

    NOUVEAU = "nouveau"
    """Nobody knew it: kept."""
    IDENTIQUE = "identique"
    """A file said the same before."""
    CHANGE = "change"
    """A file said otherwise before: the new values are kept."""
    SUIVI = "suivi"
    """Messages tell this passage: nothing is written, the differences are said."""


@dataclass(frozen=True, slots=True)
class PastResult:
    """The outcome of one row."""

    outcome: PastOutcome
    differences: tuple[str, ...] = ()


def store_past_passages(
    *, scope: Scope, establishment: str, site: str, rows: Sequence[PastRow], source: str
) -> tuple[PastResult, ...]:
    """Keep the passages of a file; the same file twice changes nothing. One result for each row, in order.

    Args:
        scope: ``rpu.transmettre`` on the establishment, inside its transaction.
        establishment: FINESS EJ.
        site: FINESS EG.
        rows: what the file tells.
        source: which file.

    Raises:
        Denied: no right.
    """
    scope.require(Capability.TRANSMETTRE_RPU, establishment)
    if not rows:
        return ()
    now = clock.now()
    followed = _followed(scope, site, rows)
    keys = _identities(site, rows)
    known = {
        row.identity: row
        for row in PastPassage.objects.filter(establishment=establishment, site=site, identity__in=keys)
    }
    results: list[PastResult] = []
    fresh: list[PastPassage] = []
    changed: list[PastPassage] = []
    for row, identity in zip(rows, keys, strict=True):
        live = followed.get((row.arrived_at, row.birth, _sex(row)))
        if live is not None:
            results.append(PastResult(PastOutcome.SUIVI, _differences(live, row)))
            continue
        before = known.get(identity)
        if before is None:
            fresh.append(_model(establishment, site, row, identity, source, now))
            results.append(PastResult(PastOutcome.NOUVEAU))
        elif _same(before, row):
            results.append(PastResult(PastOutcome.IDENTIQUE))
        else:
            before.left_at, before.items, before.source, before.recorded_at = row.left_at, _items(row), source, now
            changed.append(before)
            results.append(PastResult(PastOutcome.CHANGE))
    PastPassage.objects.bulk_create(fresh, batch_size=1000)
    PastPassage.objects.bulk_update(changed, ["left_at", "items", "source", "recorded_at"], batch_size=500)
    _count(establishment, site, [*fresh, *changed], now)
    return tuple(results)


def _sex(row: PastRow) -> str:
    return next(iter(row.values.get(Item.SEXE, ())), "I")


def _identities(site: str, rows: Sequence[PastRow]) -> list[str]:
    """A digest of what names each passage; the rank tells twins that arrive in the same minute."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        postcode = next(iter(row.values.get(Item.CP, ())), "")
        words = f"{site}|{row.arrived_at.astimezone(UTC).isoformat()}|{row.birth}|{_sex(row)}|{postcode}"
        seen[words] += 1
        found.append(hashlib.sha256(f"{words}|{seen[words]}".encode()).hexdigest())
    return found


def _followed(scope: Scope, site: str, rows: Sequence[PastRow]) -> dict[tuple[datetime, date | None, str], Passage]:
    """The passages that messages tell, by arrival minute, birth and sex."""
    begin = min(row.arrived_at for row in rows)
    end = max(row.arrived_at for row in rows) + timedelta(minutes=1)
    return {
        (p.arrived_at.replace(second=0, microsecond=0), p.birth, p.one(Item.SEXE)): p
        for p in ed_passages(scope=scope, since=begin, until=end, sites=[site])
    }


def _differences(live: Passage, row: PastRow) -> tuple[str, ...]:
    found = []
    for item in _COMPARED:
        here, there = live.values.get(item, ()), row.values.get(item, ())
        if there and set(here) != set(there):
            ours = ", ".join(here) or "rien"
            found.append(f"{ITEM_LABELS[item]} : ici {ours}, dans le fichier {', '.join(there)}.")
    return tuple(found)


def _items(row: PastRow) -> dict[str, object]:
    found: dict[str, object] = {item.value: list(values) for item, values in row.values.items()}
    if row.birth is not None:
        found[Item.NAISSANCE.value] = row.birth.isoformat()
    return found


def _same(before: PastPassage, row: PastRow) -> bool:
    return bool(before.left_at == row.left_at and before.items == _items(row))


def _model(establishment: str, site: str, row: PastRow, identity: str, source: str, now: datetime) -> PastPassage:
    return PastPassage(
        establishment=establishment, site=site, arrived_at=row.arrived_at, left_at=row.left_at, identity=identity,
        items=_items(row), source=source, recorded_at=now,
    )  # fmt: skip


def _count(establishment: str, site: str, touched: Iterable[PastPassage], now: datetime) -> None:
    """Count again the days of these passages, today left out: it is not over."""
    days = {row.arrived_at.astimezone(PARIS).date() for row in touched} - {now.astimezone(PARIS).date()}
    if not days:
        return
    begin, end = midnight(min(days) - timedelta(days=1)), midnight(max(days) + timedelta(days=1))
    by_day: dict[date, list[Passage]] = defaultdict(list)
    rows = PastPassage.objects.filter(establishment=establishment, site=site, arrived_at__gte=begin, arrived_at__lt=end)
    for row in rows.iterator():
        passage = _passage(row)
        day = row.arrived_at.astimezone(PARIS).date()
        for one in (day, day + timedelta(days=1)):
            by_day[one].append(passage)
    counts: dict[date, DayCount] = {day: count(day, by_day[day]) for day in days}
    write_days(establishment, site, counts, "fichier", now)


def _passage(row: PastPassage) -> Passage:
    values = {Item(name): tuple(value) for name, value in row.items.items() if isinstance(value, list)}
    return Passage(row.establishment, row.site, 0, "", 1, "", row.arrived_at, row.left_at, values)
