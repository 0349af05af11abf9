"""What the ROR should say of an offer, from the separate facts of its beds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.domains.flow.rules.offers import derive, gaps
from archipel.domains.flow.values.offers import BedGroup, ForecastFigure, Indicator, Offer

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
OFFER = Offer("210780581", "1210987558", "MED1", "Médecine", "MED", units=("3001",))


def current(status: str, gender: str = "", closing: str = "", additional: str = "", crisis: str = "") -> Indicator:
    return Indicator(status, "01", gender, closing, additional, crisis)


FULL = frozenset(
    {
        current("01"), current("03"), current("04"), *(current("02", gender=g) for g in ("01", "02", "04")),
        *(current("05", closing=c) for c in ("01", "02", "03")),
        *(current("06", additional=a, crisis=c) for a in ("01", "02", "03") for c in ("", "01", "02")),
        *(Indicator("02", t, "04") for t in ("02", "03", "04", "05")),
    }
)  # fmt: skip

groups = st.lists(
    st.builds(
        BedGroup, count=st.integers(0, 30), installed=st.booleans(), shut=st.booleans(),
        closing=st.sampled_from(["", "01", "02", "03"]), unstaffed=st.booleans(), occupied=st.booleans(),
        reserved=st.booleans(), dirty=st.booleans(), gender=st.sampled_from(["", "F", "M"]),
    ),
    max_size=12,
)  # fmt: skip


def total(said: dict[Indicator, int], status: str) -> int:
    return sum(count for one, count in said.items() if one.status == status and one.temporality == "01")


def test_each_fact_has_its_figure() -> None:
    beds = [
        BedGroup(4, True, occupied=True), BedGroup(3, True, gender="F"), BedGroup(2, True, gender="M"),
        BedGroup(1, True), BedGroup(2, True, shut=True, closing="02"), BedGroup(1, True, unstaffed=True),
        BedGroup(2, True, reserved=True), BedGroup(1, True, dirty=True), BedGroup(1, False, occupied=True),
    ]  # fmt: skip
    said = derive(replace(OFFER, extra_with_staff=5), beds, FULL, at=NOW)
    assert said[current("01")] == 16 and said[current("03")] == 5 and said[current("04")] == 2
    assert (said[current("02", "01")], said[current("02", "02")], said[current("02", "04")]) == (3, 2, 1)
    assert (said[current("05", closing="01")], said[current("05", closing="02")]) == (1, 2)
    assert said[current("06", additional="01")] == 1 and said[current("06", additional="03")] == 5
    assert current("06", additional="01", crisis="02") not in said


def test_places_are_counted_by_the_offers_of_places_only() -> None:
    beds = [BedGroup(4, True), BedGroup(6, True, usage="place")]
    assert derive(OFFER, beds, FULL, at=NOW)[current("01")] == 4
    assert derive(replace(OFFER, nature="02"), beds, FULL, at=NOW)[current("01")] == 6


def test_a_crisis_moves_the_extra_beds_under_it() -> None:
    offer = replace(OFFER, crisis="02", extra_without_staff=3)
    said = derive(offer, [], FULL, at=NOW)
    assert said[current("06", additional="02", crisis="02")] == 3
    assert current("06", additional="02") not in said and current("06", additional="02", crisis="01") not in said


@given(groups, st.booleans(), st.sampled_from(["", "01"]))
@settings(max_examples=300)
def test_the_figures_hold_together(beds: list[BedGroup], closed: bool, unstaffed_as: str) -> None:
    offer = replace(OFFER, closed=closed)
    said = derive(offer, beds, FULL, at=NOW, unstaffed_as=unstaffed_as)
    installed, occupied = total(said, "01"), total(said, "03")
    assert installed == sum(b.count for b in beds if b.installed)
    assert occupied == sum(b.count for b in beds if b.occupied)
    extra = said[current("06", additional="01")]
    assert total(said, "02") + total(said, "04") + total(said, "05") + occupied - extra <= installed
    assert min(said.values()) >= 0
    shut = total(said, "05")
    if closed or (installed and shut >= installed):
        assert total(said, "02") == 0  # RG_EXP_047
    elif not closed:
        free = sum(
            b.count for b in beds
            if b.installed and not (b.occupied or b.shut or b.unstaffed or b.reserved or b.dirty)
        )  # fmt: skip
        assert total(said, "02") == free


@given(groups, st.sets(st.sampled_from(sorted(FULL))))
@settings(max_examples=300)
def test_only_valid_combinations_are_said(beds: list[BedGroup], valid: set[Indicator]) -> None:
    said = derive(OFFER, beds, valid, at=NOW)
    assert set(said) <= valid


@given(groups, st.sets(st.sampled_from(["01", "02"])))
def test_a_gender_that_cannot_be_told_is_told_as_undetermined(beds: list[BedGroup], missing: set[str]) -> None:
    kept = {one for one in FULL if one.gender not in missing}
    assert total(derive(OFFER, beds, kept, at=NOW), "02") == total(derive(OFFER, beds, FULL, at=NOW), "02")


@given(groups)
def test_grouping_beds_otherwise_changes_nothing(beds: list[BedGroup]) -> None:
    one_by_one = [replace(b, count=1) for b in beds for _ in range(b.count)]
    assert derive(OFFER, beds, FULL, at=NOW) == derive(OFFER, one_by_one[::-1], FULL, at=NOW)


@given(st.lists(st.tuples(st.sampled_from(["02", "03", "04", "05"]), st.integers(0, 40), st.integers(-3, 30))))
def test_the_last_validated_forecast_in_force_is_said(rows: list[tuple[str, int, int]]) -> None:
    figures = [
        ForecastFigure(t, count, NOW + timedelta(hours=h), validated_at=NOW - timedelta(minutes=99 - rank), number=rank)
        for rank, (t, count, h) in enumerate(rows)
    ]
    said = derive(OFFER, [BedGroup(3, True)], FULL, at=NOW, forecasts=figures)
    for horizon in ("02", "03", "04", "05"):
        last = [f for f in figures if f.temporality == horizon][-1:]
        key = Indicator("02", horizon, "04")
        assert said.get(key) == (last[0].count if last and last[0].expires_at > NOW else None)
    closed = derive(replace(OFFER, closed=True), [BedGroup(3, True)], FULL, at=NOW, forecasts=figures)
    assert not any(count for one, count in closed.items() if one.status == "02")


@given(st.sampled_from(sorted(FULL)))
def test_an_indicator_is_read_as_it_was_written(one: Indicator) -> None:
    assert Indicator.parse(str(one)) == one and one.label


def test_a_unit_left_out_is_told() -> None:
    units = {
        ("A", "1"): ("Méd", "MED", 10), ("A", "2"): ("Réa", "SCA", 6), ("A", "3"): ("Accueil", "URG", 2),
        ("A", "4"): ("Méd B", "MED", 8),
    }  # fmt: skip
    offers = [
        replace(OFFER, establishment="A", code="M1", units=("1", "4")),
        replace(OFFER, establishment="A", code="M2", units=("4", "9"), valid_from=date(2026, 1, 1)),
        replace(OFFER, establishment="A", code="M3", units=()),
    ]
    found = {(gap.kind, gap.subject) for gap in gaps(offers, units, {"MED": "Médecine", "SCA": "Soins critiques"})}
    assert found == {
        ("unite-sans-offre", "2"), ("filiere-absente", "SCA"), ("unite-deux-fois", "4"),
        ("unite-inconnue", "1210987558/M2"), ("offre-sans-unite", "1210987558/M3"),
    }  # fmt: skip
