"""From payments to facts: a payment of use seen proves that there was one; none seen proves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from archipel.programmes.facts.values import Observation, Payment, PaymentKind, Subject, Value

PROGRAMMES: Mapping[str, str] = MappingProxyType(
    {"sun-es": "SUN-ES", "hopen2-phase1": "HOP'EN 2, phase 1", "hopen-phase1": "HOP'EN, phase 1"}
)
"""The programmes whose payments are kept."""
_FACT = "versement-usage-"


def fact_of(programme: str) -> str:
    """The fact that a payment of use of a programme establishes."""
    return _FACT + programme


def proves_absence(fact: str, value: Value) -> bool:
    """Whether telling it says that a payment never was: that cannot be seen, it has to be attested."""
    return fact.startswith(_FACT) and value is False


def derived(payments: Iterable[Payment], at: date, known: Iterable[str]) -> list[Observation]:
    """The facts that payments establish at a date, from the day of the first payment of use.

    Args:
        payments: those that nothing replaces.
        at: later payments are left out.
        known: ids of the vocabulary; a programme whose fact no pack reads gives nothing.
    """
    ids = frozenset(known)
    first: dict[tuple[Subject, str], Payment] = {}
    for one in sorted(payments, key=lambda p: (p.paid_on, p.number)):
        fact = fact_of(one.programme)
        if one.kind is PaymentKind.USAGE and one.paid_on <= at and fact in ids:
            first.setdefault((one.subject, fact), one)
    return [
        Observation(
            subject=subject,
            fact=fact,
            value=True,
            effective_at=one.paid_on,
            source=f"historique des versements (n° {one.number}, {one.source})",
            recorded_at=one.recorded_at,
        )
        for (subject, fact), one in first.items()
    ]
