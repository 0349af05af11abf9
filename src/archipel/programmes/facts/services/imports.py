"""Files of facts or payments: kept as they came, tried, then applied line by line, or set aside; taken back whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache

from django.db import transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid, NotFound
from archipel.programmes.facts.models import Fact as FactRow
from archipel.programmes.facts.models import Import
from archipel.programmes.facts.models import Payment as PaymentRow
from archipel.programmes.facts.queries.ledger import fact_of_model
from archipel.programmes.facts.queries.vocabulary import vocabulary
from archipel.programmes.facts.rules.importing import FactLine, PaymentLine, Wrong, read_facts, read_payments
from archipel.programmes.facts.rules.payments import proves_absence
from archipel.programmes.facts.rules.reading import read, same_value, source_key
from archipel.programmes.facts.services import payments, recording
from archipel.programmes.facts.services.recording import Draft
from archipel.programmes.facts.services.subjects import WRITERS, Graphs, may_write, place, resolve
from archipel.programmes.facts.values import Fact, Maille, Mode, State, Subject
from archipel.programmes.perimetre import public as perimetre
from archipel.territory.ficom.sheets import MAX_BYTES, read_sheets

KINDS = {"faits": "faits", "versements": "versements"}


class Effect(StrEnum):
    """What a line would do."""

    NOUVEAU = "nouveau"
    CORRIGE = "corrigé"
    INCHANGE = "inchangé"


@dataclass(frozen=True, slots=True)
class Planned:
    """A line that can be taken, what it does, the fact that it corrects and those that it contradicts."""

    line: FactLine | PaymentLine
    effect: Effect
    name: str
    old: Fact | None = None
    against: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """The dry run of a file: what its lines would do, and those that cannot be taken."""

    planned: tuple[Planned, ...]
    wrong: tuple[Wrong, ...]
    digest: str
    """Of what would be written: an apply that would write something else is refused."""

    def count(self, effect: Effect) -> int:
        """The lines that have an effect."""
        return sum(one.effect is effect for one in self.planned)

    @property
    def writes(self) -> int:
        """The lines that would be written."""
        return sum(one.effect is not Effect.INCHANGE for one in self.planned)


@dataclass(frozen=True, slots=True)
class ImportInfo:
    """A file received, and what became of it."""

    id: int
    kind: str
    name: str
    sha256: str
    recorded_at: datetime
    actor: str
    status: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    kept: int


def receive(*, scope: Scope, kind: str, name: str, raw: bytes) -> ImportInfo:
    """Keep a file and try it; nothing is written of what it says.

    Raises:
        Denied: the account keeps no facts. Invalid: unknown kind, empty or too large a file.
    """
    if not any(scope.may(one) for one in WRITERS):
        raise Denied("Votre compte ne tient les faits d'aucun établissement.", code="faits-etablissement")
    if kind not in KINDS:
        raise Invalid("Un fichier dit des faits ou des versements.", code="import-nature")
    if not raw or len(raw) > MAX_BYTES:
        raise Invalid(f"Fichier de {len(raw)} octets : entre 1 et {MAX_BYTES} attendus.", code="fichier-taille")
    planned, _ = _examine(scope, kind, name, raw)
    graphs = cache(perimetre.graph)
    told = {ej for one in planned for ej in place(one.line.subject, _effect_date(one.line), graphs).establishments}
    concerned = sorted(told & scope.programmes)
    row = Import.objects.create(
        kind=kind,
        establishments=concerned,
        name=name[:120],
        sha256=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        recorded_at=timezone.now(),
        actor=scope.actor,
    )
    record(
        scope=scope, action="faits.import.reception", object_type="import", object_key=str(row.pk),
        details={"fichier": row.name, "sha256": row.sha256, "nature": kind},
    )  # fmt: skip
    return _info(row)


def _effect_date(line: FactLine | PaymentLine) -> date:
    return line.effective_at if isinstance(line, FactLine) else line.paid_on


def trial(*, scope: Scope, number: int) -> tuple[ImportInfo, Trial]:
    """What a file received would change now.

    Raises:
        NotFound: no such file in the account's scope.
    """
    row = _row(number)
    planned, wrong = _examine(scope, row.kind, row.name, bytes(row.raw))
    text = "\n".join(f"{p.effect}|{p.line.key}|{p.old.number if p.old else 0}" for p in planned)
    return _info(row), Trial(tuple(planned), tuple(wrong), hashlib.sha256(text.encode()).hexdigest()[:16])


def apply(*, scope: Scope, number: int, expected: str) -> ImportInfo:
    """Write the good lines of a file; the others stay in the report.

    Args:
        scope: each line needs the right to keep the facts of its subject.
        number: the file.
        expected: the digest of the dry run that was read; something else would be written otherwise.

    Raises:
        NotFound. Conflict: decided already, or the dry run has aged. Invalid: nothing to write.
    """
    with transaction.atomic():
        row = _row(number, lock=True)
        if row.status != Import.TRIED:
            raise Conflict("Ce fichier est déjà traité.", code="import-traite")
        _, made = trial(scope=scope, number=number)
        if made.digest != expected:
            raise Conflict(
                "Depuis cet essai, des faits ont changé : relisez-le avant d'appliquer.", code="essai-vieilli"
            )
        if not made.writes:
            raise Invalid("Aucune ligne à enregistrer : tout est déjà dit, ou fautif.", code="import-vide")
        for one in made.planned:
            _write(scope, one, row)
        _decide(scope, row, Import.APPLIED, "", made.writes)
    return _info(row)


def _write(scope: Scope, one: Planned, row: Import) -> None:
    line = one.line
    if one.effect is Effect.INCHANGE:
        return
    if isinstance(line, PaymentLine):
        payments.record_payment(
            scope=scope, subject=line.subject, programme=line.programme, kind=line.kind, amount=line.amount,
            paid_on=line.paid_on, source=line.source, label=line.label, proof=line.proof, batch=row.pk,
        )  # fmt: skip
        return
    draft = Draft(
        line.subject, line.fact.id, line.value, line.effective_at, line.source, line.valid_until, line.proof,
        mode=Mode.IMPORTE,
    )  # fmt: skip
    if one.old is not None:
        why = line.comment or f"Import « {row.name} »"
        recording.correct_fact(scope=scope, number=one.old.number, draft=draft, reason=why, batch=row.pk)
    else:
        recording.record_fact(scope=scope, draft=draft, reason=line.comment, batch=row.pk)


def reject(*, scope: Scope, number: int, reason: str) -> ImportInfo:
    """Set a file aside; it can still be read. Raises NotFound, Conflict (decided already), Invalid (no reason)."""
    with transaction.atomic():
        row = _row(number, lock=True)
        if row.status != Import.TRIED:
            raise Conflict("Ce fichier est déjà traité.", code="import-traite")
        if not reason.strip():
            raise Invalid("Dites pourquoi ce fichier est écarté.", code="motif", field="motif")
        _decide(scope, row, Import.REJECTED, reason, 0)
    return _info(row)


def undo_import(*, scope: Scope, number: int, reason: str) -> ImportInfo:
    """Take back everything that a file wrote.

    Raises:
        NotFound. Conflict: not applied, or a fact of the file was replaced since. Denied. Invalid: no reason.
    """
    with transaction.atomic():
        row = _row(number, lock=True)
        if row.status != Import.APPLIED:
            raise Conflict("Seul un fichier appliqué s'annule.", code="import-non-applique")
        if not reason.strip():
            raise Invalid("Dites pourquoi cet import est annulé.", code="motif", field="motif")
        for fact in FactRow.objects.filter(batch=row).order_by("-id").values_list("id", flat=True):
            recording.undo(scope=scope, number=fact, reason=f"Annulation de l'import n° {number} : {reason}")
        for payment in PaymentRow.objects.filter(batch=row).order_by("-id").values_list("id", flat=True):
            payments.retract_payment(scope=scope, number=payment, reason=f"Annulation de l'import n° {number}")
        _decide(scope, row, Import.UNDONE, reason, row.kept)
    return _info(row)


def imports(limit: int = 30) -> list[ImportInfo]:
    """The files received that the account may see, newest first."""
    return [_info(row) for row in Import.objects.defer("raw").order_by("-id")[:limit]]


def raw_file(number: int) -> tuple[str, bytes]:
    """A file as it was received. Raises NotFound."""
    row = _row(number)
    return row.name, bytes(row.raw)


def _decide(scope: Scope, row: Import, status: str, reason: str, kept: int) -> None:
    row.status, row.decided_at, row.decided_by = status, timezone.now(), scope.actor
    row.reason, row.kept = " ".join(reason.split()), kept
    row.save(update_fields=["status", "decided_at", "decided_by", "reason", "kept"])
    record(
        scope=scope, action=f"faits.import.{status}", object_type="import", object_key=str(row.pk), reason=row.reason,
        details={"fichier": row.name, "lignes": kept},
    )  # fmt: skip


def _row(number: int, *, lock: bool = False) -> Import:
    rows = Import.objects.select_for_update() if lock else Import.objects.all()
    row = rows.filter(pk=number).first()
    if row is None:
        raise NotFound(f"L'import n° {number} est introuvable.", code="import-introuvable")
    return row


def _info(row: Import) -> ImportInfo:
    return ImportInfo(
        row.pk, row.kind, row.name, row.sha256, row.recorded_at, row.actor, row.status, row.decided_at, row.decided_by,
        row.reason, row.kept,
    )  # fmt: skip


# --- what each line would do


def _examine(scope: Scope, kind: str, name: str, raw: bytes) -> tuple[list[Planned], list[Wrong]]:
    sheets, unread = read_sheets(raw, name)
    wrong = [Wrong(p.place.line, "", p.found, p.expected, p.message) for p in unread]
    rows = sheets[0].rows if sheets else []
    if not sheets:
        return [], wrong
    graphs = cache(perimetre.graph)

    def find(text: str, maille: Maille, at: date) -> Subject:
        return resolve(text, maille, at, graphs)

    if kind == "faits":
        facts, more = read_facts(rows, vocabulary().facts, find)
        planned, refused = _plan_facts(scope, facts, graphs)
    else:
        paid, more = read_payments(rows, find)
        planned, refused = _plan_payments(scope, paid, graphs)
    return planned, sorted([*wrong, *more, *refused], key=lambda w: w.line)


def _refusal(scope: Scope, line: FactLine | PaymentLine, graphs: Graphs) -> tuple[str, Wrong | None]:
    """The name of the line's subject, and why the account may not write it."""
    try:
        placed = place(line.subject, _effect_date(line), graphs)
    except ArchipelError as error:
        return "", Wrong(
            line.line, "finess", line.subject.code, "un numéro du périmètre", f"Ligne {line.line} : {error}"
        )
    if not may_write(scope, placed):
        text = f"Ligne {line.line} : votre compte ne tient pas les faits de « {placed.name} » ({line.subject.code})."
        return placed.name, Wrong(line.line, "finess", line.subject.code, "un établissement que vous tenez", text)
    if isinstance(line, FactLine) and proves_absence(line.fact.id, line.value) and not line.proof:
        text = f"Ligne {line.line} : « {line.fact.libelle} : non » se prouve, la colonne « preuve » est vide."
        return placed.name, Wrong(line.line, "preuve", "", "la référence d'une attestation", text)
    return placed.name, None


