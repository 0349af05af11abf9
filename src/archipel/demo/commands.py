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
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from archipel.foundation import postgres, runtime
from archipel.foundation.serve import STOPPERS, Ports, Supervisor
from archipel.kernel import clock
from archipel.territory.reference import ght as reference_ght
from archipel.territory.reference_values import RefGht

if TYPE_CHECKING:  # it needs Django, which is configured later
    from archipel.connectors.ror.mock.server import MockRor
    from archipel.demo.run import Demo
    from archipel.demo.site import Login
    from archipel.demo.structure import DemoStructure

CLOCK_FILE = "horloge.json"
HISTORY_FILE = "histoire.json"


def prepare_environment(folder: Path, ght: RefGht, *, speed: float, reset: bool, console: Console) -> None:
    """Set what every process of the demonstration reads: synthetic mark, clock, name of the group."""
    if reset and folder.exists():
        console.print("Remise à zéro de la démonstration…")
        postgres.remove(folder / runtime.CLUSTER)
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["ARCHIPEL_SYNTHETIC"] = "1"
    os.environ.setdefault("ARCHIPEL_INS_ENVIRONMENT", "demo")
    os.environ.setdefault("ARCHIPEL_RPU_TARGET", f"dossier:{folder.absolute() / 'rpu-deposes'}")
    os.environ["ARCHIPEL_GHT_NAME"] = ght.nom
    shown = _shown_last(folder)
    if speed != 1.0 or shown > time.time():
        clock.configure(f"{time.time():.3f};{max(shown, time.time()):.3f};{speed}")


def _shown_last(folder: Path) -> float:
    """Where an accelerated clock had got to when the demonstration stopped, even by a kill (0: nowhere)."""
    clock_file, history = folder / CLOCK_FILE, folder / HISTORY_FILE
    told = json.loads(history.read_text(encoding="utf-8")).get("last") if history.exists() else ""
    return max(
        float(json.loads(clock_file.read_text(encoding="utf-8"))) if clock_file.exists() else 0.0,
        datetime.fromisoformat(told).timestamp() if told else 0.0,
    )


def remember_clock(folder: Path) -> None:
    """Keep an accelerated clock from going back at the next start."""
    if not clock.current().real:
        (folder / CLOCK_FILE).write_text(json.dumps(clock.now().timestamp()))


def step(console: Console, what: str) -> AbstractContextManager[object]:
    """Say what is being done while it is: a spinner on a terminal, a line in a log."""
    if console.is_terminal:
        return console.status(what)
    console.print(what)
    return contextlib.nullcontext()


def wait_for(url: str, seconds: float = 60.0) -> None:
    """Wait until the page answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own server
            return
        time.sleep(0.1)


def announce(console: Console, ght: RefGht, ports: Ports, logins: Sequence[Login], secret: str) -> None:
    """Say where to look, and as whom."""
    base = f"http://{ports.host}:{ports.web}"
    names = {ej.finess.value: ej.nom for ej in ght.ejs} | {f"ght:{ght.code}": "le groupement"}
    names |= {"region:27": "la région (tous ses groupements)"}
    table = Table(title=f"{ght.nom} : données synthétiques")
    for title in ("Compte", "Rôle", "Où"):
        table.add_column(title)
    for login in logins:
        table.add_row(login.username, login.label, names.get(login.where, "tout le territoire"))
    console.print(table)
    console.print(f"Mot de passe de tous ces comptes : [bold]{secret}[/bold]")
    console.print(f"Territoire  [link={base}/territoire/]{base}/territoire/[/link]")
    console.print(f"Urgences    [link={base}/urgences/]{base}/urgences/[/link]")
    console.print(f"Programmes  [link={base}/programmes/]{base}/programmes/[/link]")
    console.print(f"ROR         [link={base}/ror/]{base}/ror/[/link] (ROR d'essai : port {ports.web + 3})")
    console.print(f"Messages    MLLP {ports.host}:{ports.mllp} (HL7 v2, PAM France)")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _furnish(console: Console, ght: RefGht, structure: DemoStructure, home: Path, ports: Ports, seed: int) -> MockRor:
    """What the demonstration knows before its history: programmes, years of daily counts, a ROR of its own."""
    from archipel.demo import emergencies, programmes, ror  # noqa: PLC0415 - Django is configured by boot

    with console.status("Programmes nationaux et activité des urgences : valeurs fictives…"):
        programmes.seed(ght)
        emergencies.seed(ght)
    with step(console, "ROR d'essai : offres de nos unités, lits des voisins…"):
        wanted = ror.prepare(ght, structure)
        return ror.start(home, ght, wanted, host=ports.host, port=ports.web + 3, seed=seed)


def run(
    folder: Path,
    *,
    name: str,
    days: float,
    speed: float,
    seed: int,
    faults: float,
    ports: Ports,
    reset: bool,
    surge: float = 1.0,
) -> None:
    """Prepare, serve and feed the demonstration until Ctrl+C.

    Args:
        folder: where demonstrations live: their password, and one folder per group.
    """
    console = Console()
    ght = reference_ght(name)
    home = folder / ght.code
    ports.check()
    for caught in STOPPERS:  # even in the background, where SIGINT is ignored
        signal.signal(caught, _interrupt)
    prepare_environment(home, ght, speed=speed, reset=reset, console=console)
    with step(console, "Démarrage de PostgreSQL et mise à jour de la base…"):
        runtime.boot(home, owner_pid=os.getpid())
    from archipel.demo import passages, site  # noqa: PLC0415 - Django is configured by boot
    from archipel.demo import run as life  # noqa: PLC0415
    from archipel.demo.structure import build_structure  # noqa: PLC0415

    options = life.Options(days, seed, faults, ports.mllp, surge)
    path = home / HISTORY_FILE
    state = life.resume_or_begin(path, ght, options, clock.now())
    structure = build_structure(ght, seed=state.seed)
    with step(console, f"Structure : {len(structure.ufs)} unités, {len(structure.beds)} lits et places…"):
        site.prepare(ght, structure)
        secret = site.password(folder)
        logins = site.create_accounts(ght, secret)
    server = _furnish(console, ght, structure, home, ports, state.seed)
    demo = life.Demo(ght, structure, state, path, options)
    teams = passages.prepare(ght, home, host=ports.host, web=ports.web)

    def announced() -> None:
        announce(console, ght, ports, logins, secret)
        teams.start()

    try:
        _live(console, home, ports, demo, server, announced)
    finally:
        teams.stop()


def _live(
    console: Console, home: Path, ports: Ports, demo: Demo, server: MockRor, announced: Callable[[], None]
) -> None:
    """Start the pages, feed the group until Ctrl+C, then stop everything and remember where it got to."""
    supervisor = Supervisor(ports, console.print, embedded=runtime.embedded(home))
    supervisor.start()
    watcher = threading.Thread(target=supervisor.watch, daemon=True)
    watcher.start()
    try:
        with step(console, "Démarrage des pages…"):
            wait_for(f"http://{ports.host}:{ports.web}/sante")
        announced()
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(demo.run(console))
        demo.save()
    finally:
        console.print("Arrêt…")
        remember_clock(home)
        supervisor.stopping.set()
        watcher.join(20)
        server.save()
        postgres.stop(home / runtime.CLUSTER)
