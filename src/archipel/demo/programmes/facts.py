"""Invented facts about the real establishments: activity, HospiConnect, past payments. Every source says invented.

The support establishment is ready for every theme, one member lacks a milestone, one has two sources that disagree,
one says nothing: each answer of a rule can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils import timezone

from archipel.foundation.scope import Scope
from archipel.programmes.facts import public as facts
from archipel.programmes.packs.public import Maille, Value
from archipel.territory import reference
from archipel.territory.reference_values import RefEj, RefGht

SOURCE = "Démonstration : valeur fictive"
OTHER_SOURCE = "Démonstration : courriel fictif qui dit le contraire"
PROOF = "Attestation fictive de démonstration"
SINCE = date(2026, 1, 15)
POINTS_A_BED = 90
"""Invented: no source gives the formula of the activité combinée."""
MILESTONES = (
    "hospiconnect-candidature-validee",
    "hospiconnect-note-cadrage-deposee",
    "hospiconnect-indicateurs-maturite-complets",
)
PAYMENTS = ("versement-usage-sun-es", "versement-usage-hopen2-phase1")
PAID = (("sun-es", date(2023, 6, 30), Decimal(42_000)), ("hopen2-phase1", date(2025, 3, 14), Decimal(31_500)))


def seed(scope: Scope, ght: RefGht) -> None:
    """Tell them once."""
    subjects = [facts.Subject(Maille.FINESS_PMSI, ght.support.finess.value)]
    if facts.facts_at(subjects, timezone.localdate(), fact_ids=["activite-combinee"], derived=False).readings:
        return
    for group in reference.ghts():
        for rank, ej in enumerate(sorted(group.ejs, key=lambda one: (one.role != "S", -one.lits(), one.finess))):
            for draft in _drafts(ej, rank):
                facts.record_fact(scope=scope, draft=draft)
            if rank in (0, 1):
                _paid(scope, ej)


def _paid(scope: Scope, ej: RefEj) -> None:
    """Two invented payments of use: the history tells what nobody has to declare."""
    for programme, day, amount in PAID:
        facts.record_payment(
            scope=scope, subject=facts.Subject(Maille.FINESS_PMSI, ej.finess.value), programme=programme,
            kind=facts.PaymentKind.USAGE, amount=amount, paid_on=day, source=SOURCE, proof=PROOF,
        )  # fmt: skip


def _drafts(ej: RefEj, rank: int) -> Iterator[facts.Draft]:
    legal, activity = (facts.Subject(m, ej.finess.value) for m in (Maille.EJ, Maille.FINESS_PMSI))
    yield _draft(legal, "statut-juridique", "public")
    if rank == 5:
        return  # nothing is known of this one
    yield _draft(activity, "activite-combinee", max(1, ej.lits()) * POINTS_A_BED)
    for fact in MILESTONES[: 2 if rank == 3 else 3]:
        yield _draft(legal, fact, value=True)
    if rank == 3:
        yield _draft(legal, MILESTONES[2], value=False)
    if rank == 4:
        yield _draft(legal, MILESTONES[0], value=False, source=OTHER_SOURCE)
    for fact in PAYMENTS if rank > 1 else ():
        yield _draft(activity, fact, value=False)


def _draft(subject: facts.Subject, fact: str, value: Value, source: str = SOURCE) -> facts.Draft:
    return facts.Draft(subject, fact, value, SINCE, source, proof=PROOF)
