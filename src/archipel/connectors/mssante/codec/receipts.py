"""What comes back by mail: delivery reports (DSN, RFC 3464), notifications of reading (MDN, RFC 8098), and answers of
software that could not integrate (``[KO Intégration système !][90x]``, CI-SIS).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import default

from archipel.passages.documents.values.life import ReceiptKind

KO = re.compile(r"\[KO Int[ée]gration syst[èe]me\s*!?\]\s*(?:\[(\d{3})\])?", re.IGNORECASE)
INTEGRATION = {
    "900": "version du document incorrecte pour un remplacement",
    "901": "auteur non autorisé à remplacer ou supprimer ce document",
    "902": "patient inconnu du destinataire",
    "903": "l'INS n'est pas dans le document",
    "904": "l'INS ne correspond pas à celle du destinataire",
    "905": "les traits de l'INS sont incomplets",
    "906": "autre erreur d'intégration",
}
_READ = frozenset({"displayed", "processed", "dispatched"})
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """One thing said about one of our mails."""

    kind: ReceiptKind
    control_id: str
    positive: bool
    target: str
    code: str
    sentence: str


def read(raw: bytes) -> list[Receipt]:
    """Every receipt in a mail; empty when it is about none of ours (an answer written by a person, for instance)."""
    mail = message_from_bytes(raw, policy=default)
    report = (mail.get_param("report-type") or "") if mail.get_content_type() == "multipart/report" else ""
    text = _text(mail)
    if str(report).lower() == "delivery-status":
        return _delivery(mail)
    if str(report).lower() == "disposition-notification":
        return _disposition(mail, text)
    return _answer(mail, text)


def _control(text: str) -> str:
    """Our number inside a message id; empty when there is none."""
    found = re.search(r"<?([0-9A-F]{20})@[^>\s]+>?", text or "")
    return found[1] if found else ""


def _text(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/plain" and not part.is_multipart():
            content = part.get_payload(decode=True)
            return (
                content.decode(part.get_content_charset() or "utf-8", "replace") if isinstance(content, bytes) else ""
            )
    return ""


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _blocks(mail: Message, kind: str) -> list[Message]:
    """The groups of fields of a machine-readable part."""
    found: list[Message] = []
    for part in mail.walk():
        if part.get_content_type() == kind:
            payload = part.get_payload()
            if isinstance(payload, list):
                found += [one for one in payload if isinstance(one, Message)]
            elif isinstance(payload, str):
                found.append(message_from_bytes(payload.encode("utf-8", "replace"), policy=default))
    return found


def _original(mail: Message) -> str:
    """The Message-ID of the mail returned with the report."""
    for part in mail.walk():
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822", "message/rfc822-headers"):
            payload = part.get_payload()
            if isinstance(payload, list) and payload and isinstance(payload[0], Message):
                return _control(str(payload[0].get("Message-ID", "")))
            if isinstance(payload, str):
                found = re.search(r"^Message-ID:\s*(\S+)", payload, re.IGNORECASE | re.MULTILINE)
                return _control(found[1]) if found else ""
    return ""


def _address(value: str) -> str:
    return value.rpartition(";")[2].strip().strip("<>").lower()


def _delivery(mail: Message) -> list[Receipt]:
    control = _original(mail)
    found = []
    for block in _blocks(mail, "message/delivery-status"):
        action = str(block.get("Action", "")).strip().lower()
        target = _address(str(block.get("Original-Recipient") or block.get("Final-Recipient") or ""))
        own = _control(str(block.get("Original-Envelope-Id", ""))) or control
        if not action or not own or action == "delayed":
            continue
        positive = action in _DELIVERED
        code = str(block.get("Status", "")).strip()[:20]
        why = _address(str(block.get("Diagnostic-Code", "")))[:200] or "adresse refusée par le serveur du destinataire"
        found.append(
            Receipt(ReceiptKind.MSS_RECEPTION, own, positive, target, code, "" if positive else f"{why} ({code})")
        )
    return found


def _disposition(mail: Message, text: str) -> list[Receipt]:
    found = []
    for block in _blocks(mail, "message/disposition-notification"):
        control = _control(str(block.get("Original-Message-ID", "")))
        disposition = str(block.get("Disposition", "")).rpartition(";")[2].strip().lower()
        kind, _, modifier = disposition.partition("/")
        ko = KO.search(text) or KO.search(str(mail.get("Subject", "")))
        positive = kind in _READ and "error" not in modifier and "failed" not in modifier and ko is None
        target = _address(str(block.get("Original-Recipient") or block.get("Final-Recipient") or ""))
        if control:
            code = (ko[1] or "") if ko else ""
            why = INTEGRATION.get(code, "") or f"courriel {kind or 'refusé'} sans être lu"
            found.append(Receipt(ReceiptKind.MSS_LECTURE, control, positive, target, code, "" if positive else why))
    return found


def _answer(mail: Message, text: str) -> list[Receipt]:
    """An ordinary mail by which a software tells that it could not integrate."""
    ko = KO.search(str(mail.get("Subject", ""))) or KO.search(text)
    control = _control(f"{mail.get('In-Reply-To', '')} {mail.get('References', '')}")
    if ko is None or not control:
        return []
    code = ko[1] or "906"
    sender = re.search(r"[\w.+-]+@[\w.-]+", str(mail.get("From", "")))
    target = sender[0].lower() if sender else ""
    return [Receipt(ReceiptKind.MSS_LECTURE, control, False, target, code, INTEGRATION.get(code, INTEGRATION["906"]))]
