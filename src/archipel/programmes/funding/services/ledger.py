"""Lines of the ledger of a project: what the ARS decides, what comes in, what goes out, and taking any of them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.formats import number
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.funding.models import Line, Project
from archipel.programmes.funding.queries.projects import ProjectMoney, project
from archipel.programmes.funding.rules.instalments import CENT, checked_grant
from archipel.programmes.funding.rules.ledger import position, standing
from archipel.programmes.funding.values import KIND_LABELS, Kind

_LOCK = 7205_402
_DECIDED = frozenset({Kind.OCTROI, Kind.REFUS, Kind.CONDITION})
DECIDED_ELSEWHERE = _DECIDED | {Kind.ENCAISSEMENT}
"""What a dossier says of the money of its project, when the project follows one."""
_HIGHEST = Decimal("999999999.99")
MIN_REASON = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """What is about to be written. Amounts are in euros; ``establishment`` is a FINESS EJ of the perimeter."""

    kind: Kind
    effective_on: date
    amount: Decimal | None = None
    establishment: str = ""
    year: int | None = None
    instalment: str = ""
    reasons: Mapping[str, str] | None = None
    text: str = ""


def write(*, scope: Scope, project_id: int, entry: Entry) -> int:
    """Add a line to the ledger of a project; returns its number.

    The decision of the ARS (grant, refusal, condition met) is written by the ARS itself, or by the bearer's entity from
    what it was notified; the line says which. Money in and out is written by the entity concerned or by the bearer's.

    Raises:
        NotFound: the project is not in the scope. Denied: the account may not write that.
        Invalid: an amount, an entity, an exercise or an instalment that makes no sense; a grant above the ceiling.
        Conflict: what is said already, or contradicts what came before.
    """
    with transaction.atomic():
        held = _locked(project_id)
        _permit(scope, held, entry.kind, entry.establishment)
        _decided_here(held, entry.kind)
        reasons = _checked(held, entry)
        row = Line.objects.create(
            project_id=project_id,
            kind=entry.kind.value,
            amount=entry.amount,
            establishment=entry.establishment,
            year=entry.year,
            instalment=entry.instalment,
            reasons=dict(reasons),
            text=" ".join(entry.text.split())[:500],
            by_authority=entry.kind in _DECIDED and scope.may(Capability.INSTRUIRE_PROGRAMMES, held.bearer.ej),
            effective_on=entry.effective_on,
            recorded_at=timezone.now(),
            actor=scope.actor,
        )
        _trace(scope, f"financement.{entry.kind.value}", held, row)
    return row.pk


def undo(*, scope: Scope, line: int, reason: str) -> int:
    """Take a line back; it stays readable. Returns the number of the line that takes it back.

    Raises:
        NotFound, Denied. Invalid: no reason. Conflict: taken back already, or others rest on it.
    """
    why = " ".join(reason.split())
    if len(why) < MIN_REASON:
        raise Invalid("Dites pourquoi : le motif reste dans le journal.", code="motif", field="motif")
    with transaction.atomic():
        old = Line.objects.filter(pk=line).first()
        if old is None:
            raise NotFound(f"La ligne n° {line} est introuvable.", code="ligne-introuvable")
        held = _locked(old.project_id)
        kind = Kind(old.kind)
        _permit(scope, held, kind, old.establishment)
        if old.source:
            _decided_here(held, kind)
        if kind is Kind.ANNULATION or Line.objects.filter(undoes=old).exists():
            raise Conflict("Cette ligne est déjà annulée, ou est elle-même une annulation.", code="deja-annulee")
        _rests(held, old)
        row = Line.objects.create(
            project_id=old.project_id, kind=Kind.ANNULATION.value, undoes=old, text=why[:500],
            effective_on=old.effective_on, recorded_at=timezone.now(), actor=scope.actor,
        )  # fmt: skip
        _trace(scope, "financement.annulation", held, row)
    return row.pk


def _locked(number_of: int) -> ProjectMoney:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, number_of])
    if not Project.objects.filter(pk=number_of).exists():
        raise NotFound(f"Le projet financé n° {number_of} est introuvable.", code="projet-introuvable")
    return project(number_of)


def may_write(scope: Scope, held: ProjectMoney, kind: Kind, establishment: str = "") -> bool:
    """Whether the account may write such a line."""
    bearer = held.bearer.ej
    if scope.may(Capability.GERER_PROGRAMMES, bearer):
        return True
    if kind in _DECIDED:
        return scope.may(Capability.INSTRUIRE_PROGRAMMES, bearer)
    return bool(establishment) and scope.may(Capability.GERER_PROGRAMMES, establishment)


def _decided_here(held: ProjectMoney, kind: Kind) -> None:
    """Refuse what the dossier of the project says by itself: written twice, it would count twice."""
    if held.dossier is not None and kind in DECIDED_ELSEWHERE:
        raise Conflict(
            f"Ce projet suit le dossier n° {held.dossier} : « {KIND_LABELS[kind].lower()} » s'y écrit, et paraît ici.",
            code="decide-au-dossier",
        )


def _permit(scope: Scope, held: ProjectMoney, kind: Kind, establishment: str) -> None:
    if not may_write(scope, held, kind, establishment):
        raise Denied(
            f"Votre compte ne peut pas écrire « {KIND_LABELS[kind].lower()} » pour ce projet.",
            code="financement-ecriture",
        )


def _checked(held: ProjectMoney, entry: Entry) -> Mapping[str, str]:
    """The reasons to keep, once the line makes sense after what the ledger says."""
    if not 2000 <= entry.effective_on.year <= 2100:
        raise Invalid("La date est hors de 2000-2100.", code="date", field="date")
    if entry.kind is Kind.OCTROI:
        return _grant(held, entry)
    if entry.kind is Kind.REFUS:
        if held.position.received:
            raise Conflict("Des sommes ont été reçues : annulez-les d'abord.", code="refus-apres-encaissement")
        if len(entry.text.split()) < 1:
            raise Invalid("Dites pourquoi le projet n'est pas retenu.", code="motif", field="texte")
    elif entry.kind is Kind.CONDITION:
        _condition(held, entry)
    elif entry.kind in (Kind.ENCAISSEMENT, Kind.COFINANCEMENT, Kind.DEPENSE, Kind.DEPENSE_PREVUE):
        _movement(held, entry)
    else:
        raise Invalid(f"« {KIND_LABELS[entry.kind]} » ne s'écrit pas ici.", code="nature")
    return {}


def _grant(held: ProjectMoney, entry: Entry) -> Mapping[str, str]:
    amount = _amount(entry)
    reasons = checked_grant(amount, held.ceiling, entry.reasons or {}, held.programme.criteria)
    if amount < held.position.received:
        raise Conflict(
            f"{number(held.position.received)} € ont déjà été reçus : le montant octroyé ne peut pas être moindre.",
            code="octroi-moindre",
        )
    return reasons


def _condition(held: ProjectMoney, entry: Entry) -> None:
    if held.position.granted is None:
        raise Conflict("Aucun montant n'est octroyé : il n'y a pas d'échéance à déclencher.", code="sans-octroi")
    payment = next((one for one in held.position.schedule if one.instalment.id == entry.instalment), None)
    if payment is None:
        raise Invalid(f"L'échéance « {entry.instalment[:40]} » n'existe pas.", code="echeance", field="echeance")
    if payment.secured:
        raise Conflict("La condition de cette échéance est déjà remplie.", code="condition-remplie")


def _movement(held: ProjectMoney, entry: Entry) -> None:
    amount = _amount(entry)
    legal = {party.ej for party in held.perimeter}
    if entry.establishment not in legal:
        raise Invalid(
            f"L'entité {entry.establishment[:20] or '(vide)'} n'est pas dans le périmètre du projet.",
            code="entite",
            field="entite",
        )
    if entry.year is None or not 2000 <= entry.year <= 2100:
        raise Invalid("Dites l'exercice : une année de 2000 à 2100.", code="exercice", field="exercice")
    if entry.kind is not Kind.DEPENSE_PREVUE and amount == 0:
        raise Invalid("Le montant est nul.", code="montant", field="montant")
    if entry.kind is Kind.ENCAISSEMENT:
        _receipt(held, entry, amount)


def _receipt(held: ProjectMoney, entry: Entry, amount: Decimal) -> None:
    if held.position.granted is None:
        raise Conflict("Aucun montant n'est octroyé : rien ne peut être reçu.", code="sans-octroi")
    if not held.programme.instalments:
        left = held.position.granted - held.position.received
    else:
        payment = next((one for one in held.position.schedule if one.instalment.id == entry.instalment), None)
        if payment is None:
            raise Invalid(f"L'échéance « {entry.instalment[:40]} » n'existe pas.", code="echeance", field="echeance")
        left = payment.amount - payment.received
    if amount > left:
        raise Invalid(
            f"{number(amount)} € reçus, alors qu'il reste {number(left)} € à recevoir sur cette échéance.",
            code="encaissement-trop",
            field="montant",
        )


def _amount(entry: Entry) -> Decimal:
    amount = entry.amount
    if amount is None or not amount.is_finite() or not 0 <= amount <= _HIGHEST or amount != amount.quantize(CENT):
        raise Invalid("Donnez un montant positif, en euros et centimes.", code="montant", field="montant")
    return amount


def _rests(held: ProjectMoney, old: Line) -> None:
    """Refuse to take back what others rest on."""
    if Kind(old.kind) is Kind.PERIMETRE:
        raise Conflict("Un périmètre ne s'annule pas : donnez-en un autre.", code="perimetre")
    after = [fact for fact in held.facts if fact.id != old.pk]
    left = position(after, held.ceiling, held.programme.instalments)
    if left.received and left.granted is None:
        raise Conflict("Des sommes ont été reçues au titre de cet octroi : annulez-les d'abord.", code="octroi-utilise")
    if left.granted is not None and left.received > left.granted:
        raise Conflict("Sans cette ligne, plus serait reçu que ce qui est octroyé.", code="octroi-utilise")
    met = [fact for fact in standing(after) if fact.kind is Kind.CONDITION]
    if met and left.granted is None:
        raise Conflict(
            "Une échéance est déclenchée au titre de cet octroi : annulez-la d'abord.", code="octroi-utilise"
        )


def _trace(scope: Scope, action: str, held: ProjectMoney, row: Line) -> None:
    details: dict[str, Any] = {"projet": held.id, "reference": held.reference}
    if row.amount is not None:
        details["montant"] = str(row.amount)
    record(
        scope=scope, action=action, establishment=row.establishment or held.bearer.ej, object_type="financement",
        object_key=str(row.pk), reason=row.text, details=details,
    )  # fmt: skip
