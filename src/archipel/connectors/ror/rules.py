"""When to speak to the ROR of an offer, and in which order. Pure: no clock, no database, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from archipel.connectors.ror.codec.patch import Operation
from archipel.domains.flow.values.offers import Indicator, Statement, Statut


@dataclass(frozen=True, slots=True)
class Step:
    """One operation to send."""

    operation: Operation
    indicator: Indicator
    count: int


_LEAVING: dict[str, int] = {Statut.DISPONIBLE: 0, Statut.INSTALLE: 2}
"""In which order figures go down."""


def steps(
    should: Statement, accepted: Mapping[Indicator, tuple[int, datetime]], *, stale_before: datetime | None = None
) -> list[Step]:
    """What to send so that the ROR says what it should.

    Args:
        should: what it should say.
        accepted: what it last accepted, and the date that each figure carries there.
        stale_before: send again what has not changed but carries an older date (the cadence asks for a fresh one).

    Returns:
        What goes down or must disappear first (free beds, then the others, installed ones last), then what goes up
        (installed ones first), then what stays: so that no moment of the sequence tells more beds than there are,
        and so that a closing offer has nothing available before it has everything closed (RG_EXP_047). An indicator
        that the ROR never had comes with the replacements: the ROR asks for an addition itself.
    """
    down: list[Step] = []
    up: list[Step] = []
    same: list[Step] = []
    for indicator in sorted(should):
        count = should[indicator]
        known, told_at = accepted.get(indicator, (None, None))
        step = Step(Operation.REPLACE, indicator, count)
        if known is None:
            (up if count else down).append(step)
        elif count < known:
            down.append(step)
        elif count > known:
            up.append(step)
        elif stale_before is not None and told_at is not None and told_at < stale_before:
            same.append(step)
    gone = [Step(Operation.DELETE, one, 0) for one in sorted(set(accepted) - set(should))]
    less = sorted([*down, *gone], key=lambda step: _LEAVING.get(step.indicator.status, 1))
    return [*less, *up, *same]


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an offer stands with the ROR."""

    accepted_at: datetime | None
    """Date of the oldest figure that the ROR has of it; None: it never had all of it."""
    sent_at: datetime | None
    """When something was last sent."""
    next_at: datetime | None
    """Not before, after a failure or a refusal."""
    asked: bool
    """A person asked to send again."""
    tried_at: datetime | None
    """When all of it was last sent and something was refused."""
    differs: bool
    """What should be said is not what was accepted."""


def reason_to_send(one: Situation, now: datetime, every: timedelta, spacing: timedelta) -> str:
    """Why to send now: ``demande``, ``reprise``, ``changement``, ``cadence``; empty: not now.

    A change waits until ``spacing`` has passed since the last sending. A failure or a refusal waits for its own delay,
    unless a person asks.
    """
    if one.asked:
        return "demande"
    if one.next_at is not None and now < one.next_at:
        return ""
    if one.next_at is not None:
        return "reprise"
    if one.differs:
        early = one.sent_at is not None and now - one.sent_at < spacing
        return "" if early else "changement"
    return "cadence" if cadence_due(one, now, every) else ""


def cadence_due(one: Situation, now: datetime, every: timedelta) -> bool:
    """Whether the figures of an offer are to be told again even unchanged."""
    last = max((moment for moment in (one.accepted_at, one.tried_at) if moment is not None), default=None)
    return last is None or now - last >= every


def lateness(
    accepted_at: datetime | None, since: datetime, now: datetime, every: timedelta, tolerance: timedelta
) -> datetime | None:
    """Since when the ROR should have heard of an offer; None when it is not late.

    Args:
        accepted_at: date of the oldest figure that the ROR has of it, None: it never had all of it.
        since: from when the offer is to be told.
        every: the longest time between two sendings.
        tolerance: grace before it is called late.
    """
    due = (accepted_at + every) if accepted_at is not None else since
    return due if now >= due + tolerance else None


def backoff(attempts: int, first: timedelta, longest: timedelta, chance: float) -> timedelta:
    """How long to wait after so many failures in a row: doubling, at most ``longest``, spread by chance.

    Args:
        attempts: failures in a row, 1 at least.
        chance: a number drawn in [0, 1); the wait lies between half and the whole of the delay, so that those who
            failed together do not come back together.
    """
    doubled: int = 2 ** min(max(attempts, 1) - 1, 20)
    return min(longest, min(first, longest) * doubled) * (0.5 + chance / 2)
