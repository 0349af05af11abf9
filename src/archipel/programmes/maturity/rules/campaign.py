"""A campaign of self-diagnosis: what is due, when reminders leave, how far each member is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Acte(StrEnum):
    """What may happen to a campaign once it is open."""

    PROLONGATION = "prolongation"
    CLOTURE = "cloture"
    REOUVERTURE = "reouverture"
    RELANCE = "relance"


class EtatCampagne(StrEnum):
    """Where a campaign stands."""

    A_VENIR = "a_venir"
    EN_COURS = "en_cours"
    EN_RETARD = "en_retard"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Fait:
    """Something that happened to a campaign, in the order of ``id``; ``etablissement`` empty: all members."""

    id: int
    acte: Acte
    le: date
    echeance: date | None = None
    etablissement: str = ""
    automatique: bool = False


@dataclass(frozen=True, slots=True)
class Deroulement:
    """A campaign as its facts make it."""

    echeance: date
    close: bool
    relances: tuple[tuple[str, date], ...]


def unfold(due: date, facts: Iterable[Fait]) -> Deroulement:
    """The deadline in force, whether it is closed, and the reminders sent."""
    closed, reminders = False, []
    for fact in sorted(facts, key=lambda f: f.id):
        if fact.acte is Acte.PROLONGATION and fact.echeance is not None:
            due = fact.echeance
        elif fact.acte is Acte.CLOTURE:
            closed = True
        elif fact.acte is Acte.REOUVERTURE:
            closed = False
        elif fact.acte is Acte.RELANCE:
            reminders.append((fact.etablissement, fact.le))
    return Deroulement(due, closed, tuple(reminders))


def state(opens: date, course: Deroulement, complete: bool, today: date) -> EtatCampagne:
    """Where the campaign stands on a day; late means past its deadline and not complete."""
    if course.close:
        return EtatCampagne.CLOSE
    if today < opens:
        return EtatCampagne.A_VENIR
    return EtatCampagne.EN_RETARD if today > course.echeance and not complete else EtatCampagne.EN_COURS


def reminder_due(opens: date, course: Deroulement, days_before: Sequence[int], establishment: str, today: date) -> bool:
    """Whether a reminder should leave today: one of its days has come, and none was sent since that day.

    ``days_before`` counts days before the deadline (0: on the day; negative: after it). A day missed because nothing
    was running is caught up, once.
    """
    if course.close or today < opens:
        return False
    planned = [course.echeance - timedelta(days=n) for n in days_before]
    come = [day for day in planned if opens <= day <= today]
    if not come:
        return False
    sent = [day for who, day in course.relances if who in ("", establishment)]
    return not sent or max(sent) < max(come)
