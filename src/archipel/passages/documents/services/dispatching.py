"""The process that sends: official control, then each delivery, claimed in one transaction and told in another.

An attempt is written down before the network is touched. If the process dies in between, the next one finds it under
way for too long: it repeats the same bytes where the other side knows a message again, and asks a person where it does
not. Nothing is lost, and nothing goes twice without somebody knowing.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError
from archipel.passages.documents import registry
from archipel.passages.documents.models import Delivery, Document, Payload
from archipel.passages.documents.rules.coding import content_from_json
from archipel.passages.documents.rules.lifecycle import retry_after
from archipel.passages.documents.services.keeping import refresh, tell
from archipel.passages.documents.services.preparing import system
from archipel.passages.documents.services.receiving import receive
from archipel.passages.documents.services.validating import validate_automatically
from archipel.passages.documents.values import (
    Answer,
    Content,
    DeliveryState,
    DocumentState,
    Flags,
    Incoming,
    Order,
    ReceiptKind,
    Verdict,
)
from archipel.passages.documents.values.ports import Channel

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=90)
"""An attempt that gives no news for so long was left by a process that died (network time-outs are shorter)."""
_DOUBT = (
    "Le processus s'est arrêté pendant l'envoi : ce message est peut-être parti. Vérifiez auprès du destinataire, puis "
    "dites s'il est parti."
)


def run_once() -> int:
    """Do what is due; returns how many things were done (0: wait)."""
    done = validate_automatically()
    while control_next():
        done += 1
    recover()
    while send_next():
        done += 1
    return done + poll()


# --- official control ---------------------------------------------------------------------------------


def control_next() -> bool:
    """Apply the official rules to one validated document, and make its deliveries; False when there is none."""
    scope = system()
    with transaction.atomic(), in_scope(scope):
        row = (
            Document.objects.filter(state=DocumentState.CONTROLE.value, checked_at=None)
            .select_for_update(skip_locked=True)
            .order_by("validated_at")
            .first()
        )
        if row is None:
            return False
        kept = Payload.objects.get(pk=row.pk)
        content = content_from_json(kept.content)
        cda = bytes(kept.cda)
        inspection = registry.builder().inspect(cda, content)
        if inspection.problems:
            row.problem = " ".join(str(one) for one in inspection.problems[:3])[:1000]
            row.save(update_fields=["problem"])
            tell(scope, row, "refuse", row.problem, trace=False)
            refresh(row)
            return True
        row.checked_at, row.checked_with = clock.now(), list(inspection.done)
        row.save(update_fields=["checked_at", "checked_with"])
        words = ", ".join(inspection.done) or "contrôles d'Archipel seuls : aucune règle officielle n'est installée"
        tell(scope, row, "controle", f"Contrôlé ({words}).", trace=False)
        deliver(scope, row, content, cda)
        refresh(row)
    return True


def deliver(scope: Scope, row: Document, content: Content, cda: bytes, only: str = "") -> int:
    """Make the deliveries of a document, one for each way that serves one of its destinations; returns how many."""
    flags = Flags(**row.flags)
    made = 0
    for one in registry.channels():
        if (only and one.name != only) or not one.ready(row.establishment):
            continue
        served = one.covers(flags, row.establishment)
        if not served:
            continue
        control_id = uuid.uuid4().hex[:20].upper()
        order = Order(control_id, row.establishment, content, cda, flags)
        now = clock.now()
        Delivery.objects.create(
            document=row, establishment=row.establishment, channel=one.name, control_id=control_id,
            targets=_targets(served, content), message=one.compose(order), next_at=now, created_at=now,
        )  # fmt: skip
        tell(scope, row, "pret", f"À envoyer par {one.label}.", channel=one.name, trace=False)
        made += 1
    return made


def _targets(served: tuple[str, ...], content: Content) -> list[str]:
    found: list[str] = []
    for target in served:
        if target == "ps":
            found += [one.address for one in content.recipients]
        elif target == "patient":
            found.append(content.patient.mss_address)
        else:
            found.append(target)
    return found


# --- sending ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Claim:
    number: int
    document: int
    establishment: str
    control_id: str
    message: bytes
    channel: Channel


def recover() -> int:
    """Take back the attempts that a dead process left; returns how many."""
    scope, found = system(), 0
    with transaction.atomic(), in_scope(scope):
        rows = Delivery.objects.filter(
            state=DeliveryState.EN_COURS.value, claimed_at__lt=_database_now() - LEASE
        ).select_for_update(skip_locked=True)
        for row in rows:
            found += 1
            one = registry.channel(row.channel)
            again = one is not None and one.idempotent
            row.state = (DeliveryState.A_ENVOYER if again else DeliveryState.INCERTAIN).value
            row.next_at, row.error = clock.now(), "" if again else _DOUBT
            row.save(update_fields=["state", "next_at", "error"])
            document = Document.objects.select_for_update().get(pk=row.document_id)
            text = "Envoi interrompu : le même message est repris." if again else _DOUBT
            tell(scope, document, "interrompu", text, channel=row.channel, trace=False)
            refresh(document)
    return found


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now if isinstance(now, datetime) else datetime.fromisoformat(str(now))


def send_next() -> bool:
    """Try the delivery that is due first; False when none is."""
    scope = system()
    claim = _claim(scope)
    if claim is None:
        return False
    try:
        answer = claim.channel.send(claim.establishment, claim.control_id, claim.message)
    except Exception as error:
        log.exception("envoi par %s", claim.channel.name)
        answer = Answer(Verdict.INCERTAIN, f"Erreur inattendue pendant l'envoi ({type(error).__name__}).")
    _told(scope, claim, answer)
    return True


def _claim(scope: Scope) -> _Claim | None:
    with transaction.atomic(), in_scope(scope):
        rows = Delivery.objects.filter(state=DeliveryState.A_ENVOYER.value, next_at__lte=clock.now())
        row = rows.select_for_update(skip_locked=True).order_by("next_at", "id").first()
        if row is None:
            return None
        one = registry.channel(row.channel)
        if one is None or not one.ready(row.establishment):
            row.next_at = clock.now() + timedelta(seconds=300)
            row.error = "Cette voie d'envoi n'est plus configurée."
            row.save(update_fields=["next_at", "error"])
            return None
        row.state, row.attempts, row.claimed_at = DeliveryState.EN_COURS.value, row.attempts + 1, _database_now()
        row.save(update_fields=["state", "attempts", "claimed_at"])
        return _Claim(int(row.pk), row.document_id, row.establishment, row.control_id, bytes(row.message), one)


_AFTER = {
    Verdict.ACCEPTE: DeliveryState.ACCEPTE,
    Verdict.REJETE: DeliveryState.REJETE,
    Verdict.PLUS_TARD: DeliveryState.A_ENVOYER,
}


def _told(scope: Scope, claim: _Claim, answer: Answer) -> None:
    """Write down what one attempt gave."""
    with transaction.atomic(), in_scope(scope):
        document = Document.objects.select_for_update().get(pk=claim.document)
        row = Delivery.objects.select_for_update().get(pk=claim.number)
        again = answer.verdict is Verdict.INCERTAIN and claim.channel.idempotent
        state = DeliveryState.A_ENVOYER if again else _AFTER.get(answer.verdict, DeliveryState.INCERTAIN)
        row.state, row.error = state.value, "" if state is DeliveryState.ACCEPTE else answer.sentence[:500]
        if state is DeliveryState.ACCEPTE:
            row.accepted_at = clock.now()
        if state is DeliveryState.A_ENVOYER:
            row.next_at = clock.now() + timedelta(seconds=retry_after(row.attempts))
        row.save(update_fields=["state", "error", "next_at", "accepted_at"])
        if answer.raw:
            receive(
                Incoming(
                    ReceiptKind.ACK, claim.control_id, answer.verdict is Verdict.ACCEPTE, answer.sentence, "",
                    answer.raw, answer.code,
                )
            )  # fmt: skip
        _tell_attempt(scope, document, row, claim, answer, state)
        refresh(document)


def _tell_attempt(
    scope: Scope, document: Document, row: Delivery, claim: _Claim, answer: Answer, state: DeliveryState
) -> None:
    """One event per change: a network that stays down is told at the first attempt, not at each."""
    label = claim.channel.label
    if state is DeliveryState.ACCEPTE:
        tell(scope, document, "envoye", f"Pris en charge par {label}.", channel=row.channel, trace=False)
    elif state is not DeliveryState.A_ENVOYER or row.attempts == 1:
        tell(scope, document, state.value, f"{label} : {answer.sentence}", channel=row.channel, trace=False)


# --- what has to be fetched ---------------------------------------------------------------------------


def poll() -> int:
    """Fetch what waits at the ways that do not tell by themselves (mail); returns how much was new."""
    found = 0
    for one in registry.channels():
        try:
            for incoming in one.poll(""):
                found += receive(incoming)
        except ArchipelError as error:
            log.warning("relève de %s : %s", one.name, error.message)
    return found
