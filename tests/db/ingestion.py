"""Shared by the tests of ingestion: storing, applying, comparing, and talking MLLP."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from archipel.connectors.hl7v2_pam.apply import Applier
from archipel.connectors.hl7v2_pam.codec import encode, read_header
from archipel.connectors.hl7v2_pam.digest import establishments, state_digest, state_lines
from archipel.connectors.hl7v2_pam.listener import Listener, Options
from archipel.connectors.hl7v2_pam.senders import Senders
from archipel.foundation.journal.store import Incoming, Stored, content_digest, store
from archipel.foundation.scope import APP_ROLE, in_scope, system_scope

_DERIVED = (
    "journal_message, journal_duplicate, journal_pending, journal_outcome, journal_sender, flow_movementfact,"
    " flow_ownerfact, flow_movement, flow_venue, flow_segment, identity_patient, identity_mergefact, outbox_event"
)


class Journal:
    """Puts messages in the journal as the listener does, and applies them as the worker does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True, options=f"-c role={APP_ROLE}")
        self.owner = psycopg.connect(url, autocommit=True)
        self.senders = Senders(self.connection)

    def close(self) -> None:
        self.connection.close()
        self.owner.close()

    def put(self, messages: Sequence[bytes]) -> list[Stored]:
        group = []
        for raw in messages:
            header = read_header(raw)
            sender = self.senders.resolve(header)
            digest = content_digest(raw)
            group.append(
                Incoming(
                    sender.id,
                    sender.establishment,
                    header.control_id or digest.hex(),
                    header.event or "?",
                    raw,
                    digest,
                    "test",
                )
            )
        return store(self.connection, group)

    def reset(self) -> None:
        """Forget every message and all that came of them; the structure stays."""
        self.owner.execute(f"TRUNCATE {_DERIVED} RESTART IDENTITY")
        self.senders = Senders(self.connection)

    def outcomes(self) -> dict[str, tuple[str, str]]:
        """Control id → (outcome, reason); several messages of one control id: the last."""
        rows = self.owner.execute(
            "SELECT m.control_id, o.outcome, o.reason FROM journal_message m"
            " JOIN journal_outcome o ON o.message_id = m.id ORDER BY m.id"
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def count(self, table: str) -> int:
        row = self.owner.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])

    def unexplained(self) -> int:
        """Messages without an outcome, or with one that should say why and does not."""
        row = self.owner.execute(
            "SELECT count(*) FROM journal_message m LEFT JOIN journal_outcome o ON o.message_id = m.id"
            " WHERE o.outcome IS NULL OR (o.outcome <> 'applied' AND o.reason = '')"
        ).fetchone()
        assert row is not None
        return int(row[0])


def drain(applier: Applier | None = None, limit: int = 1000) -> int:
    """Apply until nothing waits; how many were handled."""
    applier, total = applier or Applier(), 0
    while handled := applier.apply_pending(limit):
        total += handled
    return total


def digest() -> str:
    return state_digest(establishments())


def lines() -> list[str]:
    """The canonical state, to see where two of them differ."""
    with in_scope(system_scope("tests", establishments())):
        return list(state_lines())


@dataclass(frozen=True)
class Ack:
    code: str
    control_id: str
    text: str
    raw: bytes


class Client:
    """An MLLP client that waits for its acknowledgements."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None, timeout: float = 60) -> None:
        raw = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket = context.wrap_socket(raw, server_hostname="localhost") if context else raw
        self.rest = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send(self, message: bytes) -> Ack:
        self.raw(encode(message))
        return self.ack()

    def ack(self) -> Ack:
        while b"\x1c\r" not in self.rest:
            data = self.socket.recv(65_536)
            if not data:
                raise ConnectionError("closed before the acknowledgement")
            self.rest += data
        content, _, self.rest = self.rest.partition(b"\x1c\r")
        found = re.search(rb"\rMSA(.)(A[AER])(?:\1([^\r]*?))?(?:\1|\r|$)", content, re.DOTALL)
        assert found, content
        text = re.search(rb"\rERR.(.*)", content)
        return Ack(
            found[2].decode(),
            (found[3] or b"").decode("utf-8", "replace"),
            text[1].decode("utf-8", "replace") if text else "",
            content[1:],
        )


@contextmanager
def listening(url: str, **options: object) -> Iterator[int]:
    """A listener in a thread of this process; yields its port."""
    ready: threading.Event = threading.Event()
    state: dict[str, object] = {}

    def run() -> None:
        async def main() -> None:
            listener = Listener(url, Options(port=0, **options))  # type: ignore[arg-type]
            state["port"] = await listener.start()
            state["loop"], stop = asyncio.get_running_loop(), asyncio.Event()
            state["stop"] = stop
            ready.set()
            await stop.wait()
            await listener.stop()

        asyncio.run(main())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(120)
    try:
        yield state["port"]  # type: ignore[misc]
    finally:
        state["loop"].call_soon_threadsafe(state["stop"].set)  # type: ignore[attr-defined]
        thread.join(120)
        assert not thread.is_alive(), "the listener does not stop"


def batches(items: Sequence[bytes], sizes: Iterable[int]) -> Iterator[Sequence[bytes]]:
    """Cut into pieces of the given sizes; the rest in one."""
    begin = 0
    for size in sizes:
        if begin >= len(items):
            return
        yield items[begin : begin + size]
        begin += size
    if begin < len(items):
        yield items[begin:]
