"""Facts: told, corrected, ended, retracted, and each of these taken back. Nothing is changed in place.

Every service takes one lock by subject and fact, appends, and leaves a trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.programmes.facts.models import Attachment
from archipel.programmes.facts.models import Fact as Row
from archipel.programmes.facts.queries.vocabulary import vocabulary
from archipel.programmes.facts.rules.payments import proves_absence
from archipel.programmes.facts.rules.reading import source_key
from archipel.programmes.facts.rules.typed import check, to_text
from archipel.programmes.facts.services.subjects import Placed, place, require_writer
from archipel.programmes.facts.values import Maille, Mode, Subject, Value
from archipel.programmes.packs.public import Fait

_LOCK = 7205_311
MIN_REASON = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to be told; ``valid_until`` is the last day it holds."""

    subject: Subject
    fact: str
    value: Value
    effective_at: date
    source: str
    valid_until: date | None = None
    proof: str = ""
    attachment: int | None = None
    mode: Mode | None = None
    """None: entered when something backs it, declared otherwise."""


def record_fact(*, scope: Scope, draft: Draft, reason: str = "", batch: int | None = None) -> int:
    """Tell a fact; returns its number.

    Raises:
        Denied: the account does not keep the facts of that subject.
        NotFound: unknown fact, or subject out of the graph. Invalid: value, dates, source, missing proof of absence.
        Conflict: the same source says something with the same date of effect already: correct it instead.
    """
    placed, known = _checked(draft)
    require_writer(scope, placed)
    with transaction.atomic():
        _lock(draft.subject, draft.fact)
        same = _live(draft.subject, draft.fact).filter(
            source_key=source_key(draft.source), effective_at=draft.effective_at
        )
        found = same.first()
        if found is not None:
            raise Conflict(
                f"« {draft.source} » dit déjà « {known.libelle} » avec effet au {draft.effective_at:%d/%m/%Y} "
                f"(fait n° {found.pk}) : corrigez-le.",
                code="fait-deja-dit",
                number=found.pk,
            )
        row = _append(draft, placed, known, scope.actor, timezone.now(), reason=reason, batch=batch)
        _trace(scope, "fait.saisie", row)
    return row.pk


def correct_fact(*, scope: Scope, number: int, draft: Draft, reason: str, batch: int | None = None) -> int:
    """Say a fact again, otherwise: the new one takes the place of the old one, which stays in the history.

    Raises:
        Denied, NotFound, Invalid: as :func:`record_fact`; Invalid also without a reason, or about something else.
        Conflict: the fact was replaced already, or its new source and date of effect are those of another fact.
    """
    placed, known = _checked(draft)
    require_writer(scope, placed)
    why = _reasoned(reason)
    with transaction.atomic():
        _lock(draft.subject, draft.fact)
        old = _open(number)
        if (old.maille, old.subject, old.fact) != (*draft.subject, draft.fact):
            raise Invalid("Une correction parle du même fait et du même établissement.", code="correction-autre")
        same = _live(draft.subject, draft.fact).filter(
            source_key=source_key(draft.source), effective_at=draft.effective_at
        )
        if same.exclude(pk=number).exists():
            raise Conflict("Un autre fait a cette source et cette date d'effet.", code="fait-deja-dit")
        row = _append(draft, placed, known, scope.actor, timezone.now(), replaces=old, reason=why, batch=batch)
        _trace(scope, "fait.correction", row)
    return row.pk


def end_fact(*, scope: Scope, number: int, valid_until: date, reason: str) -> int:
    """Say until when a fact holds (last day included); returns the number of the fact that replaces it.

    Raises:
        Denied, NotFound, Conflict. Invalid: an end before its effect, no reason.
    """
    with transaction.atomic():
        old = _open(number)
        _require(scope, old)
        if valid_until < old.effective_at:
            raise Invalid("La fin de validité précède la date d'effet.", code="fait-dates", field="valide_jusqu_au")
        return _again(scope, old, _reasoned(reason), "fait.fin", valid_until=valid_until)


def retract_fact(*, scope: Scope, number: int, reason: str) -> int:
    """Withdraw a fact told by mistake: it no longer holds at any date; returns the number of the withdrawal.

    Raises:
        Denied, NotFound. Conflict: replaced already. Invalid: no reason.
    """
    with transaction.atomic():
        old = _open(number)
        _require(scope, old)
        return _again(scope, old, _reasoned(reason), "fait.retrait", retracted=True)


def undo(*, scope: Scope, number: int, reason: str = "Annulation") -> int:
    """Take an act back: what held before it holds again; returns the number of the fact that says so.

    Raises:
        Denied, NotFound. Conflict: something was said since.
    """
    with transaction.atomic():
        row = Row.objects.filter(pk=number).first()
        if row is None:
            raise NotFound(f"Le fait n° {number} est introuvable.", code="fait-introuvable")
        _require(scope, row)
        _lock(Subject(Maille(row.maille), row.subject), row.fact)
        if Row.objects.filter(replaces=row).exists():
            raise Conflict(f"Le fait n° {number} a été remplacé depuis.", code="fait-remplace")
        before = Row.objects.filter(pk=row.replaces_id).first() if row.replaces_id else None
        if before is None or before.retracted:
            return _again(scope, row, reason, "fait.annulation", retracted=True)
        content = {name: getattr(before, name) for name in _CONTENT}
        same = _live(Subject(Maille(row.maille), row.subject), row.fact).filter(
            source_key=before.source_key, effective_at=before.effective_at
        )
        if same.exclude(pk=row.pk).exists():
            raise Conflict("Depuis, la même source a dit autre chose à la même date d'effet.", code="fait-deja-dit")
        return _again(scope, row, reason, "fait.annulation", **content, retracted=False)