def _plan_facts(scope: Scope, lines: list[FactLine], graphs: Graphs) -> tuple[list[Planned], list[Wrong]]:
    live: dict[tuple[Subject, str], list[Fact]] = {}
    codes = {line.subject.code for line in lines}
    for row in FactRow.objects.filter(subject__in=codes, retracted=False, replaced_by=None):
        fact = fact_of_model(row)
        live.setdefault((fact.subject, fact.fact), []).append(fact)
    planned, wrong = [], []
    for line in lines:
        name, refused = _refusal(scope, line, graphs)
        if refused is not None:
            wrong.append(refused)
            continue
        here = live.setdefault((line.subject, line.fact.id), [])
        old = next((f for f in here if _same_statement(f, line)), None)
        planned.append(_planned(line, name, old, here))
        fresh = _as_fact(line, old)
        here[:] = [f for f in here if f is not old] + [fresh]
    return planned, wrong


def _planned(line: FactLine, name: str, old: Fact | None, here: list[Fact]) -> Planned:
    if old is not None and same_value(old.value, line.value) and old.valid_until == line.valid_until:
        return Planned(line, Effect.INCHANGE, name, old)
    fresh = _as_fact(line, old)
    reading = read([f for f in here if f is not old] + [fresh], line.effective_at)
    others = tuple(f for f in reading.facts if f is not fresh and not same_value(f.value, line.value))
    against = others if reading.state is State.CONTREDIT else ()
    return Planned(line, Effect.CORRIGE if old else Effect.NOUVEAU, name, old, against)


def _same_statement(fact: Fact, line: FactLine) -> bool:
    return source_key(fact.source) == source_key(line.source) and fact.effective_at == line.effective_at


def _as_fact(line: FactLine, old: Fact | None) -> Fact:
    return Fact(
        line.subject, line.fact.id, line.value, line.effective_at, line.source, line.valid_until, proof=line.proof,
        mode=Mode.IMPORTE, number=old.number if old else 0,
    )  # fmt: skip


def _plan_payments(scope: Scope, lines: list[PaymentLine], graphs: Graphs) -> tuple[list[Planned], list[Wrong]]:
    codes = {line.subject.code for line in lines}
    rows = PaymentRow.objects.filter(subject__in=codes, retracted=False, replaced_by=None)
    known = {
        (Subject(Maille(r.maille), r.subject), r.programme, r.kind, r.amount, r.paid_on) for r in rows
    }  # fmt: skip
    planned, wrong = [], []
    for line in lines:
        name, refused = _refusal(scope, line, graphs)
        if refused is not None:
            wrong.append(refused)
            continue
        effect = Effect.INCHANGE if line.key in known else Effect.NOUVEAU
        known.add(line.key)
        planned.append(Planned(line, effect, name))
    return planned, wrong
