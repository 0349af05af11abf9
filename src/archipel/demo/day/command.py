"""``archipel journee``: plays the scripted day against the demonstration that runs, and keeps its proofs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from archipel.demo.commands import prepare_environment
from archipel.foundation import runtime
from archipel.foundation.serve import Ports
from archipel.kernel.errors import ArchipelError, NotFound
from archipel.territory.reference import ght as reference_ght

HISTORY_FILE = "histoire.json"


@dataclass
class Lines:
    """A log of exchanges, one JSON object a line, that somebody else is writing; each call reads what is new.

    Args:
        path: the file, which may not be there yet.
    """

    path: Path
    _told: list[dict[str, Any]] = field(default_factory=list)
    _offset: int = 0

    def __call__(self) -> list[dict[str, Any]]:
        """All that was said so far, oldest first; a line that is still being written waits for the next call."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._offset)
                whole = file.read().rpartition(b"\n")[0]
            self._told += [json.loads(line) for line in whole.split(b"\n") if line.strip()]
            self._offset += len(whole) + 1 if whole else 0
        return self._told


def play(folder: Path, *, name: str, ports: Ports, arrivals: int) -> int:
    """Play the day, saying each step as it happens.

    Args:
        folder: where demonstrations live, as for ``archipel demo``.
        name: the group.
        ports: where the demonstration listens.
        arrivals: how many patients fill the emergency department.

    Returns:
        0 when every step happened, 1 otherwise.
    """
    console, ght = Console(), reference_ght(name)
    home = folder / ght.code
    if not (home / HISTORY_FILE).exists():
        raise NotFound("La démonstration de ce groupement n'a jamais vécu ici : lancez d'abord « make demo ».")
    prepare_environment(home, ght, speed=1.0, reset=False, console=console)
    runtime.boot(home, owner_pid=os.getpid(), migrated=True)
    from archipel.demo.day.casting import cast_of  # noqa: PLC0415 - Django is configured by boot
    from archipel.demo.day.script import Day, Step  # noqa: PLC0415

    played: list[Step] = []
    failure = ""
    try:
        for step in Day(cast_of(ght, home, ports), arrivals=arrivals).play():
            console.print(f"[green]✓[/green] {step.title} : {step.proof}")
            played.append(step)
    except ArchipelError as error:
        failure = error.message
        console.print(f"[red]✗[/red] {failure}")
    report = home / "journee.json"
    told = {"etapes": [{"titre": one.title, "preuve": one.proof} for one in played], "echec": failure}
    report.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    console.print(_where(home, report))
    return int(bool(failure))


def _where(home: Path, report: Path) -> Table:
    table = Table(title="Les preuves", show_header=False)
    rows: Sequence[tuple[str, Path]] = (
        ("Étapes", report),
        ("Échanges avec le ROR", home / "ror" / "journal.jsonl"),
        ("Échanges avec la plateforme", home / "plateforme-documents.jsonl"),
    )
    for title, path in rows:
        table.add_row(title, str(path))
    return table
