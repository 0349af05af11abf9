"""The ceiling of a project: an exact step function of the activité combinée summed over its perimeter.

Source of the table: HOP'EN 2, appel à projets 2026, « Modalités de financement (1/2) »: « la catégorie applicable est
déterminée sur la base de l'activité combinée cumulée des établissements impliqués ».
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from archipel.kernel.errors import Invalid
from archipel.programmes.funding.values import Band, Ceiling, Party


def checked_bands(bands: Iterable[Band]) -> tuple[Band, ...]:
    """The table from the lowest band up.

    Raises:
        Invalid: when it is empty, overlaps, leaves a hole, does not begin at zero, or ends.
    """
    table = tuple(sorted(bands, key=lambda band: band.since))
    if not table:
        raise Invalid("La table des plafonds est vide : une tranche au moins est attendue.", code="tranches")
    if table[0].since != 0:
        raise Invalid(
            f"La première tranche commence à {table[0].since} : 0 est attendu, sinon une activité n'a pas de plafond.",
            code="tranches",
        )
    for low, high in pairwise(table):
        if low.below != high.since:
            raise Invalid(
                f"Les tranches {low.category} et {high.category} ne se suivent pas : {low.category} finit à "
                f"{low.below}, {high.category} commence à {high.since}.",
                code="tranches",
            )
    if table[-1].below is not None:
        raise Invalid(
            f"La dernière tranche ({table[-1].category}) s'arrête à {table[-1].below} : au-delà, rien n'est dit.",
            code="tranches",
        )
    return table


def band_of(bands: Sequence[Band], activity: Decimal) -> Band:
    """The band of an activity.

    Raises:
        Invalid: for a negative activity.
    """
    if activity < 0:
        raise Invalid(f"L'activité combinée vaut {activity} : un nombre positif est attendu.", code="activite")
    return next(band for band in bands if band.holds(activity))


def ceiling(bands: Sequence[Band], parties: Sequence[Party]) -> Ceiling:
    """The ceiling of the project that these establishments would bear together.

    An unknown activity makes the ceiling unknown and says whose it is, unless the known ones already reach the last
    band: what is missing could not change anything.

    Args:
        bands: a table that :func:`checked_bands` accepts.
        parties: at least one establishment, each once.

    Raises:
        Invalid: for an empty perimeter or an establishment written twice.
    """
    codes = [party.finess for party in parties]
    if not codes:
        raise Invalid("Le périmètre est vide : un établissement au moins est attendu.", code="perimetre")
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise Invalid(f"Le périmètre nomme deux fois {', '.join(twice)}.", code="perimetre")
    missing = tuple(party.finess for party in parties if party.activity is None)
    known = sum((party.activity for party in parties if party.activity is not None), Decimal(0))
    low = band_of(bands, known)
    rank = bands.index(low)
    if missing and rank < len(bands) - 1:
        return Ceiling(None, None, missing, low=low, high=bands[-1])
    after = bands[rank + 1] if rank + 1 < len(bands) else None
    return Ceiling(
        low,
        None if missing else known,
        missing,
        low=low,
        high=low,
        to_next=None if after is None or missing else after.since - known,
        next_band=after,
    )


def gain(bands: Sequence[Band], parties: Sequence[Party]) -> int | None:
    """What grouping brings to the total ceiling: together, less each alone (euros, may be negative); None: unknown."""
    together = ceiling(bands, parties).amount
    alone = [ceiling(bands, [party]).amount for party in parties]
    if together is None or any(amount is None for amount in alone):
        return None
    return together - sum(amount for amount in alone if amount is not None)