_CONTENT = (
    "value", "type", "effective_at", "valid_until", "mode", "source", "source_key", "proof", "attachment_id",
)  # fmt: skip


def _checked(draft: Draft) -> tuple[Placed, Fait]:
    known = vocabulary()[draft.fact]
    if known.maille is not draft.subject.maille:
        raise Invalid(f"« {known.libelle} » se dit au niveau « {known.maille.value} ».", code="fait-niveau")
    value = check(known, draft.value)
    if len(draft.source.split()) == 0:
        raise Invalid("Dites d'où vient le fait : sans source, il n'est pas gardé.", code="fait-source", field="source")
    if not 1990 <= draft.effective_at.year <= 2100:
        raise Invalid("La date d'effet est hors de 1990-2100.", code="fait-dates", field="date_effet")
    if draft.valid_until is not None and draft.valid_until < draft.effective_at:
        raise Invalid("La fin de validité précède la date d'effet.", code="fait-dates", field="valide_jusqu_au")
    if proves_absence(draft.fact, value) and not (draft.proof.strip() or draft.attachment):
        raise Invalid(
            f"« {known.libelle} : non » se prouve : donnez la référence d'une attestation, ou joignez-la.",
            code="absence-sans-preuve",
            field="preuve",
        )
    return place(draft.subject, draft.effective_at), known


def _append(
    draft: Draft,
    placed: Placed,
    known: Fait,
    actor: str,
    now: datetime,
    *,
    replaces: Row | None = None,
    reason: str = "",
    batch: int | None = None,
) -> Row:
    proof = draft.proof.strip()
    if draft.attachment is not None and not Attachment.objects.filter(pk=draft.attachment).exists():
        raise NotFound("La pièce jointe est introuvable.", code="piece-introuvable")
    backed = bool(proof or draft.attachment)
    return Row.objects.create(
        maille=draft.subject.maille.value,
        subject=draft.subject.code,
        establishments=sorted(placed.establishments),
        fact=draft.fact,
        type=known.type.value,
        value=to_text(check(known, draft.value)),
        effective_at=draft.effective_at,
        valid_until=draft.valid_until,
        recorded_at=now,
        source=" ".join(draft.source.split()),
        source_key=source_key(draft.source),
        author=actor,
        mode=(draft.mode or (Mode.SAISI if backed else Mode.DECLARE)).value,
        proof=proof,
        attachment_id=draft.attachment,
        batch_id=batch,
        reason=" ".join(reason.split()),
        replaces=replaces,
    )


def _again(scope: Scope, old: Row, reason: str, action: str, **changed: Any) -> int:
    """Append the row that replaces ``old``: the same, but for what changed."""
    content = {name: getattr(old, name) for name in _CONTENT} | changed
    row = Row.objects.create(
        maille=old.maille,
        subject=old.subject,
        establishments=old.establishments,
        fact=old.fact,
        recorded_at=timezone.now(),
        author=scope.actor,
        reason=" ".join(reason.split()),
        replaces=old,
        **content,
    )
    _trace(scope, action, row)
    return row.pk


def _live(subject: Subject, fact: str) -> Any:
    return Row.objects.filter(
        maille=subject.maille.value, subject=subject.code, fact=fact, retracted=False, replaced_by=None
    )


def _open(number: int) -> Row:
    """The live fact of that number, locked with everything said of the same thing."""
    row = Row.objects.filter(pk=number).first()
    if row is None:
        raise NotFound(f"Le fait n° {number} est introuvable.", code="fait-introuvable")
    _lock(Subject(Maille(row.maille), row.subject), row.fact)
    if row.retracted or Row.objects.filter(replaces=row).exists():
        raise Conflict(f"Le fait n° {number} a déjà été remplacé ou retiré : rechargez la page.", code="fait-remplace")
    return row


def _require(scope: Scope, row: Row) -> None:
    require_writer(scope, place(Subject(Maille(row.maille), row.subject), row.effective_at))


def _lock(subject: Subject, fact: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, f"{subject}|{fact}"])


def _reasoned(reason: str) -> str:
    why = " ".join(reason.split())
    if len(why) < MIN_REASON:
        raise Invalid("Dites pourquoi : le motif reste dans l'historique.", code="motif", field="motif")
    return why


def _trace(scope: Scope, action: str, row: Row) -> None:
    record(
        scope=scope,
        action=action,
        establishment=row.establishments[0] if len(row.establishments) == 1 else "",
        object_type="fait",
        object_key=str(row.pk),
        reason=row.reason,
        details={"sujet": f"{row.maille}:{row.subject}", "fait": row.fact, "effet": row.effective_at.isoformat()},
    )
