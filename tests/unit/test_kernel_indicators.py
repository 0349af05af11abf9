"""Measures leave an establishment without letting a small group be seen; rows are hashed whatever their order."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.kernel.indicators import Indicator, Measure, hide_small_groups, nearest_rank, rows_digest, share

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


def indicator(*measures: Measure) -> Indicator:
    return Indicator(NOW, NOW, measures, NOW, 0, "", "SELECT 1")


def counted(part: int, group: int, smallest: int | None = None) -> Indicator:
    return indicator(
        Measure("part", "Part", share(part, group), "%", group=group, part=part, smallest=smallest),
        Measure("n", "Nombre", Decimal(group), group=group, part=group, smallest=smallest),
        Measure("oui", "Dont", Decimal(part), group=group, part=part, smallest=smallest),
        Measure("lits", "Lits", Decimal(4)),
    )


def test_under_eleven_patients_nothing_is_said_of_them() -> None:
    shown = hide_small_groups(counted(10, 10))
    assert [one.value for one in shown.measures] == [None, None, None, Decimal(4)]
    assert "inférieur à 11" in shown.measures[0].reason


def test_a_small_part_of_a_large_group_cannot_be_worked_out() -> None:
    shown = hide_small_groups(counted(3, 90))
    assert [one.value for one in shown.measures] == [Decimal(3), None, None, Decimal(4)]
    shown = hide_small_groups(counted(87, 90))
    assert [one.value for one in shown.measures] == [Decimal(97), None, None, Decimal(4)]


def test_a_large_group_is_told_as_it_is() -> None:
    shown = hide_small_groups(counted(45, 90))
    assert [one.value for one in shown.measures] == [Decimal("50.0"), Decimal(90), Decimal(45), Decimal(4)]
    assert [one.value for one in hide_small_groups(counted(0, 90)).measures][2] == 0
    assert all(one.group is None and one.part is None for one in shown.measures)


def test_a_member_with_few_patients_hides_the_counts_of_the_group() -> None:
    assert [one.value for one in hide_small_groups(counted(45, 90, 4)).measures] == [Decimal(50), None, None, 4]


@given(st.integers(0, 200), st.integers(0, 200))
@settings(max_examples=200)
def test_no_count_between_one_and_ten_ever_leaves(a: int, b: int) -> None:
    part, group = min(a, b), max(a, b)
    for one in hide_small_groups(counted(part, group)).measures[1:3]:
        assert one.value is None or one.value == 0 or one.value >= 11
    if 0 < part < 11 or 0 < group - part < 11:
        assert hide_small_groups(counted(part, group)).measures[1].value is None


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(), st.none() | st.booleans()), max_size=20), st.randoms())
@settings(max_examples=100)
def test_the_digest_does_not_depend_on_the_order(rows: list, rng) -> None:
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert rows_digest(rows) == rows_digest(shuffled)
    assert rows_digest(rows)[0] == len(rows)
    if rows:
        assert rows_digest(rows)[1] != rows_digest([*rows[1:], ("autre", 1, "x")])[1]


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [Decimal(n) for n in (15, 20, 35, 40, 50)]
    assert [nearest_rank(values, p) for p in (5, 30, 40, 50, 100)] == [15, 20, 20, 35, 50]
    assert nearest_rank([], 90) is None


def test_a_share_is_rounded_half_up_and_of_nothing_is_unknown() -> None:
    assert share(1, 8) == Decimal("12.5")
    assert share(1, 16) == Decimal("6.3")
    assert share(1, 0) is None
