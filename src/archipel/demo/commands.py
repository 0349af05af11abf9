"""The ``archipel demo`` command."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import threading
import time
import urllib.request
from pathlib import Path

from rich.console import Console
from rich.table import Table

from archipel.foundation import postgres, runtime
from archipel.foundation.serve import Ports, Supervisor
from archipel.kernel import clock
from archipel.territory.reference import ght as reference_ght
from archipel.territory.reference_values import RefGht

CLOCK_FILE = "demo-horloge.json"


def prepare_environment(folder: Path, ght: RefGht, *, speed: float, reset: bool, console: Console) -> None:
    """Set what every process of the demonstration reads: synthetic mark, clock, name of the group."""
    if reset and folder.exists():
        console.print("Remise à zéro de la démonstration…")
        postgres.remove(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["ARCHIPEL_SYNTHETIC"] = "1"
    os.environ.setdefault("ARCHIPEL_INS_ENVIRONMENT", "demo")
    os.environ["ARCHIPEL_GHT_NAME"] = ght.nom
    shown = _shown_last(folder)
    if speed != 1.0 or shown > time.time():
        clock.configure(f"{time.time():.3f};{max(shown, time.time()):.3f};{speed}")


def _shown_last(folder: Path) -> float:
    """Where an accelerated clock had got to when the demonstration stopped (0: nowhere)."""
    path = folder / CLOCK_FILE
    return float(json.loads(path.read_text())) if path.exists() else 0.0


def remember_clock(folder: Path) -> None:
    """Keep an accelerated clock from going back at the next start."""
    if not clock.current().real:
        (folder / CLOCK_FILE).write_text(json.dumps(clock.now().timestamp()))


def wait_for(url: str, seconds: float = 60.0) -> None:
    """Wait until the page answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own server
            return
        time.sleep(0.1)


def announce(console: Console, ght: RefGht, base: str, logins: list[object], secret: str) -> None:
    """Say where to look, and as whom."""
    names = {ej.finess.value: ej.nom for ej in ght.ejs}
    table = Table(title=f"{ght.nom} : données synthétiques")
    for title in ("Compte", "Rôle", "Où"):
        table.add_column(title)
    for login in logins:
        where = getattr(login, "where", "")
        table.add_row(login.username, login.role.replace("_", " "), names.get(where, "tout le territoire"))  # type: ignore[attr-defined]
    console.print(table)
    console.print(f"Mot de passe de tous ces comptes : [bold]{secret}[/bold]")
    console.print(f"Territoire  [link={base}/territoire/]{base}/territoire/[/link]")
    console.print(f"Urgences    [link={base}/urgences/]{base}/urgences/[/link]")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def run(
    folder: Path, *, name: str, days: float, speed: float, seed: int, faults: float, ports: Ports, reset: bool
) -> None:
    """Prepare, serve and feed the demonstration until Ctrl+C."""
    console = Console()
    ght = reference_ght(name)
    ports.check()
    for caught in (signal.SIGTERM, signal.SIGINT):  # even in the background, where SIGINT is ignored
        signal.signal(caught, _interrupt)
    prepare_environment(folder, ght, speed=speed, reset=reset, console=console)
    with console.status("Démarrage de PostgreSQL et mise à jour de la base…"):
        runtime.boot(folder, owner_pid=os.getpid())
    from archipel.demo import run as life  # noqa: PLC0415 - Django is configured by boot
    from archipel.demo import site  # noqa: PLC0415
    from archipel.demo.structure import build_structure  # noqa: PLC0415

    options = life.Options(days, seed, faults, ports.mllp)
    path = folder / f"demo-{ght.code}.json"
    state = life.resume_or_begin(path, ght, options, clock.now())
    structure = build_structure(ght, seed=state.seed)
    with console.status(f"Structure : {len(structure.ufs)} unités, {len(structure.beds)} lits et places…"):
        site.prepare(ght, structure)
        secret = site.password(folder)
        logins = site.create_accounts(ght, secret)
    supervisor = Supervisor(ports, console.print)
    supervisor.start()
    watcher = threading.Thread(target=supervisor.watch, daemon=True)
    watcher.start()
    base = f"http://{ports.host}:{ports.web}"
    try:
        with console.status("Démarrage des pages…"):
            wait_for(f"{base}/sante")
        announce(console, ght, base, list(logins), secret)
        demo = life.Demo(ght, structure, state, path, options)
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(demo.run(console))
        demo.save()
    finally:
        console.print("Arrêt…")
        remember_clock(folder)
        supervisor.stopping.set()
        watcher.join(20)
        postgres.stop(folder / "postgres")
