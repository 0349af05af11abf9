"""The history of payments, and the facts that it establishes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from archipel.programmes.facts.models import Payment as Row
from archipel.programmes.facts.rules.payments import derived
from archipel.programmes.facts.values import Maille, Observation, Payment, PaymentKind, Subject


def payments(subjects: Collection[Subject] | None = None, *, replaced: bool = False) -> list[Payment]:
    """The payments that the scope sees, the latest first; with ``replaced``, those that no longer hold too."""
    rows = Row.objects.order_by("-paid_on", "-id").select_related("replaced_by")
    if subjects is not None:
        rows = rows.filter(subject__in={one.code for one in subjects})
    if not replaced:
        rows = rows.filter(retracted=False, replaced_by=None)
    found = [_payment(row) for row in rows]
    return found if subjects is None else [one for one in found if one.subject in set(subjects)]


def _payment(row: Row) -> Payment:
    return Payment(
        number=row.pk,
        subject=Subject(Maille(row.maille), row.subject),
        programme=row.programme,
        kind=PaymentKind(row.kind),
        amount=row.amount,
        paid_on=row.paid_on,
        source=row.source,
        label=row.label,
        proof=row.proof,
        author=row.author,
        recorded_at=row.recorded_at,
        replaced=hasattr(row, "replaced_by"),
        retracted=row.retracted,
        reason=row.reason,
    )


def observe_payments(subjects: Sequence[Subject], fact_ids: Collection[str], at: date) -> list[Observation]:
    """Provider: the payments of use already received."""
    if not any(one.startswith("versement-usage-") for one in fact_ids):
        return []
    return derived(payments(subjects), at, fact_ids)
