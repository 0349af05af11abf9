"""One search, in a process of its own: the plan, why there is none, what each constraint costs."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import ArchipelError
from archipel.scenarios.trajectory.models import Answer, Run
from archipel.scenarios.trajectory.queries.scenarios import CONFLICT, PLAN, PRICE, RunState, facts_of
from archipel.scenarios.trajectory.rules.assumptions import defaults
from archipel.scenarios.trajectory.rules.building import build
from archipel.scenarios.trajectory.rules.checker import check
from archipel.scenarios.trajectory.rules.conflicts import smallest_conflict
from archipel.scenarios.trajectory.rules.freezing import digest, frozen_choices, thawed_choices, thawed_settings
from archipel.scenarios.trajectory.rules.prices import bundles, prices
from archipel.scenarios.trajectory.rules.solve import solve, told
from archipel.scenarios.trajectory.rules.watch import Seen, Watch
from archipel.scenarios.trajectory.services.running import everyone
from archipel.scenarios.trajectory.services.scenarios import TOPIC
from archipel.scenarios.trajectory.values import Plan, Problem, Status
from archipel.scenarios.trajectory.values.settings import Settings

log = logging.getLogger(__name__)
_BEAT = 1.0
_PRICE_SECONDS = 20.0
"""For the search without each constraint."""
_PRICES_SECONDS = 180.0
"""For all of them."""


def execute(number: int, *, leave: Callable[[], None] = lambda: None) -> None:
    """Answer a search that was claimed; its state says how it ended.

    Args:
        number: the search.
        leave: ends the process of a search that is stopped, or taken for dead, while the solver works; a caller that
            has more to do gives nothing, and waits for the solver.
    """
    scope = everyone()
    with in_scope(scope):
        row = Run.objects.filter(pk=number, state=RunState.EN_COURS.value).select_related("version", "scenario").first()
        if row is None:
            return
        settings = thawed_settings(row.version.settings)
        problem = build(facts_of(row.scenario.snapshot_id), settings, defaults()).problem
        before = _plan_before(row)
    with tempfile.TemporaryDirectory(prefix="archipel-") as folder:
        search = _Search(number, row.scenario_id, scope, problem, settings, Path(folder) / "plans")
        search.leave = leave
        with search:
            try:
                search.answer(before)
            except ArchipelError as error:
                search.end(RunState.ECHEC, error.message)
            except Exception as error:
                log.exception("trajectoire %s en échec", number)
                search.end(RunState.ECHEC, f"Le calcul a échoué ({type(error).__name__}).")


def _plan_before(row: Run) -> tuple[Any, ...]:
    """The last plan of the scenario: a good place to begin."""
    last = Answer.objects.filter(run__scenario_id=row.scenario_id, kind=PLAN).order_by("-id").first()
    return thawed_choices(last.body["choix"]) if last else ()


class _Search:
    """A search under way, and the thread that tells how far it is."""

    def __init__(
        self, number: int, scenario: int, scope: Scope, problem: Problem, settings: Settings, file: Path
    ) -> None:
        self.number, self.scenario, self.scope = number, scenario, scope
        self.problem, self.settings = problem, settings
        self.watch = Watch(file, self._seen)
        self.state: dict[str, Any] = {"phase": "preparation"}
        self.over, self.stopped = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._beat, daemon=True)
        self.leave: Callable[[], None] = lambda: None
        self.solving = False

    # --- the answer

    def answer(self, before: tuple[Any, ...]) -> None:
        """The plan, then the prices; or the conflict."""
        self.state, self.solving = {"phase": "recherche"}, True
        plan = solve(self.problem, seconds=self.settings.seconds, gap=self.settings.gap, begin=before, watch=self.watch)
        self.solving = False
        if plan.status is Status.INFEASIBLE:
            self._conflict()
            return
        if not plan.choices:
            self.end(RunState.ECHEC, "Aucun plan n'a été trouvé dans le temps donné : donnez-en davantage.")
            return
        if not self.keep_plan(plan):
            return
        if self.settings.prices:
            self._prices(plan)
        self.end(RunState.ARRETE if self.stopped.is_set() else RunState.FINI)

    def keep_plan(self, plan: Plan) -> bool:
        """Keep a plan with the checker's verdict; False when the checker refuses it."""
        broken = check(self.problem, plan.choices)
        body = {
            "statut": plan.status.value, "cout": plan.cost, "valeur": round(plan.worth, 2),
            "borne": round(plan.bound, 2), "secondes": round(plan.seconds, 2), "solveur": solver_name(),
            "choix": frozen_choices(plan.choices), "verification": [one.sentence for one in broken],
            "contraintes": sum(len(one.keys) for one in bundles(self.problem)),
        }  # fmt: skip
        self._keep(PLAN, body)
        if broken:
            self.end(RunState.ECHEC, f"Le vérificateur refuse ce plan : {broken[0].sentence}")
        return not broken

    def _conflict(self) -> None:
        self.state = {"phase": "conflit"}
        found = smallest_conflict(self.problem, seconds=60.0)
        sentences = [] if found is None else [[key, text] for key, text in found.sentences.items()]
        self._keep(CONFLICT, {"phrases": sentences, "plus_petit": bool(found and found.smallest)})
        self.end(RunState.FINI)

    def _prices(self, plan: Plan) -> None:
        until, count = time.monotonic() + _PRICES_SECONDS, len(bundles(self.problem))
        done = 0

        def going(sentence: str) -> bool:
            nonlocal done
            done += 1
            self.state = {**self.state, "phase": "prix", "quoi": sentence, "fait": done, "sur": count}
            return not self.stopped.is_set() and time.monotonic() < until

        for one in prices(self.problem, plan, seconds=_PRICE_SECONDS, gap=min(self.settings.gap, 0.002), told=going):
            self._keep(PRICE, one.as_json())

    # --- what is kept

    def _keep(self, kind: str, body: dict[str, Any]) -> None:
        with in_scope(self.scope):
            Answer.objects.create(run_id=self.number, kind=kind, body=body, digest=digest(body), made_at=timezone.now())
            publish(TOPIC, {"scenario": self.scenario})

    def end(self, state: RunState, error: str = "") -> None:
        """Say how it ended, once."""
        self.over.set()
        with in_scope(self.scope):
            Run.objects.filter(pk=self.number, state=RunState.EN_COURS.value).update(
                state=state.value, error=error, ended_at=timezone.now(), progress=self.state
            )
            publish(TOPIC, {"scenario": self.scenario})

    # --- the thread

    def _seen(self, seen: Seen) -> None:
        with self.lock:
            self.state = {
                "phase": "recherche", "meilleur": seen.best, "borne": seen.bound,
                "ecart": seen.gap, "secondes": round(seen.seconds, 1),
            }  # fmt: skip

    def _beat(self) -> None:
        try:
            while not self.over.wait(_BEAT):
                with in_scope(self.scope):
                    rows = Run.objects.filter(pk=self.number, state=RunState.EN_COURS.value)
                    rows.update(seen_at=timezone.now(), progress=self.state)
                    row = rows.values_list("stopping", flat=True).first()
                if row is None:
                    if not self.over.is_set():  # taken for dead, and asked again elsewhere
                        self.leave()
                    return
                if row and not self.stopped.is_set():
                    self.stopped.set()
                    if self.solving and self._stop_solver():
                        return
        finally:
            connection.close()

    def _stop_solver(self) -> bool:
        """The solver cannot be asked to stop: the best plan that it wrote is kept and the process ends."""
        choices = self.watch.choices_so_far()
        if choices:
            seen = self.watch.seen
            plan = told(self.problem, choices, seen.bound or 0.0, Status.FEASIBLE, seen.seconds)
            if self.keep_plan(replace(plan, bound=max(0.0, plan.bound))):
                self.end(RunState.ARRETE)
        else:
            self.end(RunState.ANNULE, "Arrêté avant qu'un plan soit trouvé.")
        self.leave()
        return True

    def __enter__(self) -> _Search:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join(5)


@cache
def solver_name() -> str:
    """What proved the bound."""
    return f"HiGHS, par OR-Tools {version('ortools')}"
