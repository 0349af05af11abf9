"""HL7 date-times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam.codec.times import parse_day, parse_time, time_stamp

PARIS = "Europe/Paris"
zones = st.sampled_from(
    [PARIS, "America/Martinique", "Indian/Reunion", "Pacific/Noumea", "Australia/Lord_Howe", "Asia/Kolkata"]
)
moments = st.datetimes(datetime(1901, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)).map(
    lambda d: d.replace(microsecond=0)
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("20240306110000", utc(2024, 3, 6, 10)),
        ("202407061130", utc(2024, 7, 6, 9, 30)),
        ("2024070611", utc(2024, 7, 6, 9)),
        ("20240706", utc(2024, 7, 5, 22)),
        ("20240306110000.1234", utc(2024, 3, 6, 10, 0, 0, 123400)),
        ("20240306110000+0000", utc(2024, 3, 6, 11)),
        ("202403061100-0230", utc(2024, 3, 6, 13, 30)),
        ("20240331023000", utc(2024, 3, 31, 1, 30)),  # an hour that does not exist
        ("20241027023000", utc(2024, 10, 27, 0, 30)),  # the first of the two
    ],
)
def test_known_times(text: str, moment: datetime) -> None:
    assert parse_time(text, PARIS) == moment


@pytest.mark.parametrize(
    "text",
    [
        "20241345", "00000000", "00000000000000", "17000101", "29990101120000", "20240230120000", "20240306250000",
        "202403061260", "20240306110060", "2024", "202403", "2024030", "abc", "", "20240306110000+9900", "2024030611.5",
        "²0240306110000", "٢٠٢٤٠٣٠٦", "20240306110000+1", "20240306110000.", "2024-03-06", "20240306 1100", "1_0240306",
    ],
)  # fmt: skip
def test_impossible_times(text: str) -> None:
    assert parse_time(text, PARIS) is None


@given(moments, zones)
def test_local_times_agree_with_zoneinfo(moment: datetime, zone: str) -> None:
    local = moment.astimezone(ZoneInfo(zone))
    first = local.replace(fold=0)
    assert parse_time(f"{local:%Y%m%d%H%M%S}", zone) == first.astimezone(UTC)
    assert parse_time(f"{local:%Y%m%d%H%M}", zone) == first.replace(second=0).astimezone(UTC)


@given(moments, st.integers(-14 * 60, 14 * 60), zones)
def test_an_offset_says_everything(moment: datetime, minutes: int, zone: str) -> None:
    local = moment + timedelta(minutes=minutes)
    sign = "-" if minutes < 0 else "+"
    text = f"{local:%Y%m%d%H%M%S}{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
    assert parse_time(text, zone) == moment


@given(st.text(max_size=20) | st.text(alphabet="0123456789.+-", max_size=24))
def test_any_text_is_a_time_or_none(text: str) -> None:
    for found in (parse_time(text, PARIS), parse_day(text)):
        assert found is None or found
    assert parse_time(text, PARIS) == parse_time(text, PARIS)


@given(moments, moments)
def test_stamps_sort_as_times(a: datetime, b: datetime) -> None:
    assert (time_stamp(a) < time_stamp(b)) == (a < b)
    assert len(time_stamp(a)) == 20


def test_days() -> None:
    assert parse_day("19790328") == "1979-03-28"
    assert parse_day("197903281200") == "1979-03-28"
    for text in ("1979", "19790231", "17000101", "29990101", "00000000", "abcdefgh"):
        assert parse_day(text) is None
