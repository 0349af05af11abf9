"""Questions put to the optimiser, and how far each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from archipel.kernel.errors import NotFound
from archipel.programmes.funding.models import Run


class RunState(StrEnum):
    """Where a question stands."""

    ATTENTE = "attente"
    EN_COURS = "en_cours"
    FINI = "fini"
    ECHEC = "echec"
    ANNULE = "annule"

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self in (RunState.FINI, RunState.ECHEC, RunState.ANNULE)


RUN_LABELS: dict[RunState, tuple[str, str]] = {
    RunState.ATTENTE: ("pending", "En attente"),
    RunState.EN_COURS: ("en_cours", "En cours"),
    RunState.FINI: ("oui", "Terminé"),
    RunState.ECHEC: ("bloque", "Échec"),
    RunState.ANNULE: ("abandonne", "Annulé"),
}
"""State → (code of the chip, word)."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A question; ``result`` is empty until it is answered."""

    id: int
    title: str
    pack: str
    version: str
    state: RunState
    inputs: Mapping[str, Any]
    digest: str
    progress: Mapping[str, Any]
    result: Mapping[str, Any]
    error: str
    actor: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    parent: int | None
    establishments: tuple[str, ...]
    seconds: int

    @property
    def certified(self) -> bool:
        """Whether the plan is proved the best by its certificate."""
        checked = self.result.get("verification", {})
        return bool(checked.get("plan") and checked.get("borne"))


def info_of(row: Run) -> RunInfo:
    """A row as a value."""
    return RunInfo(
        id=row.pk,
        title=row.title,
        pack=row.pack,
        version=row.version,
        state=RunState(row.state),
        inputs=row.inputs,
        digest=row.digest,
        progress=row.progress,
        result=row.result or {},
        error=row.error,
        actor=row.actor,
        asked_at=row.asked_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        parent=row.parent_id,
        establishments=tuple(row.establishments),
        seconds=row.seconds,
    )


def runs(limit: int = 100) -> list[RunInfo]:
    """The questions that the scope sees, the latest first."""
    return [info_of(row) for row in Run.objects.order_by("-asked_at", "-id")[:limit]]


def run(number: int) -> RunInfo:
    """One question.

    Raises:
        NotFound: none of that number, or it holds figures of an establishment out of the scope.
    """
    row = Run.objects.filter(pk=number).first()
    if row is None:
        raise NotFound(f"Le portefeuille n° {number} est introuvable.", code="portefeuille-introuvable")
    return info_of(row)
