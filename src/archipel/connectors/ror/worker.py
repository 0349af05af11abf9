"""The feeding and the reading, in the worker: a thread of their own, so that a slow ROR holds up no message."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections, connection

from archipel.connectors.ror import links
from archipel.connectors.ror.client import Client, LinkDown
from archipel.connectors.ror.config import ror_config
from archipel.connectors.ror.feeding import feed, process_scope
from archipel.connectors.ror.reading import poll
from archipel.connectors.ror.settings import Channel, RorSettings, ror_settings
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError

log = logging.getLogger(__name__)
_thread: threading.Thread | None = None
_told = ""


def ror_tick() -> None:
    """The worker's tick: see that the thread lives, when a channel is configured."""
    global _thread, _told
    if _thread is not None and _thread.is_alive():
        return
    try:
        settings = ror_settings()
    except ArchipelError as error:
        if error.message != _told:
            _told = error.message
            log.error("ROR : réglage refusé (%s)", error.message)
        return
    if settings.supplier is None and settings.consumer is None:
        return
    _thread = threading.Thread(target=Loop(settings).run, name="ror", daemon=True)
    _thread.start()


class Loop:
    """Feeds and reads until told to stop; a failure is logged and the next round goes on.

    Args:
        settings: the channels and their paces.
    """

    def __init__(self, settings: RorSettings) -> None:
        self.settings = settings
        self.stopping = threading.Event()
        self._clients: dict[str, Client] = {}
        self._read_at: float | None = None

    def run(self) -> None:
        """Work until :attr:`stopping` is set."""
        while not self.stopping.is_set():
            for act in (self._feed, self._read):
                self._try(act)
            self.stopping.wait(self.settings.every)
        connection.close()

    def _try(self, act: Callable[[], None]) -> None:
        try:
            close_old_connections()
            act()
        except ArchipelError as error:
            log.error("ROR : %s", error.message)
        except Exception as error:
            log.error("ROR : tour en échec (%s)", type(error).__name__)
            connection.close()  # frees the offers in hand

    def _feed(self) -> None:
        settings = self.settings
        if settings.supplier is None:
            return
        consumer = self._client(settings.consumer, settings) if settings.consumer else None
        supplier = self._client(settings.supplier)
        if supplier is not None:
            report = feed(supplier, consumer, parallel=settings.parallel)
            if report.down:
                self._forget(settings.supplier)

    def _read(self) -> None:
        settings = self.settings
        due = self._read_at is None or time.monotonic() - self._read_at >= settings.poll_minutes * 60
        if settings.consumer is None or not due:
            return
        consumer = self._client(settings.consumer, settings)
        if consumer is not None:
            self._read_at = time.monotonic()
            harvest = poll(consumer, region=settings.region)
            if harvest.down:
                self._forget(settings.consumer)

    def _client(self, channel: Channel, settings: RorSettings | None = None) -> Client | None:
        """The client of a channel, kept; None when its certificate cannot be read."""
        if channel.name not in self._clients:
            try:
                self._clients[channel.name] = Client(channel, settings)
            except LinkDown as error:
                links.failed(process_scope(), channel.name, error, ror_config(), 0.5, clock.now())
                return None
        return self._clients[channel.name]

    def _forget(self, channel: Channel) -> None:
        """Take a fresh client next time: a certificate that was replaced is read again."""
        found = self._clients.pop(channel.name, None)
        if found is not None:
            found.close()
