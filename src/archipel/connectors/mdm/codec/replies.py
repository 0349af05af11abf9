"""What comes back: the technical acknowledgement (ACK), then the business ones (ZAM^Z01, ^Z02, ^Z03), later.

A ZAM is read whatever its age, its charset and the order of its segments; what cannot be read raises a sentence that
names the segment.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from archipel.connectors.mdm.codec.message import PARIS, PROFILE
from archipel.kernel.hl7v2 import Er7Message, Rejected, escape, parse_bytes
from archipel.passages.documents.values.life import ReceiptKind

EVENTS = {
    "Z01": (ReceiptKind.DMP, "ACK_RECEPTION_DMP"),
    "Z02": (ReceiptKind.MSS_RECEPTION, "ACK_RECEPTION_MSS"),
    "Z03": (ReceiptKind.MSS_LECTURE, "ACK_LECTURE_MSS"),
}
_TARGETS = frozenset({"DESTINATAIRE_MSS", "LECTEUR_MSS"})


@dataclass(frozen=True, slots=True)
class Ack:
    """MSA: AA, AE or AR, about which message, and what ERR says (French or as received)."""

    code: str
    control_id: str
    text: str
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class Business:
    """A ZAM: what it is about, whether it went well, for whom."""

    kind: ReceiptKind
    control_id: str
    """MSH-10 of the ZAM itself."""
    about: str
    """MSH-10 of the MDM concerned (OBX-4)."""
    positive: bool
    target: str
    code: str
    text: str


def read_ack(raw: bytes) -> Ack:
    """Read an acknowledgement.

    Raises:
        Er7Error: it is not HL7.
        Rejected: no MSA, or an unknown code.
    """
    message = parse_bytes(raw, "UNICODE UTF-8")
    code = message.get("MSA", 1).upper()
    if not message.count("MSA"):
        raise Rejected("MSA", "", "", "le segment d'acquittement")
    if code not in ("AA", "AE", "AR", "CA", "CE", "CR"):
        raise Rejected("MSA", "1", code, "AA, AE ou AR")
    error, text = _error(message)
    return Ack("A" + code[1], message.get("MSA", 2), text or message.get("MSA", 3), error)


def read_business(raw: bytes) -> Business:
    """Read a ZAM.

    Raises:
        Er7Error: it is not HL7.
        Rejected: not a ZAM, or without what it is about.
    """
    message = parse_bytes(raw, "UNICODE UTF-8")
    kind_text, event = message.get("MSH", 9), message.get("MSH", 9, component=2)
    if kind_text != "ZAM" or event not in EVENTS:
        raise Rejected("MSH", "9", f"{kind_text}^{event}", "ZAM^Z01, ZAM^Z02 ou ZAM^Z03")
    kind, wanted = EVENTS[event]
    about = status = target = ""
    for occurrence in range(message.count("OBX")):
        name = message.get("OBX", 3, occurrence=occurrence)
        if name == wanted:
            about, status = message.get("OBX", 4, occurrence=occurrence), message.get("OBX", 5, occurrence=occurrence)
        elif name in _TARGETS:
            target = message.get("OBX", 5, component=4, occurrence=occurrence).lower()
    if not about:
        raise Rejected("OBX", "4", "", f"l'identifiant du message transmis, dans l'OBX {wanted}")
    if status.upper() not in ("Y", "N"):
        raise Rejected("OBX", "5", status, "Y ou N")
    code, text = _error(message)
    positive = status.upper() == "Y"
    where = "dmp" if kind is ReceiptKind.DMP else target
    return Business(kind, message.get("MSH", 10), about, positive, where, code, "" if positive else text)


def _error(message: Er7Message) -> tuple[str, str]:
    """(code, text) of ERR: the application error (ERR-5) first, else the HL7 one, with the place (ERR-2)."""
    if not message.count("ERR"):
        return "", ""
    code, text = message.get("ERR", 5), message.get("ERR", 5, component=2)
    if not code:
        code, text = message.get("ERR", 3), message.get("ERR", 3, component=2)
    user = message.get("ERR", 8)
    place = "-".join(filter(None, (message.get("ERR", 2), message.get("ERR", 2, component=3))))
    words = " ".join(filter(None, (text, user)))
    return code, f"{words} ({place})" if place and words else words or place


def acknowledge(raw: bytes, *, code: str, at: datetime, text: str = "") -> bytes:
    """The ACK of a ZAM: MSH turned round, MSA, and ERR when it was refused."""
    try:
        message = parse_bytes(raw, "UNICODE UTF-8")
        names = [message.raw("MSH", number) for number in (5, 6, 3, 4)]
        event, control, processing = message.get("MSH", 9, component=2), message.get("MSH", 10), message.get("MSH", 11)
    except Exception:  # whatever it is, it is answered
        names, event, control, processing = ["", "", "", ""], "", "", "P"
    moment = at.astimezone(PARIS).strftime("%Y%m%d%H%M%S%z")
    head = "|".join(
        ["MSH|^~\\&", *names, moment, "", f"ACK^{event or 'Z01'}^ACK", uuid.uuid4().hex[:20], processing or "P", "2.6",
         "", "", "", "", "FRA", "UNICODE UTF-8", "", "", PROFILE]
    )  # fmt: skip
    lines = [head, f"MSA|{code}|{control}"]
    if code != "AA":
        lines.append(f"ERR|||207^Application error^messageErrorCondition|E||||{escape(text)[:250]}")
    return ("\r".join(lines) + "\r").encode("utf-8")
