"""What the layers above may use of the exit documents: connectors, proof, demonstration."""

from archipel.passages.documents.queries.detail import Detail, document
from archipel.passages.documents.queries.indicators import dmp_eligibility, documents_share
from archipel.passages.documents.queries.listing import drafts
from archipel.passages.documents.registry import register_builder, register_channel
from archipel.passages.documents.rules.coding import content_from_json, content_to_json
from archipel.passages.documents.services.dispatching import run_once
from archipel.passages.documents.services.following import abandon, resend, settle_doubt
from archipel.passages.documents.services.preparing import prepare, prepare_due, prepare_tick
from archipel.passages.documents.services.receiving import receive, unmatched
from archipel.passages.documents.services.validating import Refused, correct, validate, write
from archipel.passages.documents.values import (
    FLAGS,
    KINDS,
    Answer,
    Built,
    Content,
    Flags,
    Incoming,
    Inspection,
    Kind,
    Order,
    Problem,
    ReceiptKind,
    Recipient,
    Verdict,
)

__all__ = [
    "FLAGS",
    "KINDS",
    "Answer",
    "Built",
    "Content",
    "Detail",
    "Flags",
    "Incoming",
    "Inspection",
    "Kind",
    "Order",
    "Problem",
    "ReceiptKind",
    "Recipient",
    "Refused",
    "Verdict",
    "abandon",
    "content_from_json",
    "content_to_json",
    "correct",
    "dmp_eligibility",
    "document",
    "documents_share",
    "drafts",
    "prepare",
    "prepare_due",
    "prepare_tick",
    "receive",
    "register_builder",
    "register_channel",
    "resend",
    "run_once",
    "settle_doubt",
    "unmatched",
    "validate",
    "write",
]
