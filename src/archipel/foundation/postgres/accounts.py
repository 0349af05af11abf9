"""Which system account runs the server: PostgreSQL refuses root, so root hands it to an unprivileged account."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from archipel.kernel.errors import Upstream

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]

ACCOUNT_VARIABLE = "ARCHIPEL_POSTGRES_ACCOUNT"
_PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged system account."""

    name: str
    uid: int
    gid: int


class _RunAs(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def server_account(cluster: Path) -> Account | None:
    """The account that must run the server, or None when the current one may (not root).

    Order: the owner of an existing cluster, the account named by ``ARCHIPEL_POSTGRES_ACCOUNT``, ``postgres``,
    ``nobody`` (initdb needs an account with a name).

    Raises:
        Upstream: root, and no such account.
    """
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        try:
            return _account(pwd.getpwuid(cluster.stat().st_uid))
        except KeyError:
            pass
    asked = os.environ.get(ACCOUNT_VARIABLE)
    for name in [asked] if asked else _PREFERRED:
        try:
            account = _account(pwd.getpwnam(name))
        except KeyError:
            continue
        if account.uid != 0:
            return account
    raise Upstream(
        "PostgreSQL refuse de tourner sous le compte root et aucun compte sans privilège n'a été trouvé "
        f"(cherché : {asked or ', '.join(_PREFERRED)}). Créez un compte « postgres », nommez-en un dans "
        f"{ACCOUNT_VARIABLE}, ou lancez Archipel sous un compte ordinaire.",
        permanent=True,
        code="postgres-compte",
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def run_as(account: Account | None) -> _RunAs:
    """Arguments for :mod:`subprocess` that drop to ``account`` (and leave every other group)."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def can_enter(account: Account | None, directory: Path) -> bool:
    """Whether ``account`` can reach the inside of ``directory``: tried for real, so ACLs and mounts count too."""
    if account is None:
        return os.access(directory, os.X_OK)
    reply = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", 'cd -- "$1" 2>/dev/null', "sh", str(directory)],
        cwd="/",
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **run_as(account),
    )
    return reply.returncode == 0


def private_directory(directory: Path, mode: int) -> None:
    """Create ``directory`` for the current account, or check that the one found is really ours.

    Raises:
        Upstream: it is a link, belongs to someone else, or anyone may write to it.
    """
    try:
        directory.mkdir(mode=mode, parents=False)
        directory.chmod(mode)
    except FileExistsError:
        found = directory.lstat()
        ours = found.st_uid == os.geteuid() and not found.st_mode & 0o022 and directory.is_dir()
        if directory.is_symlink() or not ours:
            raise Upstream(
                f"Le dossier {directory} existe déjà mais n'appartient pas au compte courant, ou d'autres comptes "
                "peuvent y écrire. Par prudence, Archipel ne l'utilise pas : supprimez-le ou choisissez-en un autre.",
                permanent=True,
                code="postgres-dossier",
            ) from None
