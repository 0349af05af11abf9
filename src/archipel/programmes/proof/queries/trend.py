"""How statuses and measures moved: counts by day over a period, the steps of one requirement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from archipel.programmes.proof import models
from archipel.programmes.proof.values import Status, Subject

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Step:
    """A requirement took a status."""

    at: datetime
    status: Status
    reason: str
    version: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Trend:
    """Counts by status at the end of each day, oldest first."""

    days: tuple[date, ...]
    counts: tuple[Mapping[Status, int], ...]

    @property
    def useful(self) -> bool:
        """Whether there is more than one day to compare."""
        return len(self.days) > 1

    def with_today(self, day: date, counts: Mapping[Status, int]) -> Trend:
        """The same, ending with the counts of a day known better than by the steps written."""
        if not self.days or self.days[-1] != day:
            return self
        return Trend(self.days, (*self.counts[:-1], dict(counts)))

    def moved(self, status: Status) -> int:
        """How many more (or fewer) at the end than at the beginning."""
        return self.counts[-1].get(status, 0) - self.counts[0].get(status, 0) if self.counts else 0


def trend(packs: Iterable[str], asked: Iterable[tuple[str, str, Subject]], *, since: date, until: date) -> Trend:
    """Counts by day of the requirements asked for.

    Args:
        packs: ids of the packs.
        asked: (pack, path, subject); a requirement counts from the first status written for it.
        since: first day.
        until: last day.
    """
    wanted = {(pack, path, one.level.value, one.code) for pack, path, one in asked}
    rows = models.Change.objects.filter(
        pack__in=list(packs), subject__in={key[3] for key in wanted},
        at__lt=datetime.combine(until + timedelta(days=1), datetime.min.time(), PARIS),
    ).order_by("at", "id")  # fmt: skip
    now: dict[tuple[str, str, str, str], Status] = {}
    by_day: dict[date, Counter[Status]] = {}
    for pack, path, level, subject, at, status in rows.values_list(
        "pack", "requirement", "level", "subject", "at", "status"
    ):
        key = (pack, path, level, subject)
        if key in wanted:
            now[key] = Status(status)
            by_day[max(since, at.astimezone(PARIS).date())] = Counter(now.values())
    return _filled(by_day, since, until)


def _filled(by_day: Mapping[date, Counter[Status]], since: date, until: date) -> Trend:
    if not by_day:
        return Trend((), ())
    days, counts = [], []
    day, last = min(by_day), Counter[Status]()
    while day <= until:
        last = by_day.get(day, last)
        days.append(day)
        counts.append({status: last[status] for status in Status})
        day += timedelta(days=1)
    return Trend(tuple(days), tuple(counts))


def steps(pack: str, path: str, subject: Subject) -> Sequence[Step]:
    """Every status that a requirement took, oldest first."""
    rows = models.Change.objects.filter(
        pack=pack, requirement=path, level=subject.level.value, subject=subject.code
    ).order_by("at", "id")
    return [Step(row.at, Status(row.status), row.reason, row.version, row.value) for row in rows]


def last_round() -> datetime | None:
    """When the last whole round ended; None when there was none."""
    return models.Round.objects.order_by("-id").values_list("finished_at", flat=True).first()
