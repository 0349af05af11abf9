"""How many beds of an offer are expected to be available: the open beds less its part of those expected present."""

from __future__ import annotations

import math
from dataclasses import dataclass

HORIZONS: dict[str, int] = {"02": 1, "03": 24, "04": 48, "05": 168}
"""R331 → hours ahead (nomenclature TRE_R331, ANS)."""
DAYS = {"03": 1, "04": 2, "05": 7}
"""R331 → rank of the day (0: today) when only days are forecast; +1 h cannot be told then."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Beds expected to be available."""

    low: int
    """If as many patients stay as one time in ten (P90 of those present)."""
    middle: int
    high: int


def share(occupied: int, opened: int, all_occupied: int, all_opened: int) -> float:
    """The part of the patients of a filière that an offer holds: by its patients, else by its open beds; 0 to 1."""
    if all_occupied > 0:
        return min(1.0, occupied / all_occupied)
    return min(1.0, opened / all_opened) if all_opened > 0 else 0.0


def propose(opened: int, part: float, present: tuple[float, float, float]) -> Proposal:
    """The proposal of one horizon, never negative nor above the open beds.

    Args:
        opened: open beds of the offer.
        part: its :func:`share`.
        present: P10, P50, P90 of the patients present in the filière of the site.
    """

    def left(patients: float) -> int:
        return int(min(opened, max(0, math.floor(opened - part * patients + 0.5))))

    low, middle, high = present
    return Proposal(left(high), left(middle), left(low))
