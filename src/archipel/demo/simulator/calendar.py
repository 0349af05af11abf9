"""Simulated time: whole seconds since 1970 (UTC), read in the hospitals' local time. Pure and cached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
MINUTE = 60
HOUR = 3600
DAY = 86400


@lru_cache(maxsize=8192)
def local(hour_index: int) -> tuple[int, int, int]:
    """Local (hour 0-23, weekday 0-6, day of year 1-366) of the UTC hour of that index since 1970."""
    at = datetime.fromtimestamp(hour_index * HOUR, tz=PARIS)
    return at.hour, at.weekday(), at.timetuple().tm_yday


@lru_cache(maxsize=16384)
def _minute_text(minute: int) -> tuple[str, str]:
    at = datetime.fromtimestamp(minute * MINUTE, tz=PARIS)
    twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
    return at.strftime("%Y%m%d%H%M"), at.strftime("%z") if twice else ""


def hl7(at: int) -> str:
    """HL7 local time; the offset is written only within the hour that the clocks repeat."""
    text, offset = _minute_text(at // MINUTE)
    return f"{text}{at % MINUTE:02d}{offset}"


@lru_cache(maxsize=4096)
def midnight(day: int) -> int:
    """The instant of local midnight of a day, given as its proleptic ordinal."""
    date = datetime.fromordinal(day)
    return int(datetime(date.year, date.month, date.day, tzinfo=PARIS).timestamp())


@lru_cache(maxsize=8192)
def _day_of(hour_index: int) -> int:
    return datetime.fromtimestamp(hour_index * HOUR, tz=PARIS).toordinal()


def day_of(at: int) -> int:
    """The ordinal of the local day."""
    return _day_of(at // HOUR)


def at_hour(day: int, hour: float) -> int:
    """The instant of a local day at a number of hours after midnight."""
    return midnight(day) + int(hour * HOUR)


def weekday(day: int) -> int:
    """0 Monday … 6 Sunday, of a local day."""
    return (day + 6) % 7


def moment(at: int) -> datetime:
    """As an aware datetime in UTC."""
    return datetime.fromtimestamp(at, tz=UTC)


def seconds(at: datetime) -> int:
    """The instant of an aware datetime, in whole seconds.

    Raises:
        ValueError: it has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))
