"""Scenarios, their versions, searches and answers. A plan is given only with the checker's verdict on it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from archipel.kernel.errors import NotFound
from archipel.scenarios.trajectory.models import Answer, Publication, Run, Scenario, Snapshot, Version
from archipel.scenarios.trajectory.rules.assumptions import defaults
from archipel.scenarios.trajectory.rules.building import Built, build
from archipel.scenarios.trajectory.rules.checker import Broken, check, cost_of
from archipel.scenarios.trajectory.rules.freezing import thawed_choices, thawed_facts, thawed_settings
from archipel.scenarios.trajectory.rules.results import Results, results
from archipel.scenarios.trajectory.values import Choice
from archipel.scenarios.trajectory.values.facts import Facts
from archipel.scenarios.trajectory.values.settings import Settings

PLAN, CONFLICT, PRICE = "plan", "conflit", "prix"


class RunState(StrEnum):
    """Where a search stands."""

    ATTENTE = "attente"
    EN_COURS = "en_cours"
    FINI = "fini"
    ARRETE = "arrete"
    ECHEC = "echec"
    ANNULE = "annule"

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self not in (RunState.ATTENTE, RunState.EN_COURS)


RUN_LABELS: dict[RunState, tuple[str, str]] = {
    RunState.ATTENTE: ("pending", "En attente"),
    RunState.EN_COURS: ("en_cours", "En cours"),
    RunState.FINI: ("oui", "Terminé"),
    RunState.ARRETE: ("ok", "Arrêté, meilleur plan gardé"),
    RunState.ECHEC: ("bloque", "Échec"),
    RunState.ANNULE: ("abandonne", "Annulé"),
}
"""State → (code of the chip, word)."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A search on a version of a scenario."""

    id: int
    version: int
    state: RunState
    progress: Mapping[str, Any]
    stopping: bool
    error: str
    actor: str
    asked_at: datetime
    ended_at: datetime | None

    @property
    def gap(self) -> float | None:
        """How far the best plan so far may be from the best of all, in %; None: not known yet."""
        share = self.progress.get("ecart")
        return None if share is None else 100 * float(share)

    @property
    def done(self) -> int:
        """A hint of how far the proof is, from 0 to 100: a gap of 10 % is far, of 0 % the end (logarithmic)."""
        gap = self.gap
        return 0 if gap is None else max(0, min(100, round(100 - 33 * math.log10(1 + 100 * gap))))


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """The settings at some point, and what changed."""

    id: int
    rank: int
    settings: Settings
    change: str
    actor: str
    made_at: datetime
    undone: bool


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan that the checker accepted, or what it found wrong (then there are no results).

    Attributes:
        body: the answer as kept: status, cost, value, bound, seconds, solver.
        broken: what the checker refuses.
        constraints: how many constraints it went through.
    """

    run: RunInfo
    settings: Settings
    built: Built
    choices: tuple[Choice, ...]
    body: Mapping[str, Any]
    digest: str
    broken: tuple[Broken, ...]
    results: Results | None
    conflict: Mapping[str, Any]
    prices: tuple[Mapping[str, Any], ...]

    @property
    def sound(self) -> bool:
        """Whether it may be shown as a plan."""
        return bool(self.choices) and not self.broken

    @property
    def gap(self) -> float:
        """Share of what is minimised that a better plan could save at most."""
        value = float(self.body.get("valeur") or 0)
        return max(0.0, (value - float(self.body["borne"])) / value) if value else 0.0


@dataclass(frozen=True, slots=True)
class ScenarioInfo:
    """A scenario: its frozen facts, its last settings, its last search."""

    id: int
    title: str
    establishments: tuple[str, ...]
    snapshot: int
    day: date
    ledger: int
    digest: str
    frozen_at: datetime
    copied_from: int | None
    actor: str
    made_at: datetime
    version: VersionInfo
    run: RunInfo | None
    published: bool = False
    summary: Mapping[str, Any] = field(default_factory=dict)
    """Of the last plan: cost, bound, value; empty when there is none."""

    @property
    def last_year(self) -> int:
        """Of the horizon of the last settings."""
        return self.version.settings.first_year + self.version.settings.years - 1

    @property
    def gap(self) -> float | None:
        """Of the last plan, in %; None: there is none."""
        value, bound = self.summary.get("valeur"), self.summary.get("borne")
        return max(0.0, 100 * (value - bound) / value) if value and bound is not None else None

    @property
    def fresh(self) -> bool:
        """Whether the last search was made on the last settings."""
        return self.run is not None and self.run.version == self.version.id


def run_info(row: Run) -> RunInfo:
    """A row as a value."""
    return RunInfo(row.pk, row.version_id, RunState(row.state), row.progress, row.stopping, row.error, row.actor,
                   row.asked_at, row.ended_at)  # fmt: skip


def scenarios(limit: int = 100) -> list[ScenarioInfo]:
    """The scenarios that the scope sees, the latest first."""
    rows = list(Scenario.objects.select_related("snapshot").defer("snapshot__facts").order_by("-id")[:limit])
    return _infos(rows)


def scenario(number: int) -> ScenarioInfo:
    """One scenario.

    Raises:
        NotFound: none of that number, or it holds figures of an establishment out of the scope.
    """
    rows = list(Scenario.objects.filter(pk=number).select_related("snapshot").defer("snapshot__facts"))
    if not rows:
        raise NotFound(f"Le scénario n° {number} est introuvable.", code="scenario-introuvable")
    return _infos(rows)[0]


def _infos(rows: Sequence[Scenario]) -> list[ScenarioInfo]:
    numbers = [row.pk for row in rows]
    versions: dict[int, list[Version]] = {number: [] for number in numbers}
    for version in Version.objects.filter(scenario_id__in=numbers).order_by("id"):
        versions[version.scenario_id].append(version)
    runs: dict[int, Run] = {}
    for run in Run.objects.filter(scenario_id__in=numbers).order_by("id"):
        runs[run.scenario_id] = run
    last = [run.pk for run in runs.values()]
    plans = {
        answer.run_id: answer.body
        for answer in Answer.objects.filter(run_id__in=last, kind__in=(PLAN, CONFLICT)).order_by("id")
    }
    chosen = chosen_number()
    found = []
    for row in rows:
        past, held = versions[row.pk], runs.get(row.pk)
        found.append(
            ScenarioInfo(
                id=row.pk, title=row.title, establishments=tuple(row.establishments), snapshot=row.snapshot_id,
                day=row.snapshot.day, ledger=row.snapshot.ledger, digest=row.snapshot.digest,
                frozen_at=row.snapshot.made_at, copied_from=row.copied_from_id, actor=row.actor, made_at=row.made_at,
                version=_version(past[-1], len(past)), run=run_info(held) if held else None,
                published=chosen is not None and chosen[0] == row.pk,
                summary={k: v for k, v in plans.get(held.pk, {}).items() if k != "choix"} if held else {},
            )
        )  # fmt: skip
    return found


def _version(row: Version, rank: int) -> VersionInfo:
    return VersionInfo(row.pk, rank, thawed_settings(row.settings), row.change, row.actor, row.made_at, row.undone)


def versions(number: int) -> list[VersionInfo]:
    """The settings of a scenario over time, the latest first."""
    rows = Version.objects.filter(scenario_id=number).order_by("id")
    return [_version(row, rank) for rank, row in enumerate(rows, 1)][::-1]


def runs(number: int) -> list[RunInfo]:
    """The searches of a scenario, the latest first."""
    return [run_info(row) for row in Run.objects.filter(scenario_id=number).order_by("-id")]


def facts_of(snapshot: int) -> Facts:
    """The frozen facts. Raises NotFound."""
    row = Snapshot.objects.filter(pk=snapshot).only("pk", "digest").first()
    if row is None:
        raise NotFound("Ces données figées sont introuvables.", code="scenario-introuvable")
    return _facts(row.pk, row.digest)


@lru_cache(maxsize=32)
def _facts(snapshot: int, digest: str) -> Facts:
    """Kept by fingerprint: a snapshot never changes, and the caller's scope was checked before."""
    del digest
    return thawed_facts(Snapshot.objects.get(pk=snapshot).facts)


