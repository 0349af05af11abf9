"""The yearly campaign: every application looked at again between two dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from archipel.domains.systems.rules.completeness import by_member
from archipel.domains.systems.values.records import Inventory, Record
from archipel.domains.systems.values.schema import Kind
from archipel.kernel import clock

SOON = 30
"""Days before the end from which what is left is urgent."""
BEFORE = (SOON, 7, 1)
"""Days before the end on which members that have not finished are reminded, besides the opening and the middle."""


def reminder_days(campaign: Record) -> list[date]:
    """The days on which a campaign reminds: opening, middle, a month, a week and a day before its end."""
    begin, end = campaign.day("ouverture"), campaign.day("cloture")
    if begin is None or end is None or end < begin:
        return []
    days = {begin, begin + (end - begin) / 2, *(end - timedelta(days=count) for count in BEFORE)}
    return sorted(day for day in days if begin <= day <= end)


def reminder_due(campaign: Record, today: date, done: set[date]) -> date | None:
    """The planned day whose reminder is to be sent; None: nothing is due.

    Only the last planned day counts: when nothing could be sent for a time, one message is sent and not several.
    """
    end = campaign.day("cloture")
    if end is None or today > end:
        return None
    last = max((day for day in reminder_days(campaign) if day <= today), default=None)
    return last if last is not None and last not in done else None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one member stands: what was said or confirmed since the opening, what waits."""

    establishment: str
    reviewed: int
    waiting: tuple[Record, ...]
    score: Decimal | None

    @property
    def total(self) -> int:
        """The applications to look at."""
        return self.reviewed + len(self.waiting)

    def state(self, days: int) -> str:
        """``ok``, ``en_retard`` (the end is past), ``a_risque`` (less than a month) or ``en_cours``; ``days`` left."""
        if self.total and not self.waiting:
            return "ok"
        return "en_retard" if days < 0 else "a_risque" if days <= SOON else "en_cours"


def current(known: Inventory) -> Record | None:
    """The campaign opened last by the day; None when none was."""
    opened = [one for one in known.of(Kind.CAMPAGNE) if (begin := one.day("ouverture")) and begin <= known.day]
    return max(opened, key=lambda one: (one.text("ouverture"), one.key.code), default=None)


def progress(known: Inventory, campaign: Record, establishments: Sequence[str]) -> list[Progress]:
    """Where each member stands."""
    opening = campaign.day("ouverture") or date.max
    applications = known.of(Kind.APPLICATION)
    scores = {one.establishment: one.score for one in by_member(applications, establishments)}
    found = []
    for place in establishments:
        here = [one for one in applications if one.key.establishment == place]
        waiting = tuple(one for one in here if one.recorded_at is None or clock.day_of(one.recorded_at) < opening)
        found.append(Progress(place, len(here) - len(waiting), waiting, scores[place]))
    return found
