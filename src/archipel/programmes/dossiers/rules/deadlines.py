"""What is due for a dossier, when, whether it is late, and which reminders are due today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from archipel.programmes.dossiers.values.states import BEFORE_DEPOSIT, GRANTED, Status
from archipel.programmes.dossiers.values.template import Milestone, Template

NOTICE_DAYS: tuple[int, ...] = (30, 14, 7, 1, 0)
"""A reminder this many days before; ours, no source says it."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due: by when (None: no source gives the day), whether it is done, and since how many days late."""

    id: str
    label: str
    nature: str
    due: date | None
    done: bool
    late_days: int = 0
    left_days: int | None = None
    certainty: str = "ferme"
    source: str = ""
    words: str = ""

    @property
    def late(self) -> bool:
        """Whether the day has passed and the thing is not done."""
        return self.late_days > 0


def deadlines(template: Template, status: Status, today: date) -> tuple[Deadline, ...]:
    """The dates that concern a dossier in that state, the nearest first; an abandoned or refused one has none."""
    if status in (Status.ABANDONNE, Status.REFUSE):
        return ()
    closing = template.closing
    found = [
        _deadline(one, status, today)
        for one in template.calendar
        if one.nature in _DONE and (one.nature != "cloture" or one is closing)
    ]
    return tuple(sorted(found, key=lambda d: (d.due is None, d.due or date.max, d.id)))


_AGREED = frozenset({Status.CONVENTIONNE, Status.PREUVES, Status.SOLDE})
_DONE: dict[str, frozenset[Status]] = {
    "cloture": frozenset(set(Status) - BEFORE_DEPOSIT),
    "instruction": GRANTED,
    "convention": _AGREED,
    "realisation": frozenset({Status.PREUVES, Status.SOLDE}),
    "preuve": frozenset({Status.PREUVES, Status.SOLDE}),
    "decision": frozenset({Status.SOLDE}),
    "versement": frozenset({Status.SOLDE}),
}
"""Nature of a date of the calendar → the states in which it is behind; the other natures ask nothing of a dossier."""
_OTHERS_ACT = frozenset({"versement", "instruction", "convention", "decision"})
"""Dates that the agency or the State must hold: never said late to whoever writes."""


def _deadline(one: Milestone, status: Status, today: date) -> Deadline:
    done = status in _DONE[one.nature]
    due = one.due
    passed = due is not None and not done and today > due and one.nature not in _OTHERS_ACT
    late = (today - due).days if passed and due is not None else 0
    left = (due - today).days if due is not None and not done and today <= due else None
    return Deadline(one.id, one.label, one.nature, due, done, late, left, one.certainty, one.source, one.words)


def reminders(found: tuple[Deadline, ...], today: date) -> tuple[tuple[Deadline, int], ...]:
    """(deadline, notice in days) of what must be recalled now: the tightest notice whose day has come, once it has.

    The same notice is due on every day until the next one, so that a day without a tick loses nothing.
    """
    due = []
    for one in found:
        if one.due is None or one.done or one.late:
            continue
        reached = [days for days in NOTICE_DAYS if one.due - timedelta(days=days) <= today]
        if reached:
            due.append((one, min(reached)))
    return tuple(due)


def late_for_deposit(template: Template, day: date) -> Milestone | None:
    """The closing that a deposit made on that day comes after; None when it is in time, or no closing is known."""
    closing = template.closing
    if closing is None or closing.due is None or day <= closing.due:
        return None
    return closing
