"""Getting a process ready: the database found or started, its schema up to date, the local secret read."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from archipel.foundation import database, postgres
from archipel.kernel.errors import Upstream

DATABASE_NAME = "archipel"
CLUSTER = "postgres"


def secret_key(data_dir: Path) -> str:
    """The key of this installation: from the environment, else from a file readable by its owner alone."""
    if found := os.environ.get("ARCHIPEL_SECRET_KEY"):
        return found
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "secret-key"
    if not path.exists():
        handle, fresh = tempfile.mkstemp(dir=data_dir, prefix="secret-key.")  # 0600; appears whole, or not at all
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another command was first: its key is the one
            os.link(fresh, path)
        Path(fresh).unlink()
    return path.read_text().strip()


def connect(data_dir: Path, *, owner_pid: int | None = None) -> str:
    """Find the database (``DATABASE_URL``) or start the embedded one; the URL goes into the environment.

    Args:
        data_dir: where the embedded cluster lives.
        owner_pid: stop the embedded server when this process is gone.
    """
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        server = postgres.start(data_dir / CLUSTER, owner_pid=owner_pid)
        url = postgres.ensure_database(server.url, DATABASE_NAME)
        os.environ["DATABASE_URL"] = url
        os.environ["ARCHIPEL_EMBEDDED"] = "1"
    return url


def embedded(data_dir: Path) -> Path | None:
    """The folder of the embedded PostgreSQL that this process works on; None for a server elsewhere."""
    return data_dir / CLUSTER if os.environ.get("ARCHIPEL_EMBEDDED") else None


def migrate(url: str) -> None:
    """Create the application role and bring the schema up to date, as the owner of the database."""
    database.prepare(url)
    environment = {**os.environ, "DATABASE_URL": url, "ARCHIPEL_DATABASE_OWNER": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--no-input", "--verbosity", "0"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Upstream(
            f"La mise à jour de la base a échoué :\n{done.stderr.strip()[-2000:]}", permanent=True, code="migration"
        )


def boot(data_dir: Path, *, owner_pid: int | None = None, migrated: bool = False) -> str:
    """Everything a command needs before it touches Django: database, secret, schema, settings.

    Args:
        data_dir: the local folder (embedded database, secret).
        owner_pid: see :func:`connect`.
        migrated: the caller knows that the schema is up to date (child processes).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    url = connect(data_dir, owner_pid=owner_pid)
    os.environ["ARCHIPEL_SECRET_KEY"] = secret_key(data_dir)
    os.environ["ARCHIPEL_DATA"] = str(data_dir)  # the processes that we start keep their secrets there too
    if not migrated:
        migrate(url)
    import django  # noqa: PLC0415 - settings read the environment set just above

    django.setup()
    return url


def ready() -> None:
    """For a command of its own: :func:`boot` with the usual folder, unless Django already runs (tests, shell)."""
    from django.apps import apps  # noqa: PLC0415

    if not apps.ready:
        folder = Path(os.environ.get("ARCHIPEL_DATA", ".archipel")).absolute()
        boot(folder, owner_pid=os.getpid(), migrated=bool(os.environ.get("ARCHIPEL_MIGRATED")))
