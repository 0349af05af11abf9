"""From the emergency department to a ward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.domains.flow.rules.boarding import Boarding, boardings, decided_at
from archipel.domains.flow.values import Place, Segment, VenueTimeline

T0 = datetime(2026, 11, 22, 8, tzinfo=UTC)
ED, SHORT = frozenset({"URG"}), frozenset({"UHCD"})


def timeline(*units: str, cancelled: bool = False, gap_after: int | None = None) -> VenueTimeline:
    segments, at = [], T0
    for rank, unit in enumerate(units):
        end = at + timedelta(hours=1)
        last = rank == len(units) - 1
        segments.append(Segment(at, None if last else end, Place(unit), "", "", "I", True, f"m{rank}"))
        at = end + timedelta(hours=2 if gap_after == rank else 0)
    return VenueTimeline("v", "p", tuple(segments), (), None, "", None, cancelled)


def test_a_ward_after_the_emergency_department_is_an_entry() -> None:
    assert boardings(timeline("URG", "MED", "CHI"), ED, SHORT) == (Boarding(T0, T0 + timedelta(hours=1), "URG", "MED"),)
    assert boardings(timeline("URG", "UHCD", "MED"), ED, SHORT)[0].entered_at == T0 + timedelta(hours=2)
    assert boardings(timeline("URG", "UHCD"), ED, SHORT) == ()
    assert boardings(timeline("UHCD", "MED"), ED, SHORT) == ()
    assert boardings(timeline("MED", "CHI"), ED, SHORT) == ()
    assert boardings(timeline("URG", "MED", cancelled=True), ED, SHORT) == ()
    assert boardings(timeline("URG", "MED", gap_after=0), ED, SHORT) == ()
    assert len(boardings(timeline("URG", "MED", "URG", "CHI"), ED, SHORT)) == 2


@given(st.lists(st.sampled_from(["URG", "UHCD", "MED", "CHI", ""]), max_size=8))
@settings(max_examples=200)
def test_entries_are_in_order_outside_and_after_an_arrival(units: list[str]) -> None:
    found = boardings(timeline(*units), ED, SHORT)
    assert len(found) <= units.count("URG")
    for one in found:
        assert one.arrived_at < one.entered_at
        assert one.ward_uf not in (*ED, *SHORT, "")
    moments = [one.entered_at for one in found]
    assert moments == sorted(moments)


@given(st.lists(st.integers(-120, 240), max_size=6))
@settings(max_examples=100)
def test_the_decision_is_between_arrival_and_entry(minutes: list[int]) -> None:
    (one,) = boardings(timeline("URG", "MED"), ED, SHORT)
    asked = [T0 + timedelta(minutes=m) for m in minutes]
    found = decided_at(one, asked)
    inside = [at for at in asked if one.arrived_at <= at <= one.entered_at]
    assert found == (min(inside) if inside else None)
