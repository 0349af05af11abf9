"""French ways of writing numbers, dates, durations and ages. Pure functions, shared by screens and exports."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
THIN = "\u202f"
"""Narrow no-break space: the thousands separator of French typography."""
UNKNOWN = "inconnu"

_DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def number(value: float | Decimal | None, decimals: int | None = None) -> str:
    """``12345.6`` → ``12 345,6`` with thin spaces; None → ``inconnu``.

    Args:
        value: the number.
        decimals: how many to show; None keeps what the number has (at most 2, without trailing zeros).
    """
    if value is None:
        return UNKNOWN
    places = 2 if decimals is None else decimals
    text = f"{value:,.{places}f}"
    whole, _, fraction = text.partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    whole = whole.replace(",", THIN).replace("-", "\u2212")
    if not fraction and not whole.strip("\u22120"):
        whole = "0"
    return f"{whole},{fraction}" if fraction else whole


def long_date(moment: datetime | None) -> str:
    """``dim. 22 nov. 2026, 14:05`` in Paris time; None → ``inconnu``."""
    if moment is None:
        return UNKNOWN
    local = _local(moment)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def clock(moment: datetime | None) -> str:
    """``14:05`` in Paris time; None → ``inconnu``."""
    return UNKNOWN if moment is None else f"{_local(moment):%H:%M}"


def person_age(birth: date | None, today: date) -> str:
    """``12 jours`` until a month, ``7 mois`` until two years, then ``44 ans``; unknown or ahead → ``inconnu``."""
    if birth is None or birth > today:
        return UNKNOWN
    months = (today.year - birth.year) * 12 + today.month - birth.month - (today.day < birth.day)
    if months < 1:
        days = (today - birth).days
        return f"{days} jour" if days < 2 else f"{days} jours"
    return f"{months} mois" if months < 24 else f"{months // 12} ans"


def duration(span: timedelta | float | None) -> str:
    """``3 h 20``, ``45 min``, ``2 j 4 h``; a number is in seconds; None → ``inconnu``."""
    if span is None:
        return UNKNOWN
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    sign, minutes = ("\u2212" if seconds <= -60 else ""), int(abs(seconds) // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        text = f"{days} j {hours} h" if hours else f"{days} j"
    elif hours:
        text = f"{hours} h {rest:02d}" if rest else f"{hours} h"
    else:
        text = f"{rest} min" if rest else "moins d'une minute"
    return sign + text.replace(" ", "\u00a0") if rest or hours or days else text


def age(moment: datetime | None, now: datetime) -> str:
    """``il y a 3 min``, ``à l'instant``, ``dans 2 h``; None → ``âge inconnu``."""
    if moment is None:
        return "âge inconnu"
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 60:
        return "à l'instant"
    return f"il y a {duration(seconds)}" if seconds > 0 else f"dans {duration(-seconds)}"


def age_level(moment: datetime | None, now: datetime, old: float, stale: float) -> str:
    """``frais``, ``vieux`` or ``perime``, given thresholds in seconds; an unknown age is ``perime``."""
    if moment is None:
        return "perime"
    seconds = (now - moment).total_seconds()
    return "perime" if seconds >= stale else "vieux" if seconds >= old else "frais"


def _local(moment: datetime) -> datetime:
    return moment.astimezone(PARIS) if moment.tzinfo else moment
