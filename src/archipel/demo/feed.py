"""Sending the simulated messages to the real listener, over real sockets: one connection per sender."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime

from archipel.demo.emitter import Emission

_VT, _END = b"\x0b", b"\x1c\r"
_WINDOW = 128
"""Messages sent ahead of their acknowledgements on one connection (real senders wait for each)."""


class _Line:
    """One sender's connection: keeps order, reconnects, sends again what was not acknowledged."""

    def __init__(self, host: str, port: int, acknowledged: Callable[[Emission], None]) -> None:
        self.host, self.port = host, port
        self.acknowledged = acknowledged
        self.queue: asyncio.Queue[Emission | None] = asyncio.Queue(2_000)
        self.unanswered: list[Emission] = []

    async def run(self) -> None:
        ended = False
        pause = 0.1
        while not ended or self.unanswered:
            try:
                reader, writer = await asyncio.open_connection(self.host, self.port)
                pause = 0.1
                with contextlib.closing(writer):
                    for emission in self.unanswered:
                        writer.write(_VT + emission.raw + _END)
                    ended = await self._talk(reader, writer, ended)
            except (ConnectionError, asyncio.IncompleteReadError, OSError):
                await asyncio.sleep(pause)
                pause = min(pause * 2, 3.0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ended: bool) -> bool:
        while True:
            while not ended and len(self.unanswered) < _WINDOW:
                if self.unanswered and self.queue.empty():
                    break
                emission = await self.queue.get()
                if emission is None:
                    ended = True
                    break
                self.unanswered.append(emission)
                writer.write(_VT + emission.raw + _END)
            if not self.unanswered:
                return ended
            await writer.drain()
            if b"MSA|AE" in await reader.readuntil(_END):
                raise ConnectionError("not kept: to be sent again")
            self.acknowledged(self.unanswered.pop(0))


class Feed:
    """All the senders of the group.

    Args:
        told: called with the simulated time of each message once acknowledged.
    """

    def __init__(self, host: str, port: int, told: Callable[[datetime], None] = lambda at: None) -> None:
        self.host, self.port, self.told = host, port, told
        self.lines: dict[str, _Line] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.sent = self.answered = 0

    def _acknowledged(self, emission: Emission) -> None:
        self.answered += 1
        self.told(emission.at)

    async def send(self, emission: Emission) -> None:
        """Queue a message on its sender's connection; waits when the sender is far behind."""
        line = self.lines.get(emission.establishment)
        if line is None:
            line = self.lines[emission.establishment] = _Line(self.host, self.port, self._acknowledged)
            self.tasks.append(asyncio.create_task(line.run()))
        self.sent += 1
        await line.queue.put(emission)

    async def send_all(self, emissions: Iterable[Emission]) -> None:
        """Queue many."""
        for emission in emissions:
            await self.send(emission)

    async def close(self) -> None:
        """Wait until everything is acknowledged."""
        for line in self.lines.values():
            await line.queue.put(None)
        await asyncio.gather(*self.tasks)