def built(info: ScenarioInfo, settings: Settings | None = None) -> Built:
    """The problem of a scenario, with its last settings unless told."""
    return build(facts_of(info.snapshot), settings or info.version.settings, defaults())


def solution(info: ScenarioInfo, run: int | None = None) -> Solution | None:
    """The last answer of a scenario (or that of a search), checked; None when there is none."""
    rows = Answer.objects.filter(run__scenario_id=info.id, kind__in=(PLAN, CONFLICT))
    rows = rows.filter(run_id=run) if run is not None else rows
    last = rows.select_related("run__version").order_by("-id").first()
    if last is None:
        return None
    settings = thawed_settings(last.run.version.settings)
    made = build(facts_of(info.snapshot), settings, defaults())
    prices = tuple(a.body for a in Answer.objects.filter(run=last.run, kind=PRICE).order_by("id"))
    held = run_info(last.run)
    if last.kind == CONFLICT:
        return Solution(held, settings, made, (), last.body, last.digest, (), None, last.body, prices)
    choices = thawed_choices(last.body["choix"])
    broken = _verdict(made, choices, int(last.body["cout"]))
    shown = None if broken else results(made.problem, choices)
    return Solution(held, settings, made, choices, last.body, last.digest, broken, shown, {}, prices)


def _verdict(made: Built, choices: tuple[Choice, ...], cost: int) -> tuple[Broken, ...]:
    """Every constraint and the cost, by the checker, each time that a plan is shown."""
    broken = tuple(check(made.problem, choices))
    if not broken and abs(cost_of(made.problem, choices) - cost) > 1:
        counted = cost_of(made.problem, choices)
        broken = (Broken("cout", f"Coût annoncé : {cost} €, recompté : {counted} €."),)
    return broken


def chosen_number() -> tuple[int, int] | None:
    """(scenario, search) of the trajectory that the group chose last and did not take back; None: none."""
    row = Publication.objects.order_by("-id").first()
    return None if row is None or row.withdrawn else (row.scenario_id, row.run_id)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The trajectory of the group: a scenario, a search, who chose it and why."""

    info: ScenarioInfo
    run: int
    actor: str
    at: datetime
    note: str


def chosen() -> Chosen | None:
    """The trajectory that the group chose; None: none within the scope."""
    row = Publication.objects.order_by("-id").first()
    if row is None or row.withdrawn:
        return None
    return Chosen(scenario(row.scenario_id), row.run_id, row.actor, row.made_at, row.note)
