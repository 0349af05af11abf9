"""One LISTEN connection per process, fanned out to the browsers that follow.

An event tells which keys changed, never whom: a browser answers by asking again for what it shows, through the pages,
which check the scope themselves. What a browser hears at all is decided here, topic by topic; deny by default.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from archipel.foundation.outbox.services import CHANNEL
from archipel.foundation.scope import Capability, Scope

log = logging.getLogger(__name__)

QUEUE_LIMIT = 64
"""Frames kept for a slow browser; beyond, it is told to refresh everything and the frames are dropped."""
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
RESYNC = b"event: resync\ndata: {}\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """A notification, read: its topic, the tokens that name what changed, and for which establishment if for one."""

    event_id: int
    topic: str
    tokens: frozenset[str]
    establishment: str | None
    whole: bool
    """The payload was too long to be announced: everything of the topic may have changed."""
    frame: bytes


def read(notice: str) -> Event | None:
    """Read a notification of the outbox; None when it is not one (never an exception: a bad notice stops nobody)."""
    try:
        body = json.loads(notice)
        event_id, topic, payload = int(body["id"]), str(body["topic"]), body["payload"]
    except (ValueError, KeyError, TypeError):
        return None
    if payload is not None and not isinstance(payload, dict):
        return None
    facts: dict[str, Any] = payload or {}
    establishment = facts.get("establishment")
    tokens = _tokens(topic, facts)
    data = {"sujets": sorted(tokens), "tout": payload is None, "a": facts.get("at")}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    frame = f"id: {event_id}\nevent: changement\ndata: {text}\n\n".encode()
    return Event(event_id, topic, tokens, str(establishment) if establishment else None, payload is None, frame)


def _tokens(topic: str, facts: dict[str, Any]) -> frozenset[str]:
    """What may be followed: ``flow``, ``flow.changed``, ``flow.uf:<est>:<uf>``, ``flow.site:<eg>``, ``flow:<est>``."""
    family = topic.partition(".")[0]
    found = {topic, family}
    for name, prefix in (("uf", "uf"), ("sites", "site")):
        found.update(f"{family}.{prefix}:{value}" for value in facts.get(name) or ())
    if facts.get("establishment"):
        found.add(f"{family}:{facts['establishment']}")
    return frozenset(found)


def _capacity(scope: Scope, event: Event) -> bool:
    return scope.may(Capability.VOIR_CAPACITE)


def _messages(scope: Scope, event: Event) -> bool:
    if event.establishment is None:
        return event.whole and scope.may(Capability.GERER_MESSAGES)
    return scope.may(Capability.GERER_MESSAGES, event.establishment)


def _programmes(scope: Scope, event: Event) -> bool:
    return scope.may(Capability.VOIR_PROGRAMMES)


def _documents(scope: Scope, event: Event) -> bool:
    return scope.may(Capability.VOIR_DOCUMENTS, event.establishment)


VISIBILITY: dict[str, Callable[[Scope, Event], bool]] = {
    "flow": _capacity,
    "territory": _capacity,
    "journal": _messages,
    "sender": _messages,
    "ror": _capacity,
    "proof": _programmes,
    "documents": _documents,
}
"""Who may hear the events of each family of topics; a family that is not here is heard by nobody."""


def may_hear(scope: Scope, event: Event) -> bool:
    """Whether the scope may know that this changed."""
    rule = VISIBILITY.get(event.topic.partition(".")[0])
    return rule is not None and rule(scope, event)


@dataclass(eq=False)
class Client:
    """One open stream: what it follows (empty: all it may hear) and what it has not been sent yet."""

    scope: Scope
    topics: frozenset[str] = frozenset()
    frames: deque[bytes] = field(default_factory=deque)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, event: Event) -> bool:
        """Whether the event is both asked for and allowed."""
        asked = not self.topics or bool(self.topics & event.tokens) or (event.whole and self._follows(event.topic))
        return asked and may_hear(self.scope, event)

    def _follows(self, topic: str) -> bool:
        family = topic.partition(".")[0]
        return any(asked.startswith((f"{family}.", f"{family}:")) for asked in self.topics)

    def push(self, frame: bytes) -> None:
        """Queue a frame; a browser too slow to keep up is told to refresh everything instead."""
        if len(self.frames) >= QUEUE_LIMIT:
            self.frames.clear()
            frame = RESYNC
        self.frames.append(frame)
        self.ready.set()

    async def take(self) -> bytes:
        """All frames that wait, as one piece; waits for the first."""
        await self.ready.wait()
        piece = b"".join(self.frames)
        self.frames.clear()
        self.ready.clear()
        return piece


class Hub:
    """The process's ear on PostgreSQL and its open streams."""

    def __init__(self, conninfo: Callable[[], str]) -> None:
        self._conninfo = conninfo
        self._task: asyncio.Task[None] | None = None
        self.clients: set[Client] = set()
        self.listening = asyncio.Event()
        """Set while notifications are being heard."""

    def start(self) -> None:
        """Begin to listen, once."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="archipel-events")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def dispatch(self, notice: str) -> int:
        """Hand a notification to whoever wants it and may hear it; returns how many streams took it."""
        event = read(notice)
        if event is None:
            log.warning("notification illisible, ignorée (%d caractères)", len(notice))
            return 0
        takers = [client for client in self.clients if client.wants(event)]
        for client in takers:
            client.push(event.frame)
        return len(takers)

    def resync(self) -> None:
        """Tell every stream that something may have been missed."""
        for client in self.clients:
            client.push(RESYNC)

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._conninfo(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    failures = 0
                    self.listening.set()
                    self.resync()
                    async for notification in connection.notifies():
                        self.dispatch(notification.payload)
            except (psycopg.Error, OSError) as error:
                log.warning("écoute des événements interrompue (%s), nouvelle tentative", type(error).__name__)
            finally:
                self.listening.clear()
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1
