"""What one message of the journal says, without any database: it can be worked out ahead, in another thread."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from archipel.connectors.hl7v2_pam.codec import CodecError, Translation, is_structure, parse_bytes, translate
from archipel.connectors.hl7v2_pam.senders import Sender

log = logging.getLogger(__name__)
FRAMING = "!CADRAGE"
"""The event of a frame that could not be read; its reason is the end of its source."""
STRUCTURE = "MFN^M05 : message de structure, gardé parmi les propositions de la page « Structure »."


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the journal, as the applier reads it."""

    id: int
    establishment: str
    sender_id: int
    received_at: datetime
    event: str
    source: str
    raw: bytes


@dataclass(slots=True)
class Verdict:
    """What became of one message."""

    entry: Entry
    outcome: str
    reason: str = ""
    segment: str = ""
    field: str = ""
    warnings: tuple[str, ...] = ()


Ready = Mapping[int, tuple[Verdict, Translation | None]]
"""Interpretations made ahead, by number of message."""
NOTHING: Ready = MappingProxyType({})


def interpret(entry: Entry, sender: Sender | None) -> tuple[Verdict, Translation | None]:
    """Translate one message, or say why it is parked or ignored. Pure."""
    if entry.event == FRAMING:
        return Verdict(entry, "parked", entry.source.partition(" ")[2] or "Trame illisible."), None
    if sender is None:
        return Verdict(entry, "parked", "Émetteur inconnu : MSH-3 et MSH-4 ne sont pas lisibles.", "MSH", "3"), None
    try:
        message = parse_bytes(entry.raw, sender.profile.charset)
        if is_structure(message):
            return Verdict(entry, "ignored", STRUCTURE), None
        translation = translate(message, sender.profile, hashlib.sha256(entry.raw).hexdigest())
    except CodecError as error:
        return Verdict(entry, "parked", error.reason_fr, error.segment, error.field), None
    if translation.outcome == "ignored":
        return Verdict(entry, "ignored", translation.reason, warnings=translation.warnings), None
    return Verdict(entry, "applied", warnings=translation.warnings), translation


def interpret_all(entries: Iterable[Entry], senders: Mapping[int, Sender]) -> Ready:
    """Interpret ahead; a message on which our own code breaks is left out: the applier meets it alone and parks it."""
    ready: dict[int, tuple[Verdict, Translation | None]] = {}
    for entry in entries:
        try:
            ready[entry.id] = interpret(entry, senders.get(entry.sender_id))
        except Exception as error:
            log.warning("message %d non interprété d'avance (%s)", entry.id, type(error).__name__)
    return ready
