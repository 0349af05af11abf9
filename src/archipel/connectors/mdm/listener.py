"""The door by which the platform tells what became of the documents: ZAM over MLLP, kept before being acknowledged."""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass

from django.db import close_old_connections, connection

from archipel.connectors.mdm.codec import acknowledge, read_business
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError
from archipel.kernel.hl7v2 import FramingError, MllpDecoder, encode
from archipel.passages.documents.public import Incoming, receive

log = logging.getLogger(__name__)
MAX_SIZE = 1024 * 1024
IDLE_SECONDS = 600.0
HANDSHAKE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Options:
    """Where to listen; TLS when a certificate is given, mutual when authorities are."""

    host: str = "127.0.0.1"
    port: int = 2577
    tls_cert: str = ""
    tls_key: str = ""
    tls_ca: str = ""


def take(frame: bytes | FramingError) -> bytes:
    """Keep one message and answer it: AA once it is written, AE when it cannot be read, AR when we cannot keep it."""
    now = clock.now()
    if isinstance(frame, FramingError):
        return acknowledge(frame.raw, code="AE", at=now, text=frame.reason_fr)
    try:
        told = read_business(frame)
        incoming = Incoming(told.kind, told.about, told.positive, told.text, told.target, frame, told.code)
    except ArchipelError as error:
        return acknowledge(frame, code="AE", at=now, text=error.message)
    try:
        receive(incoming)
    except Exception:  # the platform will say it again
        log.exception("accusé non enregistré")
        connection.close()
        return acknowledge(frame, code="AR", at=now, text="Accusé non enregistré : à renvoyer.")
    return acknowledge(frame, code="AA", at=now)


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        decoder = MllpDecoder(MAX_SIZE)
        try:
            with contextlib.suppress(OSError):
                if isinstance(self.request, ssl.SSLSocket):
                    self.request.settimeout(HANDSHAKE_SECONDS)
                    self.request.do_handshake()
                self.request.settimeout(IDLE_SECONDS)
                while data := self.request.recv(65_536):
                    close_old_connections()
                    for frame in decoder.feed(data):
                        self.request.sendall(encode(take(frame)))
        finally:
            connection.close()


class Listener(socketserver.ThreadingTCPServer):
    """Accepts the platform's connections, one thread each."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, options: Options) -> None:
        self._context: ssl.SSLContext | None = None
        if options.tls_cert:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=options.tls_ca or None)
            self._context.load_cert_chain(options.tls_cert, options.tls_key or None)
            if options.tls_ca:
                self._context.verify_mode = ssl.CERT_REQUIRED
        super().__init__((options.host, options.port), _Handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept; TLS is negotiated in the connection's own thread, so that a mute one holds nobody up."""
        raw, address = super().get_request()
        if self._context is None:
            return raw, address
        return self._context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False), address

    def start(self) -> threading.Thread:
        """Serve in a thread of this process."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        thread.start()
        return thread
