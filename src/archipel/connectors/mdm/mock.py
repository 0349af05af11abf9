"""A platform to test against: takes MDM over MLLP, keeps a log of each exchange, and tells by ZAM what became of it.

It behaves as the volet says: AA once, the same AA for a message that it knows (nothing is handed over twice), AE for a
message that is not one, and business acknowledgements on its own connection, later. It can be made to misbehave.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import queue
import socket
import socketserver
import ssl
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from archipel.connectors.mdm.codec.message import PARIS, PROFILE
from archipel.kernel.errors import ArchipelError
from archipel.kernel.hl7v2 import Er7Message, FramingError, MllpDecoder, encode, parse_bytes

REQUIRED = ("EVN", "PID", "PV1", "ORC", "OBR", "TXA", "OBX", "PRT")
DMP_DUPLICATE = ("DMPDuplicateUniqueId", "Un document porte déjà cet identifiant")
_DECISIVE = {"ack_reception": "ACK_RECEPTION", "ack_lecture": "ACK_LECTURE_MSS"}


@dataclass
class Behaviour:
    """How it answers. ``replies`` is where the creator listens (host, port); None: it never tells by itself."""

    replies: tuple[str, int] | None = None
    delay: float = 0.2
    """Seconds before the business acknowledgements."""
    refuse: str = ""
    """Answer AE with this text."""
    reject: int = 0
    """Answer AR this many times first."""
    cut: int = 0
    """Take the message and close without answering, this many times first."""
    repeat: int = 1
    """How often each business acknowledgement is sent."""
    backwards: bool = False
    """Tell the reading before the reception."""
    dmp_error: tuple[str, str] | None = None
    context: ssl.SSLContext | None = None


@dataclass
class Mock:
    """The platform. ``log`` holds one mapping per exchange; it is also written to ``path`` as JSON lines."""

    behaviour: Behaviour
    host: str = "127.0.0.1"
    port: int = 0
    path: Path | None = None
    log: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)
    """Document identifier → SHA-256 of the CDA: what was really handed over."""

    def __post_init__(self) -> None:
        self._known: set[str] = set()
        self._outgoing: queue.Queue[tuple[float, bytes] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.port = int(self._server.server_address[1])
        self._threads = [
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True),
            threading.Thread(target=self._tell, daemon=True),
        ]

    def start(self) -> Mock:
        """Serve in threads of this process."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Close the door, and forget what was still to be told."""
        self._server.shutdown()
        self._server.server_close()
        self._outgoing.put(None)

    # --- what comes in --------------------------------------------------------------------------------

    def take(self, frame: bytes | FramingError) -> bytes | None:
        """The answer to one frame; None: close without a word."""
        if isinstance(frame, FramingError):
            self.note("recu", erreur=frame.reason_fr)
            return _ack(None, "AE", "Trame illisible")
        try:
            message = parse_bytes(frame, "UNICODE UTF-8")
        except ArchipelError as error:
            self.note("recu", erreur=error.message)
            return _ack(None, "AE", error.message)
        with self._lock:
            return self._answer(message)

    def _answer(self, message: Er7Message) -> bytes | None:
        control, behaviour = message.get("MSH", 10), self.behaviour
        fault = behaviour.refuse or _fault(message)
        if fault:
            self.note("recu", message=control, reponse="AE", erreur=fault)
            return _ack(message, "AE", fault)
        if behaviour.reject > 0:
            behaviour.reject -= 1
            self.note("recu", message=control, reponse="AR")
            return _ack(message, "AR", "Plateforme occupée")
        again = control in self._known
        self._known.add(control)
        cda = base64.b64decode(message.get("OBX", 5, component=5))
        uid = message.get("TXA", 12)
        digest = hashlib.sha256(cda).hexdigest()
        if not again:
            duplicate = uid in self.documents
            self.documents.setdefault(uid, digest)
            self._plan(message, control, DMP_DUPLICATE if duplicate else behaviour.dmp_error)
        if behaviour.cut > 0:
            behaviour.cut -= 1
            self.note("recu", message=control, document=uid, sha256=digest, deja=again, reponse="coupure")
            return None
        self.note("recu", message=control, type=message.get("MSH", 9, component=2), document=uid, sha256=digest,
                  loinc=message.get("TXA", 2), deja=again, reponse="AA")  # fmt: skip
        return _ack(message, "AA", "")

    def note(self, what: str, **details: object) -> None:
        """One line of the log; no name is ever in it."""
        line = {"a": datetime.now(UTC).isoformat(), "quoi": what, **details}
        self.log.append(line)
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    # --- what it tells later --------------------------------------------------------------------------

    def _plan(self, message: Er7Message, control: str, error: tuple[str, str] | None) -> None:
        flags = _flags(message)
        told: list[bytes] = []
        if flags.get("DESTDMP"):
            told.append(_zam(message, "Z01", "ACK_RECEPTION_DMP", control, "", error))
        for address in _addresses(message):
            told.append(_zam(message, "Z02", "ACK_RECEPTION_MSS", control, address, None))
            told.append(_zam(message, "Z03", "ACK_LECTURE_MSS", control, address, None))
        if self.behaviour.backwards:
            told.reverse()
        due = time.monotonic() + self.behaviour.delay
        for one in told:
            for _ in range(self.behaviour.repeat):
                self._outgoing.put((due, one))

    def _tell(self) -> None:
        while (item := self._outgoing.get()) is not None:
            due, message = item
            time.sleep(max(0.0, due - time.monotonic()))
            if self.behaviour.replies is None or not self._say(message):
                self._outgoing.put((time.monotonic() + 0.5, message)) if self.behaviour.replies else None

    def _say(self, message: bytes) -> bool:
        """Whether the creator acknowledged."""
        assert self.behaviour.replies is not None
        answer = b""
        with contextlib.suppress(OSError), socket.create_connection(self.behaviour.replies, 5) as raw:
            context = self.behaviour.context
            link = context.wrap_socket(raw, server_hostname=self.behaviour.replies[0]) if context else raw
            link.sendall(encode(message))
            while b"\x1c" not in answer and (data := link.recv(65_536)):
                answer += data
        taken = b"MSA|AA" in answer
        event = parse_bytes(message).get("MSH", 9, component=2)
        self.note("accuse", type=f"ZAM^{event}", reponse="AA" if taken else "pas de réponse")
        return taken


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        decoder = MllpDecoder(32 * 1024 * 1024)
        with contextlib.suppress(OSError):
            while data := self.request.recv(262_144):
                for frame in decoder.feed(data):
                    answer = self.server.mock.take(frame)  # type: ignore[attr-defined]
                    if answer is None:
                        return
                    self.request.sendall(encode(answer))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mock: Mock) -> None:
        self.mock = mock
        super().__init__((mock.host, mock.port), _Handler)


