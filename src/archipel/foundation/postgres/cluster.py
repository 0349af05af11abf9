"""Making a cluster (all or nothing) and writing its settings."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from archipel.foundation.postgres.accounts import Account, run_as
from archipel.foundation.postgres.binaries import version
from archipel.foundation.postgres.layout import Layout, write_private
from archipel.kernel.errors import Upstream

ADMIN = "archipel_admin"
PUT_ASIDE = "cluster.incomplet-"
_PARTIAL = "cluster.partial-"
_HBA = """# Written by Archipel. The socket folder is only open to the server's account.
local all all trust
host  all all 127.0.0.1/32 scram-sha-256
"""
_SETTINGS = """# Written by Archipel at each start; put your own settings in postgresql.local.conf, read last.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
wal_level = minimal
max_wal_senders = 0
checkpoint_timeout = 15min
max_wal_size = 4GB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
# The log must hold no personal data: neither statements, nor parameters, nor the values of violated keys.
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""


def environment() -> dict[str, str]:
    """The environment of PostgreSQL's programs: nothing of ours (PGPORT, PGDATA...) leaks into them."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def major(layout: Layout) -> int | None:
    """The major version that made the cluster, None when there is no complete cluster."""
    control = layout.cluster / "global" / "pg_control"
    try:
        text = (layout.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdigit() and control.is_file() else None


def make(layout: Layout, binaries: Path, account: Account | None, *, durable: bool) -> None:
    """Create the cluster: in a folder of its own, renamed once complete, so that a killed initdb leaves no trace.

    An incomplete ``cluster`` found in place is put aside, never deleted.

    Raises:
        Upstream: initdb failed; the sentence carries its last lines.
    """
    for leftover in layout.home.glob(f"{_PARTIAL}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    if layout.cluster.exists():
        if any(layout.cluster.iterdir()):
            layout.cluster.rename(layout.home / f"{PUT_ASIDE}{secrets.token_hex(4)}")
        else:
            layout.cluster.rmdir()
    password = secrets.token_urlsafe(24)
    partial = layout.home / f"{_PARTIAL}{secrets.token_hex(4)}"
    partial.mkdir(mode=0o700)
    password_file = partial.with_name(f"{partial.name}.pw")
    try:
        write_private(password_file, f"{password}\n")
        if account is not None:
            for path in (partial, password_file):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)
        _initdb(partial, password_file, binaries, account)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        password_file.unlink(missing_ok=True)
    # As the server's account: root must not write inside a folder that this account controls.
    _write(partial / "pg_hba.conf", _HBA, account, replace=True)
    _write(
        partial / "postgresql.conf",
        "\ninclude_if_exists = 'archipel.conf'\ninclude_if_exists = 'postgresql.local.conf'\n",
        account,
        replace=False,
    )
    if durable:
        _run([str(binaries / "initdb"), "--sync-only", "-D", str(partial)], account)
    write_private(layout.password, password)
    partial.rename(layout.cluster)
    if durable:
        _sync_directory(layout.home)  # a power cut must not bring the partial name back: it would be deleted


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def configure(layout: Layout, account: Account | None, *, port: int, socket_dir: Path, durable: bool) -> None:
    """Write the settings of the coming start."""
    text = _SETTINGS.format(port=port, socket_dir=socket_dir, durable="on" if durable else "off")
    _write(layout.cluster / "archipel.conf", text, account, replace=True)


def _initdb(target: Path, password_file: Path, binaries: Path, account: Account | None) -> None:
    base = [str(binaries / "initdb"), "-D", str(target), "-U", ADMIN, "-E", "UTF8", "--no-sync"]
    base += ["--no-instructions", "--data-checksums", "--auth-local=trust", "--auth-host=scram-sha-256"]
    base += [f"--pwfile={password_file}"]
    provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if version(binaries) >= 170000 else []
    failures: list[str] = []
    for locale in ("C.UTF-8", "C"):  # not every system knows C.UTF-8
        reply = _try([*base, *provider, f"--locale={locale}"], account)
        if reply.returncode == 0:
            return
        failures.append((reply.stderr or reply.stdout).strip())
        for child in target.iterdir():
            shutil.rmtree(child, ignore_errors=True)
    raise Upstream(
        "La création de la base de données embarquée a échoué. Dernières lignes de initdb :\n"
        + "\n".join(failures[-1].splitlines()[-8:]),
        permanent=True,
        code="postgres-initdb",
    )


def _write(path: Path, text: str, account: Account | None, *, replace: bool) -> None:
    script = 'cat > "$1"' if replace else 'cat >> "$1"'
    _run(["/bin/sh", "-c", f"umask 077; {script}", "sh", str(path)], account, text)


def _run(command: list[str], account: Account | None, given: str = "") -> None:
    reply = _try(command, account, given)
    if reply.returncode != 0:
        raise Upstream(
            f"La préparation de la base de données embarquée a échoué : {reply.stderr.strip()[-600:]}",
            permanent=True,
            code="postgres-initdb",
        )


def _try(command: list[str], account: Account | None, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        cwd="/",
        env=environment(),
        **run_as(account),
    )
