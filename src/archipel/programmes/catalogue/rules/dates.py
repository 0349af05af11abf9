"""Durations as a source states them, added to days. A month keeps the day of the month, or the last one of it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from archipel.programmes.packs.values.catalogue import Borne, Duree


@dataclass(frozen=True, slots=True)
class Fenetre:
    """From the earliest to the latest day; ``environ``: the source says « environ »."""

    tot: date
    tard: date
    environ: bool = False


def plus_months(day: date, months: int) -> date:
    """The same day of the month, so many months later (earlier when negative), or the last day of that month."""
    rank = day.year * 12 + day.month - 1 + months
    year, month = divmod(rank, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _moved(day: date, held: Duree | Borne, sense: int) -> date | None:
    if held.jours is None and held.semaines is None and held.mois is None:
        return None
    months = int(held.mois or 0)
    days = int(held.jours or 0) + 7 * int(held.semaines or 0)
    return plus_months(day, sense * months) + timedelta(days=sense * days)


def after(day: date, held: Duree) -> Fenetre | None:
    """When something comes that takes this long; None when the source gives no number."""
    first = _moved(day, held, 1)
    if first is None:
        return None
    last = _moved(day, held.au_plus, 1) if held.au_plus else None
    return Fenetre(first, last or first, held.environ)


def before(day: date, held: Duree) -> date | None:
    """The last day that is this long before; None when the source gives no number."""
    return _moved(day, held, -1)


def in_words(held: Duree) -> str:
    """``environ 3 mois``, ``3 à 9 mois``, ``4 semaines``; the source's own words when it gives no number."""
    for unit, low, high in (
        ("jour", held.jours, held.au_plus.jours if held.au_plus else None),
        ("semaine", held.semaines, held.au_plus.semaines if held.au_plus else None),
        ("mois", held.mois, held.au_plus.mois if held.au_plus else None),
    ):
        if low is not None:
            count = f"{low} à {high}" if high is not None else str(low)
            plural = "s" if (high or low) >= 2 and unit != "mois" else ""
            return f"{'environ ' if held.environ else ''}{count} {unit}{plural}"
    return held.texte or "durée inconnue"
