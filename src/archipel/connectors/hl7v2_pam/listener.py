"""The MLLP server: every message is committed to the journal before it is acknowledged.

Messages of all connections are committed in groups: while one group is being flushed to disk the next gathers, so
the cost of a flush is shared and no acknowledgement leaves early. What cannot be read is kept too, and answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from archipel.connectors.hl7v2_pam.codec import (
    AckError,
    FramingError,
    Header,
    MllpDecoder,
    build_ack,
    encode,
    read_header,
)
from archipel.connectors.hl7v2_pam.interpret import FRAMING
from archipel.connectors.hl7v2_pam.senders import Senders
from archipel.foundation.journal.store import Incoming, Stored, content_digest, store
from archipel.foundation.scope import APP_ROLE
from archipel.foundation.tuning import for_streaming

log = logging.getLogger(__name__)
PARIS = ZoneInfo("Europe/Paris")
_GROUP = 500
_READ = 65_536
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Options:
    """How to listen.

    Attributes:
        certificate, key: PEM files; given, connections are TLS.
        authority: PEM file of the authorities whose client certificates are accepted; given, TLS is mutual.
        max_size: bytes of one message at the most.
        stall: seconds that a begun frame may wait for its next byte; what came is then kept, and the line closed.
        connections: open connections at the most; one more is closed at once.
    """

    host: str = "127.0.0.1"
    port: int = 2575
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    max_size: int = 4 * 1024 * 1024
    stall: float = 60.0
    connections: int = 1_000


def tls_context(options: Options) -> ssl.SSLContext | None:
    """The TLS side of the options, None for plain MLLP."""
    if options.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(options.certificate, options.key)
    if options.authority is not None:
        context.load_verify_locations(options.authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Store:
    """The one thread that talks to the database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self.connection: psycopg.Connection[Any] | None = None
        self.senders: Senders | None = None

    def _connected(self) -> tuple[psycopg.Connection[Any], Senders]:
        if self.connection is None or self.connection.closed or self.senders is None:
            self.connection = psycopg.connect(self.url, autocommit=True, options=f"-c role={APP_ROLE}")
            self.senders = Senders(self.connection)
        return self.connection, self.senders

    def commit(self, group: list[tuple[Header, str, bytes, str]]) -> list[Stored | Exception]:
        """Store a group; if it fails as a whole, message by message, so that one cannot take the others down."""
        for attempt in range(_TRIES):
            try:
                connection, senders = self._connected()
                return list(store(connection, [self._incoming(senders, *item) for item in group]))
            except psycopg.OperationalError:
                self._forget()
                time.sleep(0.05 * 2**attempt)
            except Exception as error:  # whatever it is, the senders wait for an answer
                log.error("enregistrement refusé (%s)", type(error).__name__)
                if len(group) == 1:
                    return [error]
                return [answer for item in group for answer in self.commit([item])]
        return [ConnectionError("journal indisponible")] * len(group)

    def _forget(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(psycopg.Error):
                self.connection.close()
        self.connection = None

    @staticmethod
    def _incoming(senders: Senders, header: Header, event: str, raw: bytes, source: str) -> Incoming:
        sender = senders.resolve(header)
        digest = content_digest(raw)
        control = header.control_id[:199] or digest.hex()
        return Incoming(sender.id, sender.establishment, control, event[:20], raw, digest, source)


class Listener:
    """An MLLP server over one database."""

    def __init__(self, url: str, options: Options) -> None:
        self.options = options
        self._store = _Store(url)
        self._queue: asyncio.Queue[tuple[tuple[Header, str, bytes, str], asyncio.Future[Any]]] = asyncio.Queue(20_000)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._sequence = 0
        self._writer: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Open the port; returns its number (useful with port 0)."""
        self._writer = asyncio.create_task(self._write())
        self._server = await asyncio.start_server(
            self._accept, self.options.host, self.options.port, ssl=tls_context(self.options), limit=_READ
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the port, answer what was received, and stop."""
        if self._server is not None:
            self._server.close()
        await self._queue.join()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._writer is not None:
            self._writer.cancel()
        self._store.thread.shutdown()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            waiting = [await self._queue.get()]
            while len(waiting) < _GROUP and not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            group = [item for item, _ in waiting]
            answers = await loop.run_in_executor(self._store.thread, self._store.commit, group)
            for (_, future), answer in zip(waiting, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
                self._queue.task_done()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= self.options.connections:
            log.warning("connexion refusée : %d sont déjà ouvertes", len(self._connections))
            writer.close()
            return
        self._connections.add(task)
        peer = writer.get_extra_info("peername")
        source = f"mllp:{peer[0]}" if peer else "mllp:?"
        try:
            await self._converse(reader, writer, source)
        except (ConnectionError, TimeoutError, ssl.SSLError):
            log.info("connexion interrompue par %s", source)
        except asyncio.CancelledError:
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader, decoder: MllpDecoder) -> bytes:
        """The next bytes; none when the sender left, or let a begun frame wait too long."""
        if not decoder.pending:
            return await reader.read(_READ)
        try:
            return await asyncio.wait_for(reader.read(_READ), self.options.stall)
        except TimeoutError:
            return b""

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: str) -> None:
        decoder = MllpDecoder(self.options.max_size)
        loop = asyncio.get_running_loop()
        while True:
            data = await self._read(reader, decoder)
            frames = decoder.feed(data) if data else decoder.close()
            waiting: list[tuple[Header, asyncio.Future[Any], FramingError | None]] = []
            for frame in frames:
                bad = frame if isinstance(frame, FramingError) else None
                raw = bad.raw if bad else frame
                assert isinstance(raw, bytes)
                header = read_header(raw)
                event = FRAMING if bad else f"{header.event}" or header.message_type or "?"
                origin = f"{source} {bad.reason_fr}" if bad else source
                future: asyncio.Future[Any] = loop.create_future()
                await self._queue.put(((header, event, raw, origin), future))
                waiting.append((header, future, bad))
            for header, future, bad in waiting:
                writer.write(encode(self._answer(header, await future, bad)))
            if not data:
                return
            if waiting:
                await writer.drain()

    def _answer(self, header: Header, stored: Stored | Exception, bad: FramingError | None) -> bytes:
        self._sequence += 1
        now = datetime.now(PARIS)
        control = f"ARC{now:%y%m%d%H%M%S}{self._sequence:08d}"
        if isinstance(stored, Exception):
            gone = isinstance(stored, ConnectionError)
            cause = "journal indisponible" if gone else f"erreur interne ({type(stored).__name__})"
            trouble = AckError(f"Message non enregistré : {cause}. À renvoyer.")
            return build_ack(header, "AE", control_id=control, at=now, error=trouble)
        if bad is not None:
            trouble = AckError(f"{bad.reason_fr} Le contenu est gardé sous le n° {stored.message_id}.", code="100")
            return build_ack(header, "AR", control_id=control, at=now, error=trouble)
        if not header.message_type and not header.application:
            trouble = AckError(
                f"En-tête MSH illisible ; contenu gardé sous le n° {stored.message_id}.", "MSH", code="100"
            )
            return build_ack(header, "AR", control_id=control, at=now, error=trouble)
        return build_ack(header, "AA", control_id=control, at=now)


async def serve(url: str, options: Options, *, ready: Callable[[int], None] = lambda port: None) -> None:
    """Listen until SIGTERM or SIGINT; ``ready`` is told the port once it is open."""
    for_streaming()
    listener = Listener(url, options)
    port = await listener.start()
    ready(port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()
    await listener.stop()
