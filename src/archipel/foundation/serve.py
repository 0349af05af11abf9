"""``archipel serve``: every process of a small site under one roof, restarted when one dies.

In production each runs by itself (see deploy/): web (WSGI), events (ASGI), worker and listener, any number of each.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from archipel.foundation import postgres
from archipel.foundation.reaper import signal_group
from archipel.kernel.errors import ArchipelError, Conflict

_GRACE = 10.0
_STABLE = 30.0
_LOOK = 1.0
_LOOK_AFTER_FAILURE = 10.0
STOPPERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What ends a site: a service manager, Ctrl+C, a closed terminal."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; a port of 0 leaves the process out."""

    host: str = "127.0.0.1"
    web: int = 8000
    events: int = 8001
    mllp: int = 2575
    web_threads: int = 8

    def check(self) -> None:
        """Make sure that nobody listens there already: servers that share ports would answer in turn.

        Raises:
            Conflict: naming the port.
        """
        for port in filter(None, (self.web, self.events, self.mllp)):
            with socket.socket() as probe:
                # What a server that has just stopped leaves behind is no obstacle; one that listens still is.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((self.host, port))
                except OSError as error:
                    raise Conflict(
                        f"Le port {port} de {self.host} n'est pas libre ({error.strerror}) : un autre Archipel tourne "
                        "peut-être. Choisissez-en un autre avec --port.",
                        code="port-pris",
                    ) from error


def commands(ports: Ports) -> dict[str, list[str]]:
    """The command line of each process."""
    python = [sys.executable, "-m"]
    found = {
        "web": [
            *python,
            "granian",
            "--interface=wsgi",
            f"--host={ports.host}",
            f"--port={ports.web}",
            "--workers=1",
            f"--blocking-threads={ports.web_threads}",
            "--no-ws",
            "--log-level=error",
            "archipel.config.wsgi:application",
        ],
        "events": [
            *python,
            "uvicorn",
            f"--host={ports.host}",
            f"--port={ports.events}",
            "--timeout-graceful-shutdown=2",
            "--log-level=warning",
            "--no-access-log",
            "archipel.config.asgi:application",
        ],
        "worker": [*python, "archipel", "worker"],
        "listener": [*python, "archipel", "listen", f"--host={ports.host}", f"--port={ports.mllp}"],
    }
    if any(os.environ.get(name) for name in ("ARCHIPEL_PFI", "ARCHIPEL_PFI_ADDRESSES", "ARCHIPEL_MSSANTE_SMTP")):
        found["documents"] = [*python, "archipel", "documents", "envoyer"]
    if not ports.mllp:
        del found["listener"]
    if not ports.events:
        del found["events"]
    return found


@dataclass
class _Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.2


@dataclass
class Supervisor:
    """Starts the processes, restarts those that die, stops them all together.

    Each process leads a group of its own, so that nothing it started outlives it; should the supervisor itself be
    killed, a :mod:`~archipel.foundation.reaper` ends the groups.

    Attributes:
        embedded: data folder of the embedded PostgreSQL, started again when it dies; None for a server elsewhere.
    """

    ports: Ports
    tell: Callable[[str], None] = print
    embedded: Path | None = None
    children: list[_Child] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    _environment: dict[str, str] = field(default_factory=dict)
    _reaper: subprocess.Popen[str] | None = None
    _next_look: float = 0.0

    def start(self) -> None:
        """Start every process; the environment must hold DATABASE_URL and the secret."""
        self._environment = {
            **os.environ,
            "ARCHIPEL_MIGRATED": "1",
            "ARCHIPEL_EVENTS_PORT": os.environ.get("ARCHIPEL_EVENTS_PORT") or str(self.ports.events or ""),
            "DJANGO_SETTINGS_MODULE": "archipel.config.settings",
        }
        Path(os.environ.get("ARCHIPEL_STATIC_ROOT", "staticfiles")).mkdir(exist_ok=True)
        self._reaper = subprocess.Popen(
            [sys.executable, "-m", "archipel.foundation.reaper"], stdin=subprocess.PIPE, text=True, process_group=0
        )
        self.children = [_Child(name, command) for name, command in commands(self.ports).items()]
        for child in self.children:
            self._launch(child)

    def _launch(self, child: _Child) -> None:
        child.process = subprocess.Popen(child.command, env=self._environment, process_group=0)  # noqa: S603 - ours
        child.started = time.monotonic()
        self._note(f"+{child.process.pid}")

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """What a dead process had started goes with it."""
        signal_group(process.pid, signal.SIGKILL)
        self._note(f"-{process.pid}")

    def _note(self, line: str) -> None:
        if self._reaper is not None and self._reaper.stdin is not None:
            with contextlib.suppress(OSError):
                self._reaper.stdin.write(f"{line}\n")
                self._reaper.stdin.flush()

    def watch(self) -> None:
        """Restart what dies, until :attr:`stopping` is set; then stop everything."""
        while not self.stopping.wait(0.2):
            self._revive_database()
            for child in self.children:
                process = child.process
                if process is None or process.poll() is None:
                    continue
                self._bury(process)
                if time.monotonic() - child.started > _STABLE:
                    child.pause = 0.2
                self.tell(f"Le processus {child.name} s'est arrêté (code {process.returncode}) ; il redémarre.")
                if self.stopping.wait(child.pause):
                    break
                child.pause = min(child.pause * 2, 10.0)
                self._launch(child)
        self.stop()

    def _revive_database(self) -> None:
        """Start the embedded PostgreSQL again when it died; its processes reconnect by themselves."""
        if self.embedded is None or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK
        if postgres.status(self.embedded) is not None:
            return
        self.tell("PostgreSQL s'est arrêté ; il redémarre.")
        try:
            server = postgres.start(self.embedded, owner_pid=os.getpid())
        except ArchipelError as error:
            self.tell(error.message)
            self._next_look = time.monotonic() + _LOOK_AFTER_FAILURE
            return
        name = urlsplit(self._environment["DATABASE_URL"]).path.lstrip("/")
        url = postgres.ensure_database(server.url, name)
        if url != self._environment["DATABASE_URL"]:  # its port was taken meanwhile
            os.environ["DATABASE_URL"] = self._environment["DATABASE_URL"] = url
            for child in self.children:
                if child.process is not None:
                    signal_group(child.process.pid, signal.SIGTERM)

    def stop(self) -> None:
        """Ask every process to end, then insist."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            self._bury(process)
            process.wait()
        if self._reaper is not None and self._reaper.stdin is not None:
            self._reaper.stdin.close()
            self._reaper.wait()
            self._reaper = None

    def run(self) -> None:
        """Start, then watch until a signal of :data:`STOPPERS`."""
        for name in STOPPERS:
            signal.signal(name, lambda *_: self.stopping.set())
        self.start()
        self.watch()
