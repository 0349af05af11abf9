"""Where everything of one embedded server lies.

``data_dir`` (as asked) holds ``start.lock`` and, when the server's account cannot reach it, ``location`` (the path
of the real home). The home belongs to the calling account and holds ``cluster`` (PGDATA, owned by the server's
account), ``password``, ``state.json`` and ``server.log``. Only ``cluster`` and the socket folder are writable by the
server's account, so that a process running as root never writes where an unprivileged account could plant a link.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archipel.foundation.postgres.accounts import Account, can_enter, private_directory
from archipel.kernel.errors import Invalid, Upstream

SOCKET_NAME_BYTES = len("/.s.PGSQL.65535.lock")
SOCKET_LIMIT_BYTES = 103  # macOS: 104 with the final zero; Linux: 108
_SAFE = re.compile(r"[A-Za-z0-9/_.-]+")  # anything else would need quoting in unix_socket_directories
_LASTING, _PASSING = Path("/var/lib"), Path("/var/tmp")  # noqa: S108 (a fresh private folder is made inside)


@dataclass(frozen=True)
class Layout:
    """The paths of one embedded server; ``asked`` is the folder the caller named."""

    asked: Path
    home: Path

    @property
    def lock(self) -> Path:
        """Taken by whoever starts or stops the server."""
        return self.asked / "start.lock"

    @property
    def cluster(self) -> Path:
        """PGDATA."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    @property
    def password(self) -> Path:
        """The password of the TCP access, mode 0600."""
        return self.home / "password"


@dataclass
class State:
    """What is remembered between processes; ``owners`` are the processes whose end may stop the server."""

    port: int | None = None
    socket_dir: str | None = None
    durable: bool = True
    permanent: bool = False
    discard: bool = False
    owners: list[dict[str, Any]] = field(default_factory=list)


def absolute(data_dir: Path) -> Path:
    """``data_dir`` made absolute, links of its parents resolved, so that every process names it the same way."""
    return Path(os.path.realpath(data_dir.expanduser()))


def find(data_dir: Path) -> Layout:
    """The layout already in place for ``data_dir`` (nothing is created)."""
    asked = absolute(data_dir)
    pointer = asked / "location"
    home = Path(pointer.read_text(encoding="utf-8").strip()) if pointer.is_file() else asked
    return Layout(asked=asked, home=home)


def prepare_asked(data_dir: Path) -> Path:
    """Create the folder the caller named if absent; parents are created too, never changed.

    Raises:
        Invalid: the folder is itself a PostgreSQL cluster made by another tool, or not a folder.
        Upstream: it cannot be created or written.
    """
    asked = absolute(data_dir)
    try:
        if not asked.exists():
            asked.mkdir(parents=True, exist_ok=True)  # two processes may start at the same instant
            asked.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise Upstream(
            f"Impossible de créer le dossier de données {asked} : {error.strerror}.",
            permanent=True,
            code="postgres-dossier",
        ) from error
    if not asked.is_dir():
        raise Invalid(f"{asked} n'est pas un dossier : un dossier de données est attendu.")
    if (asked / "PG_VERSION").exists():
        raise Invalid(
            f"{asked} est déjà un dossier de données PostgreSQL créé par un autre outil. Choisissez un autre dossier, "
            "ou indiquez ce serveur dans DATABASE_URL."
        )
    if not os.access(asked, os.W_OK | os.X_OK):
        raise Upstream(
            f"Le compte courant ne peut pas écrire dans le dossier de données {asked}.",
            permanent=True,
            code="postgres-dossier",
        )
    return asked


def settle(data_dir: Path, account: Account | None, *, durable: bool) -> Layout:
    """The layout to use, moving the home elsewhere when ``account`` cannot reach ``data_dir`` (call under the lock)."""
    layout = find(data_dir)
    if layout.home != layout.asked:
        if layout.home.is_dir():
            private_directory(layout.home, 0o711)
            return layout
        if durable:
            raise Upstream(
                f"Les données devraient se trouver dans {layout.home} (indiqué par {layout.asked / 'location'}), mais "
                "ce dossier n'existe plus. Restaurez-le, ou supprimez le fichier « location » pour repartir de zéro.",
                permanent=True,
                code="postgres-donnees-absentes",
            )
    elif can_enter(account, layout.asked):
        return layout
    return _relocate(layout.asked, account, durable=durable)


def _relocate(asked: Path, account: Account | None, *, durable: bool) -> Layout:
    # Lasting data must not lie in /var/tmp, which some systems clean by age.
    stamp = hashlib.sha256(os.fsencode(asked)).hexdigest()[:8]
    for parent in (_LASTING, _PASSING) if durable else (_PASSING,):
        home = parent / f"archipel-{stamp}-{secrets.token_hex(3)}"
        if not (os.access(parent, os.W_OK) and can_enter(account, parent)):
            continue
        private_directory(home, 0o711)
        (home / "origin").write_text(f"{asked}\n", encoding="utf-8")
        write_private(asked / "location", f"{home}\n")
        return Layout(asked=asked, home=home)
    raise Upstream(
        f"Le compte {account.name if account else 'courant'} ne peut pas atteindre {asked}, et aucun autre "
        f"emplacement n'est possible ({_LASTING}, {_PASSING}). Choisissez un dossier de données accessible.",
        permanent=True,
        code="postgres-dossier",
    )


def socket_dir(layout: Layout, account: Account | None, known: str | None) -> Path:
    """A folder for the socket, short enough and only open to the server's account: in the home, else in /tmp."""
    inside = layout.home / "socket"
    text = str(inside)
    if _SAFE.fullmatch(text) and len(os.fsencode(text)) + SOCKET_NAME_BYTES <= SOCKET_LIMIT_BYTES:
        inside.mkdir(mode=0o700, exist_ok=True)
        folder = inside
    elif known and _is_private(Path(known), account):
        return Path(known)
    else:
        folder = Path(tempfile.mkdtemp(prefix="archipel-", dir="/tmp"))
    if account is not None:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    return folder


def _is_private(folder: Path, account: Account | None) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    owner = account.uid if account is not None else os.geteuid()
    return folder.is_dir() and not folder.is_symlink() and found.st_uid == owner and not found.st_mode & 0o077


def load_state(layout: Layout) -> State:
    """What the last start wrote; a missing or damaged file gives the defaults."""
    try:
        raw = json.loads((layout.home / "state.json").read_text(encoding="utf-8"))
        return State(**raw)
    except (OSError, ValueError, TypeError):
        return State()


def save_state(layout: Layout, state: State) -> None:
    """Replace the remembered state, atomically."""
    write_private(layout.home / "state.json", json.dumps(vars(state)))


def write_private(path: Path, text: str) -> None:
    """Write a 0600 file in one step: readers see the old content or the new, never a part."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(3)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def erase(layout: Layout, state: State) -> None:
    """Delete the files of this server (it must be stopped), and nothing that is not ours."""
    if state.socket_dir:
        folder = Path(state.socket_dir)
        if folder.parent == Path("/tmp") and folder.name.startswith("archipel-"):  # noqa: S108
            shutil.rmtree(folder, ignore_errors=True)
    if layout.home != layout.asked:
        shutil.rmtree(layout.home, ignore_errors=True)
    for folder in layout.asked.glob("cluster*"):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(layout.asked / "socket", ignore_errors=True)
    for name in ("location", "password", "state.json", "server.log", "server.log.1"):
        (layout.asked / name).unlink(missing_ok=True)
