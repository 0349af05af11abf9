"""A live metric: what it is called, why it matters, how it is computed and when it may be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator
from archipel.programmes.proof.values import Level, Subject

Compute = Callable[[Scope, Subject, datetime, datetime], Indicator]
"""(scope, subject, moment described, as known at) → what was measured."""


class Past(StrEnum):
    """How a day past is read."""

    RECALCUL = "recalcul"
    """Computed again: the facts are dated twice, so what was known then can be told from what is known now."""
    RELEVE = "releve"
    """Read in the daily readings: the facts keep only their present value."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A live metric of a domain."""

    id: str
    label: str
    why: str
    """Why it matters (French)."""
    formula: str
    """How it is computed, in words (French)."""
    unit: str
    levels: frozenset[Level]
    stale_days: float
    """The age beyond which its facts are too old to prove anything."""
    past: Past
    source: str
    """The domain that holds the facts, and what they are (French)."""
    compute: Compute
    board: str = ""
    """URL name of the page that shows the facts behind, without arguments; empty: none."""
    board_filter: str = ""
    """Query parameter of that page that takes the FINESS EJ; empty: none."""
    board_label: str = ""
