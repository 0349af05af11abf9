"""An offer in hand: what to tell of it, what left, what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from archipel.connectors.ror.codec.outcome import Verdict
from archipel.connectors.ror.models import Dispatch, Exchange
from archipel.connectors.ror.rules import Step
from archipel.domains.flow.public import Said


@dataclass(frozen=True, slots=True)
class Work:
    """An offer to tell, and why (``changement``, ``cadence``, ``demande``, ``reprise``, ``relecture``)."""

    said: Said
    reason: str
    stale_before: datetime | None = None
    """Unchanged figures with an older date are told again."""
    tension: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one operation."""

    exchange: Exchange
    kind: str
    """reponse, sans-reponse, non-envoye or relecture."""
    verdict: Verdict
    sentence: str = ""
    status: int = 0
    body: object = None
    seconds: float = 0.0
    who: tuple[str, ...] = ()
    retry_after: float | None = None


@dataclass(slots=True)
class Task:
    """An offer in hand."""

    work: Work
    row: Dispatch
    steps: list[Step] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
