"""The acts that lead a dossier from one state to the next, and taking the last one back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid
from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.queries import store
from archipel.programmes.dossiers.queries.neighbours import group_members
from archipel.programmes.dossiers.queries.overview import situation_of
from archipel.programmes.dossiers.rules.completeness import amount, completeness
from archipel.programmes.dossiers.rules.deadlines import late_for_deposit
from archipel.programmes.dossiers.rules.lifecycle import Life
from archipel.programmes.dossiers.services import deposits, ledger, notifying
from archipel.programmes.dossiers.values.situation import Situation
from archipel.programmes.dossiers.values.states import ACTS, LABELS, Act, EventKind, Side, Status


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a French sentence."""

    dossier: int
    status: Status
    message: str


@dataclass(frozen=True, slots=True)
class Given:
    """What the form of an act says: when it happened, why, and what the act asks for."""

    at: datetime | None = None
    reason: str = ""
    instance: str = ""
    reference: str = ""
    receipt: str = ""
    amount: str = ""


def act(*, scope: Scope, dossier: int, code: str, given: Given | None = None) -> Done:
    """Do one of the acts of :data:`ACTS`.

    Args:
        scope: who acts: ``GERER_PROGRAMMES``, ``VALIDER_PROGRAMMES`` or ``INSTRUIRE_PROGRAMMES`` as the act asks.
        dossier: its number.
        code: the act.
        given: date, reason and what the act asks for.

    Raises:
        Denied, NotFound: no right, or no such dossier in the scope.
        Invalid: an unknown act; a missing reason, amount or date; a date to come; an amount above the cap.
        Conflict: the state does not allow it; a deposit after the closing day, without the validation of the group,
            incomplete, or with two texts to choose from; an establishment in too many projects.
    """
    wanted = ACTS.get(code)
    if wanted is None:
        raise Invalid(f"Acte « {code[:30]} » inconnu.", code="acte-inconnu")
    said = given or Given()
    with in_scope(scope):
        row = ledger.locked(dossier)
        ledger.require(scope, row, wanted.side, group_members(row.ght) if wanted.side is Side.GHT else ())
        life = store.life(row.pk)
        _follows(life, wanted)
        at = _moment(said.at)
        if wanted.reasoned and not said.reason.strip():
            raise Invalid(f"{wanted.label} : dites pourquoi.", code="motif-absent", field="motif")
        data = _CHECKS.get(code, _nothing)(row, life, said, at)
        rank = ledger.append(
            scope, row, EventKind.ACTE, code=code, effective_at=at, reason=said.reason, data=data
        )  # fmt: skip
        if code == "deposer":
            deposits.freeze(row, rank)
        notifying.tell_act(scope, row, wanted, said.reason)
    return Done(row.pk, Status(row.status), f"{wanted.label} : fait. Le dossier est « {LABELS[Status(row.status)]} ».")


def undo(*, scope: Scope, dossier: int, reason: str) -> Done:
    """Take the last act back, by the side that did it: the dossier is again as it was before.

    Raises:
        Denied, NotFound: no right of that side, or no such dossier. Invalid: no reason.
        Conflict: nothing to take back, or money was paid or a proof judged since.
    """
    if not reason.strip():
        raise Invalid("Dites pourquoi cette étape est annulée.", code="motif-absent", field="motif")
    with in_scope(scope):
        row = ledger.locked(dossier)
        life = store.life(row.pk)
        last = life.undoable
        if last is None:
            raise Conflict("Aucune étape ne peut être annulée.", code="rien-a-annuler")
        done = ACTS[last.code]
        ledger.require(scope, row, done.side, group_members(row.ght) if done.side is Side.GHT else ())
        ledger.append(scope, row, EventKind.ANNULATION, code=last.code, reason=reason, undoes=last.id)
    label = LABELS[Status(row.status)]
    return Done(row.pk, Status(row.status), f"« {done.label} » est annulé : le dossier est de nouveau « {label} ».")


def _follows(life: Life, wanted: Act) -> None:
    if life.status not in wanted.before:
        allowed = ", ".join(f"« {LABELS[status]} »" for status in Status if status in wanted.before)
        raise Conflict(
            f"{wanted.label} : impossible, le dossier est « {LABELS[life.status]} » ; il faudrait {allowed}.",
            code="etape-impossible",
        )


def _moment(given: datetime | None) -> datetime:
    now = clock.now()
    if given is not None and given > now:
        raise Invalid("La date est à venir : dites quand cela s'est passé.", code="date-a-venir", field="date")
    return given or now


def _nothing(row: Dossier, life: Life, said: Given, at: datetime) -> dict[str, Any]:
    return {"reference": said.reference.strip()} if said.reference.strip() else {}


def _validation(row: Dossier, life: Life, said: Given, at: datetime) -> dict[str, Any]:
    """The decision of the group: which instance, which record."""
    if not said.instance.strip():
        raise Invalid("Dites quelle instance du GHT a validé le projet.", code="instance-absente", field="instance")
    return {"instance": said.instance.strip()[:200], "reference": said.reference.strip()[:200], "ght": row.ght}


def _deposit(row: Dossier, life: Life, said: Given, at: datetime) -> dict[str, Any]:
    """A deposit in time, validated where it must be, complete, without a choice pending."""
    found = situation_of(row)
    _in_time(found, at)
    if found.needs_ght and life.last("valider") is None:
        names = ", ".join(party.name for party in found.parties if party.public_member)
        raise Conflict(
            f"Le GHT doit d'abord valider ce projet : {names} en est membre, établissement public.",
            code="validation-ght-absente",
        )
    blocking = [check for check in completeness(found) if check.blocking]
    if blocking:
        told = " ; ".join(f"{check.label} : {' '.join(check.why)}" for check in blocking)
        raise Conflict(f"Le dossier ne peut pas être déposé. {told}", code="dossier-incomplet")
    return {"accuse": said.receipt.strip()[:100], "plateforme": found.template.platform}


def _in_time(found: Situation, at: datetime) -> None:
    day = timezone.localtime(at).date()
    closing = late_for_deposit(found.template, day)
    if closing is not None and closing.due is not None:
        raise Conflict(
            f"Dépôt refusé : le guichet a fermé le {closing.due:%d/%m/%Y} ({closing.label}), et le dépôt est daté du "
            f"{day:%d/%m/%Y}. Si le dossier a été déposé à temps sur la plateforme, donnez la date de ce dépôt.",
            code="depot-tardif",
            cloture=closing.due.isoformat(),
        )


def _grant(row: Dossier, life: Life, said: Given, at: datetime) -> dict[str, Any]:
    """An amount granted, positive and under the cap where the cap is known."""
    value = amount(said.amount)
    if value is None or value <= 0:
        raise Invalid("Dites le montant accordé, en euros.", code="montant-absent", field="montant")
    cap = situation_of(row).cap
    if cap.amount is not None and value > cap.amount:
        raise Invalid(
            f"{value:,.0f} € dépasse le plafond de {cap.amount:,.0f} € (catégorie {cap.category}).".replace(
                ",", "\u202f"
            ),
            code="montant-trop-grand",
            field="montant",
        )
    kept = {"plafond": str(cap.amount), "categorie": cap.category} if cap.amount is not None else {}
    return {"montant": str(value.quantize(Decimal("0.01"))), **kept}


_CHECKS = {"valider": _validation, "deposer": _deposit, "retenir": _grant}
