"""What holds on a day, from everything that was said; the same rule as the database's, for many days at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from archipel.domains.systems.values.records import Key, Record


@dataclass(frozen=True, slots=True)
class Said:
    """One statement, in the order in which it was recorded."""

    key: Key
    since: date
    content: Mapping[str, Any]
    withdrawn: bool = False
    void: bool = False
    recorded_at: datetime | None = None
    actor: str = ""


def fold(said: Iterable[Said], day: date) -> tuple[Record, ...]:
    """The things that are there on the day.

    Of two statements on a thing from the same day, the later recorded counts; a void one says nothing; among those
    that begin by the day, the one that begins last holds.
    """
    latest: dict[tuple[Key, date], Said] = {}
    for one in said:
        if one.since <= day:
            latest[one.key, one.since] = one
    held: dict[Key, Said] = {}
    for (key, since), one in latest.items():
        if not one.void and (key not in held or held[key].since < since):
            held[key] = one
    return tuple(
        Record(key, one.content, one.since, one.recorded_at, one.actor)
        for key, one in sorted(held.items())
        if not one.withdrawn
    )
