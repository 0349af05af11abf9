"""Pure vocabulary of the exit documents: what one says, where it may go, how far it went."""

from archipel.passages.documents.values.content import (
    KINDS,
    SECTIONS,
    Content,
    Kind,
    KindInfo,
    Organisation,
    PassageFacts,
    PatientIdentity,
    Physician,
    Problem,
    Recipient,
)
from archipel.passages.documents.values.life import (
    DeliveryState,
    DocumentState,
    ReceiptKind,
)
from archipel.passages.documents.values.ports import Answer, Built, Incoming, Inspection, Order, Verdict
from archipel.passages.documents.values.routing import FLAGS, Flags, Situation, Wishes

__all__ = [
    "FLAGS",
    "KINDS",
    "SECTIONS",
    "Answer",
    "Built",
    "Content",
    "DeliveryState",
    "DocumentState",
    "Flags",
    "Incoming",
    "Inspection",
    "Kind",
    "KindInfo",
    "Order",
    "Organisation",
    "PassageFacts",
    "PatientIdentity",
    "Physician",
    "Problem",
    "ReceiptKind",
    "Recipient",
    "Situation",
    "Verdict",
    "Wishes",
]
