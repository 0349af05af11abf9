"""One message to the platform over MLLP, and its acknowledgement."""

from __future__ import annotations

import socket
import ssl

from archipel.connectors.mdm.codec import read_ack
from archipel.connectors.mdm.options import Platform
from archipel.kernel.errors import ArchipelError
from archipel.kernel.hl7v2 import FramingError, MllpDecoder, encode
from archipel.passages.documents.public import Answer, Verdict

_CODES = {"AA": Verdict.ACCEPTE, "AE": Verdict.REJETE, "AR": Verdict.PLUS_TARD}
"""Volet 2.1: AE is a fault of the message, AR may be sent again later."""


def send(platform: Platform, control_id: str, message: bytes) -> Answer:
    """Connect, send, wait for the acknowledgement of this very message, close.

    What fails before anything was written is ``PLUS_TARD``; what fails after is ``INCERTAIN``.
    """
    where = f"{platform.host}:{platform.port}"
    try:
        link = _connect(platform)
    except ssl.SSLCertVerificationError as error:
        return Answer(Verdict.PLUS_TARD, f"Le certificat de {where} est refusé ({error.verify_message}).")
    except ssl.SSLError as error:
        return Answer(Verdict.PLUS_TARD, f"TLS refusé par {where} ({error.reason or 'négociation'}).")
    except OSError as error:
        return Answer(Verdict.PLUS_TARD, f"{where} ne répond pas ({_reason(error)}).")
    with link:
        try:
            link.sendall(encode(message))
            return _wait(link, control_id, where)
        except ssl.SSLError as error:
            return Answer(Verdict.PLUS_TARD, f"TLS refusé par {where} ({error.reason or 'négociation'}).")
        except OSError as error:
            return Answer(Verdict.INCERTAIN, f"Liaison coupée avec {where} avant l'acquittement ({_reason(error)}).")


def _connect(platform: Platform) -> socket.socket:
    raw = socket.create_connection((platform.host, platform.port), platform.timeout)
    context = platform.context()
    if context is None:
        return raw
    try:
        return context.wrap_socket(raw, server_hostname=platform.host)
    except BaseException:
        raw.close()
        raise


def _reason(error: OSError) -> str:
    return "délai dépassé" if isinstance(error, TimeoutError) else (error.strerror or type(error).__name__)


def _wait(link: socket.socket, control_id: str, where: str) -> Answer:
    decoder = MllpDecoder()
    while True:
        data = link.recv(65_536)
        if not data:
            return Answer(Verdict.INCERTAIN, f"{where} a fermé la liaison sans acquitter.")
        for frame in decoder.feed(data):
            if isinstance(frame, FramingError):
                return Answer(Verdict.INCERTAIN, f"Réponse illisible de {where} : {frame.reason_fr}", frame.raw)
            answer = _answer(frame, control_id, where)
            if answer is not None:
                return answer


def _answer(frame: bytes, control_id: str, where: str) -> Answer | None:
    """None when it acknowledges another message: a late one, of an attempt given up."""
    try:
        ack = read_ack(frame)
    except ArchipelError as error:
        return Answer(Verdict.INCERTAIN, f"Réponse illisible de {where} : {error.message}", frame)
    if ack.control_id and ack.control_id != control_id:
        return None
    words = ack.text or {"AE": "message en erreur", "AR": "message rejeté pour l'instant"}.get(ack.code, "")
    return Answer(_CODES[ack.code], words, frame, ack.error_code or ack.code)
