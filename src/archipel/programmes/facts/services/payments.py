"""The history of payments of past programmes: recorded, retracted, never changed in place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.programmes.facts.models import Payment as Row
from archipel.programmes.facts.rules.importing import MAX_AMOUNT
from archipel.programmes.facts.rules.payments import PROGRAMMES
from archipel.programmes.facts.rules.reading import source_key
from archipel.programmes.facts.services.subjects import place, require_writer
from archipel.programmes.facts.values import Maille, PaymentKind, Subject


def record_payment(
    *,
    scope: Scope,
    subject: Subject,
    programme: str,
    kind: PaymentKind,
    amount: Decimal,
    paid_on: date,
    source: str,
    label: str = "",
    proof: str = "",
    attachment: int | None = None,
    batch: int | None = None,
) -> int:
    """Record a payment received; returns its number. ``amount`` in euros, ``subject`` a FINESS PMSI.

    Raises:
        Denied, NotFound (out of the graph). Invalid: programme, amount, future date, no source, another level.
        Conflict: the same payment is recorded already.
    """
    if programme not in PROGRAMMES:
        raise Invalid(f"Le programme « {programme[:40]} » est inconnu.", code="versement-programme", field="programme")
    if subject.maille is not Maille.FINESS_PMSI:
        raise Invalid("Un versement se dit d'un FINESS PMSI.", code="versement-niveau", field="finess")
    if not 0 < amount <= MAX_AMOUNT or amount != round(amount, 2):
        raise Invalid("Le montant est positif, en euros et centimes.", code="versement-montant", field="montant")
    if not date(2010, 1, 1) <= paid_on <= timezone.localdate():
        raise Invalid("Un versement reçu a une date passée, depuis 2010.", code="versement-date", field="date")
    if not source.strip():
        raise Invalid("Dites d'où vient le versement.", code="fait-source", field="source")
    placed = place(subject, paid_on)
    require_writer(scope, placed)
    with transaction.atomic():
        same = Row.objects.filter(
            maille=subject.maille.value, subject=subject.code, programme=programme, kind=kind.value, amount=amount,
            paid_on=paid_on, retracted=False, replaced_by=None,
        )  # fmt: skip
        if same.exists():
            raise Conflict("Ce versement est déjà enregistré.", code="versement-deja-dit")
        row = Row.objects.create(
            maille=subject.maille.value, subject=subject.code, establishments=sorted(placed.establishments),
            source=" ".join(source.split()), source_key=source_key(source), proof=proof.strip(),
            attachment_id=attachment, batch_id=batch, recorded_at=timezone.now(), author=scope.actor,
            programme=programme, kind=kind.value, amount=amount, paid_on=paid_on, label=" ".join(label.split()),
        )  # fmt: skip
        _trace(scope, "versement.saisie", row)
    return row.pk


def retract_payment(*, scope: Scope, number: int, reason: str) -> int:
    """Withdraw a payment told by mistake, or take a withdrawal back; returns the number of the row that says so.

    Raises:
        Denied, NotFound. Conflict: something was said since. Invalid: no reason.
    """
    if not reason.strip():
        raise Invalid("Dites pourquoi.", code="motif", field="motif")
    with transaction.atomic():
        old = Row.objects.filter(pk=number).first()
        if old is None:
            raise NotFound(f"Le versement n° {number} est introuvable.", code="versement-introuvable")
        require_writer(scope, place(Subject(Maille(old.maille), old.subject), old.paid_on))
        if Row.objects.filter(replaces=old).exists():
            raise Conflict(f"Le versement n° {number} a été repris depuis.", code="versement-remplace")
        row = Row.objects.create(
            maille=old.maille, subject=old.subject, establishments=old.establishments, source=old.source,
            source_key=old.source_key, proof=old.proof, attachment_id=old.attachment_id, recorded_at=timezone.now(),
            author=scope.actor, programme=old.programme, kind=old.kind, amount=old.amount, paid_on=old.paid_on,
            label=old.label, reason=" ".join(reason.split()), retracted=not old.retracted, replaces=old,
        )  # fmt: skip
        _trace(scope, "versement.retrait" if row.retracted else "versement.retablissement", row)
    return row.pk


def _trace(scope: Scope, action: str, row: Row) -> None:
    record(
        scope=scope, action=action, establishment=row.establishments[0] if len(row.establishments) == 1 else "",
        object_type="versement", object_key=str(row.pk), reason=row.reason,
        details={"sujet": f"{row.maille}:{row.subject}", "programme": row.programme, "nature": row.kind},
    )  # fmt: skip
