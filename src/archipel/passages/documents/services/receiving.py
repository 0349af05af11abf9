"""Acknowledgements: kept first, matched to their delivery, folded. Late, twice, out of order: the same in the end."""

from __future__ import annotations

import hashlib

from django.db import connection, transaction

from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.passages.documents.models import Delivery, Document, Receipt
from archipel.passages.documents.services.keeping import refresh, tell
from archipel.passages.documents.services.preparing import system
from archipel.passages.documents.values import Incoming, ReceiptKind

_WORDS = {
    (ReceiptKind.DMP, True): "Déposé au DMP.",
    (ReceiptKind.DMP, False): "Refusé par le DMP",
    (ReceiptKind.MSS_RECEPTION, True): "Remis à la messagerie du destinataire.",
    (ReceiptKind.MSS_RECEPTION, False): "Non remis à la messagerie du destinataire",
    (ReceiptKind.MSS_LECTURE, True): "Lu ou intégré par le destinataire.",
    (ReceiptKind.MSS_LECTURE, False): "Non intégré par le destinataire",
}


def digest(incoming: Incoming) -> str:
    """What makes two receipts the same one: their own number where the message has one, else their content."""
    parts = (incoming.kind.value, incoming.about, incoming.target, str(incoming.positive), incoming.code)
    return hashlib.sha256("\x1f".join(parts).encode() + b"\x1f" + incoming.raw).hexdigest()


def receive(incoming: Incoming) -> bool:
    """Keep one receipt and bring its document up to date; False when it was known already.

    A receipt about an unknown delivery is kept, without establishment, and shown to whoever keeps the messages.
    """
    scope = system()
    with transaction.atomic(), in_scope(scope):
        delivery = Delivery.objects.filter(control_id=incoming.about).first() if incoming.about else None
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO documents_receipt (establishment, delivery_id, kind, about, positive, target, code,"
                " sentence, raw, digest, at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (digest) DO NOTHING",
                [
                    delivery.establishment if delivery else "",
                    delivery.pk if delivery else None,
                    incoming.kind.value,
                    incoming.about[:200],
                    incoming.positive,
                    incoming.target[:200],
                    incoming.code[:60],
                    incoming.sentence[:500],
                    incoming.raw,
                    digest(incoming),
                    clock.now(),
                ],
            )
            if not cursor.rowcount:
                return False
        if delivery is None or incoming.kind is ReceiptKind.ACK:
            return True
        document = Document.objects.select_for_update().get(pk=delivery.document_id)
        words = _WORDS.get((incoming.kind, incoming.positive), "")
        if not incoming.positive and incoming.sentence:
            words = f"{words} : {incoming.sentence}"
        tell(scope, document, f"accuse_{incoming.kind.value}", words, channel=delivery.channel, trace=False)
        refresh(document)
    return True


def unmatched() -> int:
    """Receipts that are about nothing that we sent."""
    with in_scope(system()):
        return Receipt.objects.filter(delivery=None).count()
