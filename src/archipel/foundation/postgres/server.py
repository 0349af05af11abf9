"""Start, share, stop and describe the embedded server of a data folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from archipel.foundation.postgres import binaries, cluster, launch, layout, owners, processes
from archipel.foundation.postgres.accounts import server_account
from archipel.foundation.postgres.databases import ensure_database
from archipel.foundation.postgres.layout import Layout
from archipel.foundation.postgres.lock import exclusive
from archipel.kernel.errors import Conflict, Invalid, Upstream

LOCK_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 60.0
APPLICATION_DATABASE = "archipel"
_SIGNALS = {"smart": "SIGTERM", "fast": "SIGINT", "immediate": "SIGQUIT"}


@dataclass(frozen=True)
class Server:
    """A live server. ``url`` goes through the Unix socket; ``tcp_url`` through 127.0.0.1 with the password.

    ``data_dir`` is the folder asked for, ``cluster_dir`` the real PGDATA; ``version`` is numbered as PostgreSQL does
    (180006 for 18.6).
    """

    url: str
    data_dir: Path
    socket_dir: Path
    port: int
    pid: int
    version: int
    cluster_dir: Path

    @property
    def tcp_url(self) -> str:
        """The same server through TCP; carries the password, so never log it."""
        secret = (self.cluster_dir.parent / "password").read_text(encoding="utf-8").strip()
        return f"postgresql://{cluster.ADMIN}:{quote(secret, safe='')}@127.0.0.1:{self.port}/postgres"


def start(data_dir: Path, *, durable: bool = True, owner_pid: int | None = None, discard: bool = False) -> Server:
    """The live server of ``data_dir``: the one already running, else a new one (created at the first call).

    Args:
        data_dir: where the data lives, kept between runs.
        durable: False turns flushes off: for tests only, a power cut loses the data.
        owner_pid: stop the server once this process, and every other owner, is gone (even by ``kill -9``).
            A start without owner makes the server permanent until ``stop``.
        discard: delete the data too when the last owner is gone; only for a new, owned, not durable server (an
            existing folder keeps what was decided at its creation).

    Raises:
        Upstream: the server could not be made or started; carries the last lines of its log.
        Conflict: a running server is not durable but durability is asked.
        Invalid: ``data_dir`` cannot be a data folder, the owner does not exist, or ``discard`` does not apply.
    """
    _refuse_windows()
    if discard and (durable or owner_pid is None):
        raise Invalid("Seul un serveur de test (non durable, avec un propriétaire) peut effacer ses données à la fin.")
    with _french_os_errors(data_dir):
        asked = layout.prepare_asked(data_dir)
        with exclusive(asked / "start.lock", timeout_s=LOCK_TIMEOUT_S):
            return _start_locked(asked, durable=durable, owner_pid=owner_pid, discard=discard)


def _start_locked(asked: Path, *, durable: bool, owner_pid: int | None, discard: bool) -> Server:
    account = server_account(layout.find(asked).cluster)
    place = layout.settle(asked, account, durable=durable)
    account = server_account(place.cluster)
    state = layout.load_state(place)
    if not place.cluster.exists() and not any(place.home.glob(cluster.PUT_ASIDE + "*")):
        state.discard = discard
    pid = launch.ready_postmaster(place)
    if pid is None:
        state.owners, state.permanent, state.durable = [], False, durable
        if owner_pid is not None:  # before the launch: an owner killed meanwhile still gets its server stopped
            owners.register(asked, state, owner_pid)
        pid = launch.launch(place, account, state)
    elif durable and not state.durable:
        raise Conflict(
            f"Le serveur de {asked} tourne sans écriture durable (mode test). Arrêtez-le avant de le relancer "
            "en mode durable."
        )
    if owner_pid is None:
        state.permanent = True
    else:
        owners.register(asked, state, owner_pid)
    layout.save_state(place, state)
    return _describe(place, pid)


def stop(data_dir: Path, *, mode: str = "fast") -> None:
    """Stop the server cleanly; nothing happens if it is not running.

    Args:
        mode: ``smart`` waits for clients, ``fast`` disconnects them, ``immediate`` skips the last checkpoint.

    Raises:
        Upstream: it still runs after 60 seconds.
        Invalid: unknown mode.
    """
    if mode not in _SIGNALS:
        raise Invalid(f"Mode d'arrêt inconnu : {mode!r}. Attendu : {', '.join(_SIGNALS)}.")
    asked = layout.absolute(data_dir)
    if not asked.is_dir():
        return
    with _french_os_errors(data_dir), exclusive(asked / "start.lock", timeout_s=LOCK_TIMEOUT_S):
        stop_locked(asked, mode=mode)


def stop_locked(asked: Path, *, mode: str = "fast") -> None:
    """As :func:`stop`, for a caller that holds the lock."""
    place = layout.find(asked)
    pid = launch.live_postmaster(place)
    if pid is None:
        return
    processes.send(pid, signal.Signals[_SIGNALS[mode]])
    if not processes.wait_until(lambda: not processes.is_postmaster(pid, place.cluster), timeout_s=STOP_TIMEOUT_S):
        raise launch.failure(
            place, f"La base de données (processus {pid}) ne s'arrête pas après {STOP_TIMEOUT_S:.0f} s."
        )


def status(data_dir: Path) -> Server | None:
    """The live and ready server of ``data_dir``, or None. Never waits, never changes anything."""
    place = layout.find(data_dir)
    pid = launch.live_postmaster(place)
    if pid is None or launch.pid_file(place)[7:8] != ["ready"]:
        return None
    return _describe(place, pid)


def remove(data_dir: Path) -> None:
    """Stop the server and delete its data, wherever it was put. For tests and demonstrations."""
    asked = layout.absolute(data_dir)
    if not asked.is_dir():
        return
    with _french_os_errors(data_dir), exclusive(asked / "start.lock", timeout_s=LOCK_TIMEOUT_S):
        stop_locked(asked, mode="immediate")
        erase_locked(asked)


def erase_locked(asked: Path) -> None:
    """Delete the data of a stopped server, for a caller that holds the lock."""
    place = layout.find(asked)
    processes.end_orphans(place.cluster)
    layout.erase(place, layout.load_state(place))


def database_url(env: Mapping[str, str], default_data_dir: Path) -> tuple[str, bool]:
    """The database to use: ``DATABASE_URL`` if set, else the ``archipel`` database of the embedded server (started).

    Returns:
        the URL, and True when the server is the embedded one.

    Raises:
        Invalid: ``DATABASE_URL`` is not a PostgreSQL URL. Upstream, Conflict: see :func:`start`.
    """
    given = env.get("DATABASE_URL", "").strip()
    if not given:
        return ensure_database(start(default_data_dir).url, APPLICATION_DATABASE), True
    scheme = urlsplit(given).scheme
    if scheme not in {"postgres", "postgresql"}:
        raise Invalid(
            f"DATABASE_URL : adresse commençant par « {scheme or 'rien'} », alors que « postgresql:// » est attendu "
            "(Archipel ne fonctionne qu'avec PostgreSQL)."
        )
    return given, False


def _describe(place: Layout, pid: int) -> Server:
    lines = launch.pid_file(place)
    if len(lines) < 5:
        raise launch.failure(place, "La base de données embarquée vient de s'arrêter.")
    port, folder = int(lines[3]), Path(lines[4])
    return Server(
        url=f"postgresql://{cluster.ADMIN}@/postgres?host={quote(str(folder), safe='')}&port={port}",
        data_dir=place.asked,
        socket_dir=folder,
        port=port,
        pid=pid,
        version=binaries.version(binaries.for_cluster(cluster.major(place))),
        cluster_dir=place.cluster,
    )


@contextmanager
def _french_os_errors(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Upstream(
            f"La base de données embarquée de {data_dir} est inaccessible : {error.strerror or error} "
            f"({error.filename or 'sans fichier'}).",
            permanent=False,
            code="postgres-systeme",
        ) from error


def _refuse_windows() -> None:
    if os.name == "nt":
        raise Upstream(
            "La base de données embarquée n'est pas prise en charge sous Windows : installez PostgreSQL et "
            "indiquez-la dans DATABASE_URL.",
            permanent=True,
            code="postgres-windows",
        )
