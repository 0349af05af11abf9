"""The life of a dossier, folded from its ledger: where it stands, what may be done next, what may be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from archipel.programmes.dossiers.values.states import ACTS, BEFORE_DEPOSIT, GRANTED, OPENING, Act, EventKind, Status


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the ledger. ``code``: the act, or how the dossier was opened. ``undoes``: the line it takes back."""

    id: int
    kind: EventKind
    code: str
    actor: str
    effective_at: datetime
    recorded_at: datetime
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """What the ledger says now. ``steps`` are the acts in force, oldest first; ``undone`` the lines taken back."""

    status: Status
    steps: tuple[Fact, ...] = ()
    undone: frozenset[int] = frozenset()
    payments: tuple[Fact, ...] = ()
    reviews: tuple[Fact, ...] = ()
    before: Status = Status.IDEE
    """The state before the last act in force: where taking it back leads."""

    @property
    def deposited(self) -> bool:
        """Whether the agency may see it: deposited, and the deposit not taken back before the instruction."""
        return any(step.code == "deposer" for step in self.in_force)

    @property
    def in_force(self) -> tuple[Fact, ...]:
        """The acts since the writing was last taken up again."""
        last = max((n for n, step in enumerate(self.steps) if step.code in ("reprendre", "remettre")), default=-1)
        return self.steps[last + 1 :]

    def last(self, code: str) -> Fact | None:
        """The last act of that code still in force."""
        return next((step for step in reversed(self.in_force) if step.code == code), None)

    @property
    def granted(self) -> Decimal | None:
        """The amount granted, in euros; None without a decision in force."""
        found = self.last("retenir") if self.status in GRANTED else None
        return None if found is None else Decimal(str(found.data.get("montant", "0")))

    @property
    def paid(self) -> Decimal:
        """What was paid, in euros; a correction is a negative payment."""
        return sum((Decimal(str(fact.data.get("montant", "0"))) for fact in self.payments), Decimal(0))

    @property
    def undoable(self) -> Fact | None:
        """The act that may be taken back: the last one, unless money was paid since or a proof was judged."""
        if not self.steps:
            return None
        last = self.steps[-1]
        later = [*self.payments, *self.reviews]
        return None if any(fact.id > last.id for fact in later) else last


def fold(facts: Iterable[Fact]) -> Life:
    """The life that a ledger tells; the order of its numbers is the order of things.

    An act that does not follow from the state before it is ignored: services refuse to write one, and a ledger read
    in part must not fail.
    """
    ordered = sorted(facts, key=lambda fact: fact.id)
    undone = frozenset(fact.undoes for fact in ordered if fact.kind is EventKind.ANNULATION and fact.undoes is not None)
    status = before = Status.IDEE
    steps: list[Fact] = []
    payments: list[Fact] = []
    reviews: list[Fact] = []
    for fact in ordered:
        if fact.id in undone:
            continue
        if fact.kind is EventKind.OUVERTURE:
            status = OPENING.get(fact.code, Status.IDEE)
        elif fact.kind is EventKind.ACTE:
            act = ACTS.get(fact.code)
            if act is not None and status in act.before:
                before, status = status, act.after
                steps.append(fact)
        elif fact.kind is EventKind.VERSEMENT:
            payments.append(fact)
        elif fact.kind is EventKind.REVUE:
            reviews.append(fact)
    return Life(status, tuple(steps), undone, tuple(payments), tuple(reviews), before)


def possible(life: Life, *, needs_ght: bool) -> tuple[Act, ...]:
    """The acts that the state allows; where the group must validate, nothing is deposited before it did."""
    found = [act for act in ACTS.values() if life.status in act.before]
    if needs_ght and life.status is Status.REDACTION:
        found = [act for act in found if act.code != "deposer"]
    if life.status not in BEFORE_DEPOSIT and life.status is not Status.DEPOSE:
        found = [act for act in found if act.code != "reprendre"]
    return tuple(found)
