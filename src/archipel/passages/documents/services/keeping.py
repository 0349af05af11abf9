"""What every act on a document leaves: an event, a trace, a state brought up to date, a notice to the screens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import NotFound
from archipel.passages.documents.models import Delivery, Document, Event, Receipt
from archipel.passages.documents.rules.lifecycle import DeliveryFacts, ReceiptFacts, document_state, outcomes
from archipel.passages.documents.values import DeliveryState, DocumentState, Flags, ReceiptKind

TOPIC = "documents.changed"
UNKNOWN = "Ce document n'existe pas, ou n'est pas visible par votre compte."


@contextmanager
def acting(scope: Scope, number: int, *capabilities: Capability) -> Iterator[Document]:
    """Transaction, lock, right: one of the capabilities on the document's establishment.

    Raises:
        NotFound: out of the scope.
        Denied: no right.
    """
    with in_scope(scope):
        document = Document.objects.select_for_update().filter(pk=number).first()
        if document is None:
            raise NotFound(UNKNOWN, code="document-inconnu")
        place = document.establishment
        if not any(scope.may(one, place) for one in capabilities):
            scope.require(capabilities[0], place)
        yield document


def tell(scope: Scope, document: Document, kind: str, text: str = "", *, channel: str = "", trace: bool = True) -> None:
    """Add one event, and the trace of a person's act."""
    Event.objects.create(
        document=document, establishment=document.establishment, kind=kind, at=clock.now(), actor=scope.actor,
        channel=channel, text=text[:500],
    )  # fmt: skip
    if trace:
        record(
            scope=scope, action=f"documents.{kind}", establishment=document.establishment, object_type="document",
            object_key=str(document.pk), details={"voie": channel} if channel else {},
        )  # fmt: skip


def facts_of(document: Document) -> tuple[list[DeliveryFacts], list[ReceiptFacts]]:
    """The deliveries of a document and what was received about them."""
    rows = list(document.deliveries.order_by("id").values_list("id", "channel", "state", "targets"))
    deliveries = [DeliveryFacts(row[0], row[1], DeliveryState(row[2]), tuple(row[3])) for row in rows]
    receipts = [
        ReceiptFacts(one.delivery_id or 0, ReceiptKind(one.kind), one.positive, one.target, one.sentence)
        for one in Receipt.objects.filter(delivery__document=document).defer("raw")
    ]
    return deliveries, receipts


def refresh(document: Document) -> DocumentState:
    """Bring the state of a document up to date with what is known, and tell the screens."""
    events = set(document.events.values_list("kind", flat=True))
    deliveries, receipts = facts_of(document)
    state = document_state(
        validated=document.validated_at is not None,
        refused="refuse" in events,
        checked=document.checked_at is not None,
        abandoned="abandonne" in events,
        anywhere=Flags(**document.flags).anywhere if document.flags else False,
        deliveries=deliveries,
        receipts=receipts,
    )
    document.state = state.value
    document.updated_at = clock.now()
    if state is DocumentState.ECHEC:
        document.problem = _why(document, deliveries, receipts)
    elif state is not DocumentState.REFUSE:
        document.problem = ""
    document.save(update_fields=["state", "updated_at", "problem"])
    publish(
        TOPIC,
        {"document": document.pk, "establishment": document.establishment},
        establishment=document.establishment,
    )
    return state


def _why(document: Document, deliveries: list[DeliveryFacts], receipts: list[ReceiptFacts]) -> str:
    told = [one.sentence for one in outcomes(deliveries, receipts).values() if one.sentence]
    if told:
        return told[0][:500]
    last = Delivery.objects.filter(document=document, state=DeliveryState.REJETE.value).order_by("-id").first()
    return last.error[:500] if last else ""
