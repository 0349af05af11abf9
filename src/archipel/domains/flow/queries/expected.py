"""What upper layers say is expected in the next hours: the boards ask, whoever forecasts answers (a port)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from archipel.foundation.scope import Capability, Scope


@dataclass(frozen=True, slots=True)
class ExpectedCount:
    """A count expected from now on, over some hours: P10, P50, P90. No patient behind it."""

    measure: str
    """``arrivees``, ``admissions`` (from the emergency departments) or ``sorties``."""
    site: str
    """FINESS EG."""
    filiere: str
    """Empty: all of them."""
    hours: int
    p10: float
    p50: float
    p90: float
    at: datetime
    """When it was forecast."""


Forecaster = Callable[[Scope, int], tuple[ExpectedCount, ...]]
_FORECASTERS: dict[str, Forecaster] = {}


def register_forecaster(name: str, forecaster: Forecaster) -> None:
    """Have the boards ask this one; the same name replaces."""
    _FORECASTERS[name] = forecaster


def expected_counts(*, scope: Scope, hours: int = 24) -> tuple[ExpectedCount, ...]:
    """What is expected at each site over the next hours; empty when nobody forecasts.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        hours: 1, 2, 4, 8, 12, 24 or 48.

    Raises:
        Denied: without the capability.
    """
    scope.require(Capability.VOIR_CAPACITE)
    return tuple(one for forecaster in _FORECASTERS.values() for one in forecaster(scope, hours))
