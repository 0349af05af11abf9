"""HL7 date-times (DTM, TS) → aware UTC datetimes, fast.

``YYYYMMDD[HH[MM[SS[.fraction]]]][+/-ZZZZ]``. Without an offset the time is local to the sender. When clocks go
back, the first of the two hours is meant; when they go forward, an hour that does not exist is read with the
offset before the change. The answer never depends on anything but the text and the zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

MIN_YEAR = 1900
MAX_YEAR = 2100
MIN_BIRTH_YEAR = 1850
EXPECTED = "une date possible AAAAMMJJ[HHMM[SS]] entre 1900 et 2100"


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        ValueError, KeyError, OSError: there is none (see zoneinfo).
    """
    return ZoneInfo(name)


@lru_cache(maxsize=16384)
def _hour(name: str, digits: str) -> tuple[datetime | None, str]:
    """UTC instant at which the local hour ``YYYYMMDDHH`` begins, and its text when minutes can be added to it.

    ``(None, "")`` when the hour is impossible; an empty text when the offset changes within the hour or is not
    whole hours.
    """
    year = int(digits[:4])
    if not MIN_YEAR <= year <= MAX_YEAR:
        return None, ""
    try:
        local = datetime(year, int(digits[4:6]), int(digits[6:8]), int(digits[8:10]), tzinfo=zone(name))
        first = local.astimezone(UTC)
        last = local.replace(minute=59, second=59).astimezone(UTC)
    except (ValueError, OverflowError):
        return None, ""
    plain = first.minute == 0 and first.second == 0 and last - first == timedelta(minutes=59, seconds=59)
    return first, first.strftime("%Y%m%d%H") if plain else ""


def parse_time(text: str, name: str) -> datetime | None:
    """The instant, in UTC; None when the text is not a possible date with at least a day.

    Args:
        text: the first component of a TS field.
        name: time zone of the sender.
    """
    size = len(text)
    if (size == 14 or size == 12) and text.isdigit() and text.isascii():
        first, hour = _hour(name, text[:10])
        if hour and first is not None:
            minute, second = int(text[10:12]), int(text[12:] or 0)
            if minute > 59 or second > 59:
                return None
            return first + timedelta(0, minute * 60 + second)
        if first is None:
            return None
    return _parse_slowly(text, name)


def time_stamp(moment: datetime) -> str:
    """``YYYYMMDDHHMMSSffffff``: the beginning of a stamp."""
    m = moment
    return f"{m.year:04d}{m.month:02d}{m.day:02d}{m.hour:02d}{m.minute:02d}{m.second:02d}{m.microsecond:06d}"


def _offset(text: str) -> timezone | None:
    """``+0100`` → a fixed zone; None when it is not an offset."""
    digits = text[1:]
    if len(digits) != 4 or not _digits(digits):
        return None
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        return None
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if text[0] == "-" else delta)


def _digits(text: str) -> bool:
    return text.isdigit() and text.isascii()


def _parse_slowly(text: str, name: str) -> datetime | None:
    text = text.strip()
    fixed: timezone | None = None
    for mark in "+-":
        if mark in text:
            at = text.index(mark)
            fixed = _offset(text[at:])
            if fixed is None:
                return None
            text = text[:at]
            break
    whole, dot, fraction = text.partition(".")
    if len(whole) not in (8, 10, 12, 14) or not _digits(whole):
        return None
    if dot and (len(whole) != 14 or not fraction or not _digits(fraction)):
        return None
    parts = [int(whole[i : i + 2] or 0) for i in (8, 10, 12)]
    year = int(whole[:4])
    if not MIN_YEAR <= year <= MAX_YEAR:
        return None
    micro = int((fraction + "000000")[:6]) if dot else 0
    try:
        local = datetime(
            year, int(whole[4:6]), int(whole[6:8]), parts[0], parts[1], parts[2], micro, tzinfo=fixed or zone(name)
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def has_hour(text: str) -> bool:
    """Whether the text says more than a day."""
    return len(text) > 8 and text[8].isdigit()


@lru_cache(maxsize=16384)
def parse_day(text: str) -> str | None:
    """The ISO day of a DTM with at least a day (birth, death), time ignored; None when it is not possible."""
    if len(text) < 8 or not _digits(text[:8]):
        return None
    year = int(text[:4])
    if not MIN_BIRTH_YEAR <= year <= MAX_YEAR:
        return None
    try:
        return date(year, int(text[4:6]), int(text[6:8])).isoformat()
    except ValueError:
        return None
