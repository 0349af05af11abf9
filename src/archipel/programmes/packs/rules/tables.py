"""What the tables of a pack give: the band of a project, the instalments of a grant, the level of a measure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import ceil, floor

from archipel.programmes.packs.values.base import Number
from archipel.programmes.packs.values.grid import Bareme
from archipel.programmes.packs.values.programme import Echeance, Plafonds, Tranche

CENT = Decimal("0.01")


def band(table: Plafonds, low: Number, high: Number | None) -> Tranche | None:
    """The band of a number known to lie from ``low`` to ``high`` (None: without end); None while several may be."""
    first = next((one for one in table.tranches if _holds(one, low)), None)
    if first is None or first.moins_de is None:
        return first
    return first if high is not None and high < first.moins_de else None


def _holds(one: Tranche, value: Number) -> bool:
    return (one.a_partir_de is None or value >= one.a_partir_de) and (one.moins_de is None or value < one.moins_de)


def instalments(amount: Number, lines: Sequence[Echeance]) -> tuple[Decimal, ...]:
    """What each instalment pays of an amount in euros, to the cent; the last takes the rest."""
    whole = Decimal(amount)
    parts = [(whole * Decimal(one.part)).quantize(CENT, ROUND_HALF_UP) for one in lines[:-1]]
    return (*parts, whole - sum(parts, Decimal(0))) if lines else ()


def level(scale: Bareme, measure: Number | None) -> int | None:
    """The level of a measure; ``non_mesure`` where there is none; None outside what the scale can hold."""
    if measure is None:
        return scale.non_mesure
    if (scale.min is not None and measure < scale.min) or (scale.max is not None and measure > scale.max):
        return None
    whole = _rounded(measure, scale.arrondi)
    for step in scale.paliers:
        if (step.de is None or whole >= step.de) and (step.a is None or whole <= step.a):
            return step.niveau
    return None


def _rounded(measure: Number, how: str) -> int:
    if how == "inferieur":
        return floor(measure)
    return ceil(measure) if how == "superieur" else floor(measure + Decimal("0.5"))
