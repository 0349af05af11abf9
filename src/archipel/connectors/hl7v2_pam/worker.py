"""The worker process: apply what is in the queue, as soon as it is there, and keep time-driven things moving."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

import psycopg
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from archipel.connectors.hl7v2_pam.apply import Applier
from archipel.foundation.journal.store import CHANNEL
from archipel.foundation.tuning import for_streaming

log = logging.getLogger(__name__)
_IDLE = 0.5
_TICK = 1.0
_LONGEST_PAUSE = 5.0
_LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


class Worker:
    """Applies pending messages until told to stop.

    Args:
        ticks: called about once a second, whatever the load (planned moves coming due, sealing of the audit …).
        limit: messages in one transaction at the most.
    """

    def __init__(self, ticks: tuple[Callable[[], None], ...] = (), *, limit: int = 1000) -> None:
        self.applier = Applier()
        self.ticks = ticks
        self.limit = limit
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until :attr:`stopping` is set; a lost database is waited for."""
        pause = 0.1
        while not self.stopping.is_set():
            begun = time.monotonic()
            try:
                self._run_connected()
            except _LOST as error:
                self.applier.index.forget()  # what it learnt in the transaction may be lost
                if time.monotonic() - begun > _LONGEST_PAUSE:
                    pause = 0.1
                log.warning("base indisponible, nouvelle tentative dans %.1f s (%s)", pause, type(error).__name__)
                close_old_connections()
                connection.close()
                self.stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _run_connected(self) -> None:
        last_tick = last_refresh = 0.0
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as listening:
            listening.execute(f"LISTEN {CHANNEL}")
            while not self.stopping.is_set():
                handled = self.applier.apply_pending(self.limit)
                now = time.monotonic()
                if now - last_tick >= _TICK:
                    last_tick = now
                    self._tick()
                if now - last_refresh >= 10:
                    last_refresh = now
                    self.applier.refresh()
                if not handled:
                    for _ in listening.notifies(timeout=_IDLE, stop_after=1):
                        pass

    def _tick(self) -> None:
        """Do what depends on the hour; one that fails holds up neither the others nor the messages."""
        for tick in self.ticks:
            try:
                tick()
            except _LOST:
                raise
            except Exception as error:
                log.error("tâche périodique %s en échec (%s)", tick.__name__, type(error).__name__)

    def stop(self, *_: object) -> None:
        """Finish the batch in hand, then return from :meth:`run`."""
        self.stopping.set()


def serve(ticks: tuple[Callable[[], None], ...] = ()) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    for_streaming()
    worker = Worker(ticks)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, worker.stop)
    worker.run()
