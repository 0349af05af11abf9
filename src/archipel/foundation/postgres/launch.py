"""Launching a server on a cluster, and recognising one: pid file, remains of a killed server, readiness, log."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from archipel.foundation.postgres import binaries, cluster, layout, processes
from archipel.foundation.postgres.accounts import Account
from archipel.foundation.postgres.layout import Layout, State
from archipel.kernel.errors import Upstream

START_TIMEOUT_S = 150.0  # recovery after a crash may have to replay a few gigabytes
_ATTEMPTS = 3
_DYING_S = 5.0
_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""PostgreSQL protocol 3, message formats, SSLRequest."""
_LOG_MAX_BYTES = 10_000_000


def launch(place: Layout, account: Account | None, state: State) -> int:
    """Start a server on ``place`` (no live one; under the lock), creating the cluster if needed; returns its pid.

    Raises:
        Upstream: it could not be made or started.
    """
    _clear_remains(place)
    found = binaries.reachable(binaries.for_cluster(cluster.major(place)), account)
    if cluster.major(place) is None:
        cluster.make(place, found, account, durable=state.durable)
    for attempt in range(_ATTEMPTS):
        state.port = _free_port(state.port)
        folder = layout.socket_dir(place, account, state.socket_dir)
        state.socket_dir = str(folder)
        cluster.configure(place, account, port=state.port, socket_dir=folder, durable=state.durable)
        _clear_socket(folder)
        layout.save_state(place, state)
        pid = _spawn(place, found, account)
        try:
            wait_ready(place, pid)
        except Upstream:
            earlier = live_postmaster(place)
            if earlier is not None:  # launched by a process killed before it could see it ready
                wait_ready(place, earlier)
                return earlier
            port_stolen = _free_port(state.port) != state.port
            # Without a view of every process, children of a killed server may still hold its shared memory.
            if attempt == _ATTEMPTS - 1 or not (port_stolen or not processes.SEES_ALL):
                raise
            time.sleep(0 if port_stolen else 1)
            continue
        return pid
    raise AssertionError("unreachable")


def _spawn(place: Layout, found: Path, account: Account | None) -> int:
    if place.log.exists() and place.log.stat().st_size > _LOG_MAX_BYTES:
        place.log.replace(place.log.with_name("server.log.1"))
    descriptor = os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as log:
        command = [str(found / "postgres"), "-D", str(place.cluster)]
        return processes.spawn_detached(command, account=account, log=log, env=cluster.environment())


def wait_ready(place: Layout, pid: int) -> None:
    """Wait until the server accepts clients; as long as it needs to recover, within START_TIMEOUT_S seconds.

    Raises:
        Upstream: it died, or is still not ready.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        lines = pid_file(place)
        if lines[:1] == [str(pid)] and lines[7:8] == ["ready"]:
            return
        if processes.identity(pid) is None:
            raise failure(place, "La base de données embarquée n'a pas pu démarrer.")
        if time.monotonic() > deadline:
            raise failure(place, f"La base de données embarquée n'est pas prête après {START_TIMEOUT_S:.0f} s.")
        time.sleep(0.02)


def pid_file(place: Layout) -> list[str]:
    """Lines of postmaster.pid: pid, data folder, start time, port, socket folder, address, shared memory, status."""
    try:
        text = (place.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines()]


def ready_postmaster(place: Layout) -> int | None:
    """The pid of the live server once it is ready (waits); None if there is none, or if it was just stopping."""
    pid = live_postmaster(place)
    if pid is None:
        return None
    try:
        wait_ready(place, pid)
    except Upstream:
        if processes.identity(pid) is None:
            return None
        raise
    deadline = time.monotonic() + _DYING_S
    while not _answers(place) and time.monotonic() < deadline:  # killed an instant ago, it is still being taken down
        if live_postmaster(place) is None:
            return None
        time.sleep(0.02)
    return pid


def _answers(place: Layout) -> bool:
    """Whether the server replies on its socket: one SSLRequest, answered by one letter before any log-in."""
    lines = pid_file(place)
    if len(lines) < 5:
        return False
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(str(Path(lines[4]) / f".s.PGSQL.{lines[3]}"))
            probe.sendall(_SSL_REQUEST)
            return probe.recv(1) in (b"N", b"S")
    except OSError:
        return False


def live_postmaster(place: Layout) -> int | None:
    """The pid of the live server of this cluster; None if dead, whatever its pid file says."""
    first = (pid_file(place) or [""])[0]
    pid = int(first) if first.isdigit() else 0
    return pid if processes.is_postmaster(pid, place.cluster) else None


def _clear_remains(place: Layout) -> None:
    """After a killed server: end its children, then drop the pid file (its number may be another process's now)."""
    stubborn = processes.end_orphans(place.cluster)
    if stubborn:
        raise failure(
            place,
            "Un ancien serveur a été tué mais ses processus "
            f"{', '.join(map(str, stubborn))} tournent encore : arrêtez-les, puis recommencez.",
        )
    lines = pid_file(place)
    if lines and lines[0].isdigit() and int(lines[0]) > 0:
        # A number taken over by a stranger, or a zombie: PostgreSQL would refuse to start. When the number is free,
        # PostgreSQL itself checks the old shared memory segment, so the file is left for it.
        try:
            os.kill(int(lines[0]), 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass
        (place.cluster / "postmaster.pid").unlink(missing_ok=True)


def _clear_socket(folder: Path) -> None:
    for remain in folder.glob(".s.PGSQL.*"):  # the folder is this server's alone, and this server is dead
        remain.unlink(missing_ok=True)


def _free_port(wanted: int | None) -> int:
    for port in (wanted or 0, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Upstream("Aucun port TCP libre sur 127.0.0.1.", permanent=False, code="postgres-port")


def failure(place: Layout, sentence: str) -> Upstream:
    """An error carrying the last lines of the server's log."""
    try:
        tail = place.log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
    except OSError:
        tail = []
    text = "\n".join(tail) or "(journal vide)"
    return Upstream(
        f"{sentence} Dernières lignes du journal {place.log} :\n{text}", permanent=False, code="postgres-demarrage"
    )
