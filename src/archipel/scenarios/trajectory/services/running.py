"""Answering: each search in a process of its own, left and found again (:mod:`archipel.foundation.searches`).

A search that is stopped keeps the best plan found.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.foundation.searches import Searches
from archipel.scenarios.trajectory.models import Run
from archipel.territory import public as territory


def everyone() -> Scope:
    """The scope of the process itself: every establishment."""
    with in_scope(system_scope("trajectoire", [EVERYWHERE])):
        return system_scope("trajectoire", [*(one.code for one in territory.establishments()), EVERYWHERE])


SEARCHES = Searches(
    rows=Run.objects,
    scope=everyone,
    command=("trajectoires", "executer"),
    dead=timedelta(seconds=120),
    lost="Le calcul s'est interrompu deux fois.",
)
trajectory_tick, claim = SEARCHES.tick, SEARCHES.claim


def execute(number: int, *, leave: Callable[[], None] = lambda: None) -> None:
    """Answer a search that was claimed, as :func:`~archipel.scenarios.trajectory.services.executing.execute` does."""
    from archipel.scenarios.trajectory.services import executing  # noqa: PLC0415 - web processes never load the solvers

    executing.execute(number, leave=leave)
