"""What an aid costs the GHT, by mode of funding. What no source prices stays unknown, and is named.

Source: national accompaniment plan of 2016, « trois possibilités de financement »: all of it by the establishments;
part of it by the ARS according to the region's strategy; nothing for the establishments.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from archipel.programmes.catalogue.values import Aide, Mode, Reste

ZERO = Decimal(0)
_CENTS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Cout:
    """The cost to the GHT in euros, between two bounds.

    ``haut`` None: no known bound. ``inconnus``: what nobody has priced.
    """

    mode: Mode
    bas: Decimal
    haut: Decimal | None
    inconnus: tuple[str, ...]
    explication: str

    @property
    def connu(self) -> bool:
        """Whether the cost is known exactly."""
        return self.bas == self.haut


def costs(aid: Aide, ars_percent: Decimal | None = None) -> tuple[Cout, ...]:
    """The cost by each mode of the aid.

    Args:
        aid: its price may be unknown (None), or be that of a part only (``prix_pour``).
        ars_percent: what the ARS pays, in percent of the price; None: not said.
    """
    return tuple(cost(aid, mode, ars_percent if ars_percent is not None else aid.part_ars) for mode in aid.modes)


def cost(aid: Aide, mode: Mode, ars_percent: Decimal | None) -> Cout:
    """The cost by one mode."""
    if mode.reste is Reste.AUCUN:
        return Cout(mode, ZERO, ZERO, (), "Déjà financé : le GHT ne paie rien.")
    if mode.reste is Reste.VARIABLE:
        return Cout(
            mode, ZERO, None, ("prise en charge selon l'opérateur",), "Le reste à charge dépend de l'opérateur."
        )
    known = aid.prix if aid.prix is not None else ZERO
    unknown = _unpriced(aid)
    whole = not unknown
    if mode.reste is Reste.TOTAL:
        return Cout(mode, known, known if whole else None, unknown, "À la charge des établissements.")
    if ars_percent is None:
        text = "L'ARS peut en payer une part, que nul n'a dite : de rien à tout."
        return Cout(mode, ZERO, known if whole else None, (*unknown, "part de l'ARS"), text)
    left = (known * (100 - ars_percent) / 100).quantize(_CENTS)
    text = f"L'ARS paie {ars_percent.normalize():f} % ; le reste est aux établissements."
    if ars_percent == 100:
        return Cout(mode, ZERO, ZERO, (), text)
    return Cout(mode, left, left if whole else None, unknown, text)


def _unpriced(aid: Aide) -> tuple[str, ...]:
    if aid.prix is None:
        return ("prix de la prestation",)
    return (f"prestation au-delà de « {aid.prix_pour.lower()} »",) if aid.prix_pour else ()


def spread(found: Iterable[Cout]) -> tuple[Decimal, Decimal | None] | None:
    """The least and the most that the GHT may have to pay, over the modes; None without any mode."""
    every = list(found)
    if not every:
        return None
    highs = [one.haut for one in every]
    return min(one.bas for one in every), None if None in highs else max(h for h in highs if h is not None)
