"""What every act on a bed shares: permission, transaction, locks, projection, trace, event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from archipel.domains.flow.services import bed_ledger
from archipel.domains.flow.services.bed_ledger import BedKey, Situation
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class BedAct:
    """What was done: the facts written (to undo them together) and a French sentence."""

    key: BedKey
    facts: tuple[int, ...]
    message: str


@contextmanager
def acting(scope: Scope, key: BedKey, *others: BedKey) -> Iterator[datetime]:
    """Permission, transaction and locks; gives the moment of the act."""
    for bed in (key, *others):
        scope.require(Capability.GERER_LITS, bed.establishment)
    with in_scope(scope):
        bed_ledger.lock((key, *others))
        yield clock.now()


def done(
    scope: Scope, action: str, read: Situation, facts: Sequence[int], message: str, at: datetime, reason: str = ""
) -> BedAct:
    """Projection, trace and event."""
    key = read.key
    bed_ledger.refresh(key, at)
    trace(scope, action, key, facts, reason)
    tell(read)
    return BedAct(key, tuple(facts), message)


def trace(scope: Scope, action: str, key: BedKey, facts: Sequence[int], reason: str) -> None:
    """Leave the trace of the act."""
    record(
        scope=scope,
        action=f"lits.{action}",
        establishment=key.establishment,
        object_type="lit",
        object_key=key.text,
        reason=reason,
        details={"faits": list(facts)},
    )


def tell(*changed: Situation) -> None:
    """Wake the boards of the units and sites concerned."""
    units = sorted({f"{read.key.establishment}:{read.key.uf}" for read in changed})
    publish("flow.changed", {"uf": units, "sites": sorted({read.unit.site for read in changed if read.unit.site})})


def reasoned(reason: str, why: str) -> str:
    """The reason, or Invalid when there is none."""
    text = " ".join(reason.split())
    if not text:
        raise Invalid(f"Indiquez le motif : {why}.", code="motif-manquant", field="reason")
    return text


def future(until: datetime | None, at: datetime) -> None:
    """Invalid when an end is already past."""
    if until is not None and until <= at:
        raise Invalid("La date de fin est déjà passée : indiquez un moment à venir.", code="fin-passee", field="until")


def refuse_occupied(read: Situation, act: str, force: bool) -> None:
    """Conflict when somebody is in the bed, unless forced."""
    if read.occupants and not force:
        raise Conflict(
            f"Le lit {read.key.label} est occupé : pour {act} quand même, cochez « forcer » et dites pourquoi.",
            code="lit-occupe",
        )
