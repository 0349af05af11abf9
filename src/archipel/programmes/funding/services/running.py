"""Answering the questions: each search in a process of its own (:mod:`archipel.foundation.searches`)."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.foundation.searches import Searches
from archipel.kernel.errors import ArchipelError
from archipel.programmes.funding.models import Run
from archipel.programmes.funding.queries.runs import RunState
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Kind

log = logging.getLogger(__name__)
_BEAT = 1.0


def everyone() -> Scope:
    """The scope of the process itself: every legal entity of the graph."""
    return system_scope("portefeuille", [node.key.code for node in perimetre.graph().of_kind(Kind.EJ)])


SEARCHES = Searches(
    rows=Run.objects,
    scope=everyone,
    command=("programmes", "portefeuille", "executer"),
    dead=timedelta(seconds=60),
    lost="La recherche s'est interrompue deux fois.",
)
portfolio_tick, claim = SEARCHES.tick, SEARCHES.claim


def execute(number: int) -> None:
    """Answer a question that was claimed; its state says how it ended."""
    from archipel.programmes.funding.rules.portfolio.instance import thawed  # noqa: PLC0415 - the solver is heavy
    from archipel.programmes.funding.rules.portfolio.solve import optimise  # noqa: PLC0415

    scope = everyone()
    with in_scope(scope):
        row = Run.objects.filter(pk=number, state=RunState.EN_COURS.value).first()
    if row is None:
        return
    with _Pulse(number, scope) as pulse:
        try:
            threads = min(4, os.cpu_count() or 1)
            answer = optimise(thawed(row.inputs), seconds=row.seconds, workers=threads, told=pulse.told)
        except ArchipelError as error:
            _end(number, scope, state=RunState.ECHEC.value, error=error.message)
            return
        except Exception as error:
            log.exception("portefeuille %s en échec", number)
            _end(number, scope, state=RunState.ECHEC.value, error=f"La recherche a échoué ({type(error).__name__}).")
            return
    _end(number, scope, state=RunState.FINI.value, result=answer)


def _end(number: int, scope: Scope, **changed: Any) -> None:
    with in_scope(scope):
        Run.objects.filter(pk=number, state=RunState.EN_COURS.value).update(ended_at=timezone.now(), **changed)


class _Pulse:
    """Says every second how far the search is, from a thread of its own; stops it when it was given up."""

    def __init__(self, number: int, scope: Scope, stop: Callable[[], None] | None = None) -> None:
        self.number, self.scope = number, scope
        self.stop = stop or (lambda: os._exit(0))
        self.state: dict[str, Any] = {"phase": "périmètres", "total": None, "borne": None}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def told(self, phase: str, best: int | None, bound: int | None) -> None:
        """What the search says."""
        self.state = {"phase": phase, "total": best, "borne": bound}

    def _beat(self) -> None:
        try:
            while not self.over.wait(_BEAT):
                with in_scope(self.scope):
                    alive = Run.objects.filter(pk=self.number, state=RunState.EN_COURS.value).update(
                        seen_at=timezone.now(), progress=self.state
                    )
                if not alive:
                    self.stop()
                    return
        finally:
            connection.close()

    def __enter__(self) -> _Pulse:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join(5)