def _fault(message: Er7Message) -> str:
    """Why the message is not an MDM of the volet; empty when it is."""
    if (message.get("MSH", 9), message.get("MSH", 12)) != ("MDM", "2.6"):
        return "MSH-9, MSH-12 : MDM en version 2.6 attendu"
    for name in REQUIRED:
        if not message.count(name):
            return f"{name} : segment absent"
    codes = [message.get("OBX", 3, occurrence=number) for number in range(1, message.count("OBX"))]
    missing = [code for code in ("MASQUE_PS", "INVISIBLE_PATIENT", "DESTDMP", *_DECISIVE.values()) if code not in codes]
    if missing:
        return f"OBX : métadonnée {missing[0]} absente"
    try:
        cda = base64.b64decode(message.get("OBX", 5, component=5), validate=True)
        root = etree.fromstring(cda, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except (binascii.Error, ValueError, etree.XMLSyntaxError):
        return "OBX-5 : le document ne se lit pas"
    told = root.find("{urn:hl7-org:v3}id")
    if told is None or told.get("root") != message.get("TXA", 12):
        return "TXA-12 : ce n'est pas l'identifiant du document"
    return ""


def _flags(message: Er7Message) -> Mapping[str, bool]:
    found = {}
    for number in range(1, message.count("OBX")):
        found[message.get("OBX", 3, occurrence=number)] = message.get("OBX", 5, occurrence=number) == "Y"
    return found


def _addresses(message: Er7Message) -> list[str]:
    return [
        address
        for number in range(message.count("PRT"))
        if message.get("PRT", 4, occurrence=number) == "RCT"
        and (address := message.get("PRT", 15, component=4, occurrence=number))
    ]


def _moment() -> str:
    return datetime.now(PARIS).strftime("%Y%m%d%H%M%S%z")


def _head(message: Er7Message | None, kind: str) -> str:
    names = [message.raw("MSH", number) for number in (5, 6, 3, 4)] if message else ["PFI", "", "", ""]
    parts = ["MSH|^~\\&", *names, _moment(), "", kind, uuid.uuid4().hex[:20], "T", "2.6", "", "", "", "", "FRA",
             "UNICODE UTF-8", "", "", PROFILE]  # fmt: skip
    return "|".join(parts)


def _ack(message: Er7Message | None, code: str, text: str) -> bytes:
    event = message.get("MSH", 9, component=2) if message else "T02"
    lines = [_head(message, f"ACK^{event}^ACK"), f"MSA|{code}|{message.get('MSH', 10) if message else ''}"]
    if code != "AA":
        lines.append(f"ERR|||207^{text.replace('^', ' ').replace('|', ' ')}^messageErrorCondition|E")
    return ("\r".join(lines) + "\r").encode("utf-8")


def _zam(message: Er7Message, event: str, name: str, about: str, address: str, error: tuple[str, str] | None) -> bytes:
    lines = [
        _head(message, f"ZAM^{event}^ZAM_Z01"),
        f"OBX|1|CWE|{name}^^AckMetierZAM|{about}|{'N' if error else 'Y'}^^expandedYes-NoIndicator||||||F",
    ]
    if address:
        who = "LECTEUR_MSS" if event == "Z03" else "DESTINATAIRE_MSS"
        lines.append(f"OBX|2|XTN|{who}^^AckMetierZAM||^^X.400^{address}||||||F")
    if error:
        lines.append(f"ERR|||207^Application error^messageErrorCondition|E|{error[0]}^{error[1]}^DMP_ERROR_CODE")
    return ("\r".join(lines) + "\r").encode("utf-8")
