"""What a dossier decides of money, told to the ledger of money: the grant, what it triggers, the payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.utils import timezone

from archipel.foundation.accounts.queries import establishments_of_territory
from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.dossiers.models import Dossier, Participation
from archipel.programmes.dossiers.queries import store, templates
from archipel.programmes.dossiers.rules.lifecycle import Fact, Life
from archipel.programmes.dossiers.values.states import GRANTED, Status
from archipel.programmes.funding import public as funding
from archipel.programmes.funding.public import Kind, Origin, Told


def reference_of(dossier: int) -> str:
    """The name that the ledger of money gives to the project of a dossier."""
    return f"dossier:{dossier}"


def mirror(row: Dossier) -> None:
    """Bring the ledger of money up to what the dossier says now. Nothing happens before a first grant."""
    if not any(fact.code == "retenir" for fact in store.facts(row.pk)):
        return
    life = store.life(row.pk)
    told = list(_told(row, life))
    rows = Participation.objects.filter(dossier=row, agreed_at__isnull=False).order_by("pk")
    codes = [row.bearer_finess, *(one.finess for one in rows if one.finess != row.bearer_finess)]
    first = min((one.effective_on for one in told), default=timezone.localdate())
    origin = Origin(
        reference_of(row.pk), row.programme, row.pack_version, row.theme, row.title, tuple(codes), first
    )  # fmt: skip
    funding.mirror(origin, told)


def mirror_all() -> int:
    """Tell the grants that the ledger of money does not follow yet (decided before it did); returns how many."""
    count = 0
    with in_scope(system_scope("financement", establishments_of_territory())):
        for row in Dossier.objects.filter(status__in=[status.value for status in GRANTED]).order_by("pk"):
            if funding.by_reference(reference_of(row.pk)) is None:
                mirror(row)
                count += 1
    return count


def _told(row: Dossier, life: Life) -> Iterator[Told]:
    """The decision in force, the instalments that it triggers, the payments."""
    instalments = [one.id for one in templates.of(row).instalments]
    granted = life.last("retenir")
    if granted is not None and life.status in GRANTED:
        amount = Decimal(str(granted.data.get("montant", "0")))
        yield _line(row, granted, Kind.OCTROI, amount=amount, text=granted.reason)
        if instalments:
            yield _line(row, granted, Kind.CONDITION, "acceptation", instalment=instalments[0], text="Projet retenu")
    closed = life.last({Status.REFUSE: "refuser", Status.ABANDONNE: "abandonner"}.get(life.status, ""))
    if closed is not None:
        ours = life.status is Status.ABANDONNE
        text = f"Dossier abandonné : {closed.reason}" if ours else closed.reason
        yield replace(_line(row, closed, Kind.REFUS, text=text), by_authority=not ours)
    settled = life.last("solder") if life.status is Status.SOLDE else None
    if settled is not None and len(instalments) > 1:
        yield _line(
            row, settled, Kind.CONDITION, "objectifs", instalment=instalments[-1], text=f"Soldé : {settled.reason}"
        )
    for fact in life.payments:
        amount = Decimal(str(fact.data.get("montant", "0")))
        instalment = str(fact.data.get("echeance", ""))
        yield _line(
            row, fact, Kind.ENCAISSEMENT, amount=amount, year=_day(fact).year, instalment=instalment, text=fact.reason
        )


def _line(
    row: Dossier, fact: Fact, kind: Kind, part: str = "", *, amount: Decimal | None = None, year: int | None = None,
    instalment: str = "", text: str = "",
) -> Told:  # fmt: skip
    source = f"{reference_of(row.pk)}#{fact.id}" + (f":{part}" if part else "")
    return Told(source, kind, _day(fact), fact.actor, amount, year, instalment, text)


def _day(fact: Fact) -> date:
    return timezone.localtime(fact.effective_at).date()
