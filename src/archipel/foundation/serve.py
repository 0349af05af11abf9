"""``archipel serve``: every process of a small site under one roof, restarted when one dies.

In production each runs by itself (see deploy/): web (WSGI), events (ASGI), worker and listener, any number of each.
"""

from __future__ import annotations

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

from archipel.kernel.errors import Conflict

_GRACE = 10.0
_STABLE = 30.0


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
    """Starts the processes, restarts those that die, stops them all together."""

    ports: Ports
    tell: Callable[[str], None] = print
    children: list[_Child] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start every process; the environment must hold DATABASE_URL and the secret."""
        environment = {
            **os.environ,
            "ARCHIPEL_MIGRATED": "1",
            "ARCHIPEL_EVENTS_PORT": os.environ.get("ARCHIPEL_EVENTS_PORT") or str(self.ports.events or ""),
            "DJANGO_SETTINGS_MODULE": "archipel.config.settings",
        }
        Path(os.environ.get("ARCHIPEL_STATIC_ROOT", "staticfiles")).mkdir(exist_ok=True)
        self.children = [_Child(name, command) for name, command in commands(self.ports).items()]
        for child in self.children:
            self._launch(child, environment)
        self._environment = environment

    def _launch(self, child: _Child, environment: dict[str, str]) -> None:
        child.process = subprocess.Popen(child.command, env=environment)  # noqa: S603 - our own commands
        child.started = time.monotonic()

    def watch(self) -> None:
        """Restart what dies, until :attr:`stopping` is set; then stop everything."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                process = child.process
                if process is None or process.poll() is None:
                    continue
                if time.monotonic() - child.started > _STABLE:
                    child.pause = 0.2
                self.tell(f"Le processus {child.name} s'est arrêté (code {process.returncode}) ; il redémarre.")
                if self.stopping.wait(child.pause):
                    break
                child.pause = min(child.pause * 2, 10.0)
                self._launch(child, self._environment)
        self.stop()

    def stop(self) -> None:
        """Ask every process to end, then insist."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def run(self) -> None:
        """Start, then watch until SIGTERM or SIGINT."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self.stopping.set())
        self.start()
        self.watch()
