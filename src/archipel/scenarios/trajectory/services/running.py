"""Answering: the worker starts one process for each search, so that a long one holds up nothing else.

The process tells how far it is every second; one that says nothing for two minutes is taken for dead, and its search is
made again, once. A search that is stopped keeps the best plan found.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.scenarios.trajectory.models import Run
from archipel.scenarios.trajectory.queries.scenarios import RunState
from archipel.territory import public as territory

log = logging.getLogger(__name__)
_DEAD = timedelta(seconds=120)
_ATTEMPTS = 2
_children: dict[int, subprocess.Popen[bytes]] = {}


def everyone() -> Scope:
    """The scope of the process itself: every establishment."""
    with in_scope(system_scope("trajectoire", [EVERYWHERE])):
        return system_scope("trajectoire", [*(one.code for one in territory.establishments()), EVERYWHERE])


def trajectory_tick() -> None:
    """For the worker: bury what died, start the next search when none is under way here."""
    for number, child in list(_children.items()):
        if child.poll() is not None:
            del _children[number]
    with in_scope(everyone()):
        _again()
    if _children:
        return
    waiting = claim()
    if waiting is not None:
        command = [sys.executable, "-m", "archipel", "trajectoires", "executer", str(waiting)]
        environment = {**os.environ, "ARCHIPEL_MIGRATED": "1"}
        _children[waiting] = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command line


def _again() -> None:
    """Searches whose process died."""
    lost = Run.objects.filter(state=RunState.EN_COURS.value, seen_at__lt=timezone.now() - _DEAD)
    lost.filter(attempts__lt=_ATTEMPTS).update(state=RunState.ATTENTE.value)
    lost.filter(attempts__gte=_ATTEMPTS).update(
        state=RunState.ECHEC.value, ended_at=timezone.now(), error="Le calcul s'est interrompu deux fois."
    )


def claim() -> int | None:
    """Take the oldest waiting search; None when there is none. Two workers never take the same."""
    with in_scope(everyone()):
        row = (
            Run.objects.select_for_update(skip_locked=True)
            .filter(state=RunState.ATTENTE.value)
            .order_by("asked_at", "id")
            .first()
        )
        if row is None:
            return None
        now = timezone.now()
        row.state, row.started_at, row.seen_at = RunState.EN_COURS.value, now, now
        row.attempts += 1
        row.save(update_fields=["state", "started_at", "seen_at", "attempts"])
        return int(row.pk)


def execute(number: int, *, leave: Callable[[], None] = lambda: None) -> None:
    """Answer a search that was claimed, as :func:`~archipel.scenarios.trajectory.services.executing.execute` does."""
    from archipel.scenarios.trajectory.services import executing  # noqa: PLC0415 - web processes never load the solvers

    executing.execute(number, leave=leave)
