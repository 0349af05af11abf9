"""Long searches: a table is the queue, the worker starts one process for each, one at a time and by room.

A search tells every second that it lives (``seen_at``); one that says nothing for a while is taken for dead and is made
again, once. A row has ``state``, ``attempts``, ``asked_at``, ``started_at``, ``seen_at``, ``ended_at``, ``error``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from archipel.foundation.scope import Scope, in_scope

ATTEMPTS = 2
WAITING, UNDER_WAY, FAILED = "attente", "en_cours", "echec"
"""The states of a row that the queue reads and writes; a room may have others."""


@dataclass(frozen=True, slots=True)
class Searches:
    """The queue of a room.

    Args:
        rows: every search (``Run.objects``).
        scope: gives the scope of the process itself: every establishment.
        command: words of ``archipel`` that answer one search; its number is added.
        dead: without a sign for that long, a search is taken for dead.
        lost: what is said of a search whose process died each time, in French.
    """

    rows: Any
    scope: Callable[[], Scope]
    command: Sequence[str]
    dead: timedelta
    lost: str
    children: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def tick(self) -> None:
        """For the worker: bury what died, start the next search when none is under way here."""
        for number, child in list(self.children.items()):
            if child.poll() is not None:
                del self.children[number]
        self.again()
        if self.children:
            return
        waiting = self.claim()
        if waiting is not None:
            command = [sys.executable, "-m", "archipel", *self.command, str(waiting)]
            environment = {**os.environ, "ARCHIPEL_MIGRATED": "1"}
            self.children[waiting] = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command line

    def again(self) -> None:
        """Put back in the queue, or give up, the searches whose process died."""
        with in_scope(self.scope()):
            lost = self.rows.filter(state=UNDER_WAY, seen_at__lt=timezone.now() - self.dead)
            lost.filter(attempts__lt=ATTEMPTS).update(state=WAITING)
            lost.filter(attempts__gte=ATTEMPTS).update(state=FAILED, ended_at=timezone.now(), error=self.lost)

    def claim(self) -> int | None:
        """Take the oldest waiting search; None when there is none. Two workers never take the same."""
        with in_scope(self.scope()):
            waiting = self.rows.select_for_update(skip_locked=True).filter(state=WAITING)
            row = waiting.order_by("asked_at", "id").first()
            if row is None:
                return None
            row.state, row.started_at = UNDER_WAY, timezone.now()
            row.seen_at = row.started_at
            row.attempts += 1
            row.save(update_fields=["state", "started_at", "seen_at", "attempts"])
            return int(row.pk)
