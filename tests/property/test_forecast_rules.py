"""Laws of the rules of forecasts, whatever the counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.scenarios.forecast.rules import counting, daily, engine, hourly, intervals, scores, survival
from archipel.scenarios.forecast.rules.holidays import Calendar, easter, public_holidays, read_periods
from archipel.scenarios.forecast.rules.proposals import propose, share
from archipel.scenarios.forecast.rules.survival import Hazard
from archipel.scenarios.forecast.values import Moments, Series, SeriesKey

MONDAY = date(2026, 1, 5)
QUICK = settings(max_examples=40, deadline=None)
counts = st.lists(st.integers(0, 80), min_size=70, max_size=120).map(lambda each: np.array(each, dtype=float))


# --- calendar


@given(st.integers(1900, 2200))
def test_easter_is_a_sunday_between_its_bounds_and_holidays_hold(year: int) -> None:
    day = easter(year)
    assert day.weekday() == 6 and date(year, 3, 22) <= day <= date(year, 4, 25)
    found = public_holidays(year)
    assert len(found) in (10, 11)  # Ascension Day may be 1 or 8 May
    assert set(found) < set(public_holidays(year, alsace_moselle=True))


def test_known_easters() -> None:
    for day in ("2000-04-23", "2008-03-23", "2011-04-24", "2024-03-31", "2026-04-05", "2027-03-28", "2038-04-25"):
        assert easter(int(day[:4])).isoformat() == day


def test_school_holidays_are_read_by_zone_and_a_bad_line_is_told() -> None:
    lines = ["zone;du;au;nom", "A;2026-02-07;2026-02-22;Hiver", "B;2026-02-14;2026-03-01;Hiver", "# fin"]
    periods = read_periods(lines, "a")
    assert [one.first for one in periods] == [date(2026, 2, 7)]
    kinds = Calendar(periods=periods).kinds(date(2026, 2, 1), 28)
    assert int(kinds.school.sum()) == 16 and kinds.weekday[0] == 6
    for wrong in (["A;2026-02-30;2026-03-01"], ["A;2026-03-01;2026-02-01"], ["A;x"]):
        with pytest.raises(ValueError, match="ligne 1"):
            read_periods(wrong, "A")


# --- by day


@QUICK
@given(counts, st.integers(0, 6))
def test_effects_are_positive_weekdays_average_one_and_holes_change_nothing_by_themselves(
    values: np.ndarray, hole: int
) -> None:
    kinds = Calendar().kinds(MONDAY, len(values))
    found = daily.effects(values, kinds)
    assert (found.weekday > 0).all() or values.sum() == 0 or (found.weekday >= 0).all()
    assert found.weekday.mean() == pytest.approx(1.0)
    assert found.holiday >= 0 and found.school >= 0
    values = values.copy()
    values[hole::9] = np.nan
    said = daily.candidates(values, kinds, Calendar().kinds(MONDAY + timedelta(len(values)), 8), None)
    assert all(np.isfinite(each).all() and (each >= 0).all() for each in said.values())
    assert all(np.isfinite(each).all() for each in daily.baselines(values, 8, level=True, lower=True).values())


def test_a_strong_week_is_learnt_and_a_flat_one_is_left_flat() -> None:
    dice = np.random.default_rng(3)
    kinds = Calendar().kinds(date(2026, 1, 5), 210)
    week = np.array([1.4, 1.0, 1.0, 1.0, 1.0, 0.9, 0.7])
    strong = daily.effects(dice.poisson(40 * week[kinds.weekday]).astype(float), kinds)
    assert strong.weekday == pytest.approx(week / week.mean(), abs=0.08)
    flat = daily.effects(dice.poisson(40, 210).astype(float), kinds)
    assert flat.weekday == pytest.approx(np.ones(7), abs=0.05)


# --- scores and intervals


@QUICK
@given(st.lists(st.floats(0, 100), min_size=5, max_size=60), st.sampled_from([0.1, 0.5, 0.9]))
def test_the_pinball_loss_is_least_at_the_quantile(values: list[float], level: float) -> None:
    seen = np.array(values)
    best = np.quantile(seen, level, method="inverted_cdf")
    least = scores.pinball(seen, np.full(len(seen), best), level).mean()
    for other in (best - 3, best + 3, seen.mean()):
        assert least <= scores.pinball(seen, np.full(len(seen), other), level).mean() + 1e-9


@QUICK
@given(st.integers(0, 10_000))
def test_conformal_bands_are_ordered_positive_and_calibrated(seed: int) -> None:
    dice = np.random.default_rng(seed)
    forecast = np.full((80, 5), 20.0)
    band = intervals.spread(dice.poisson(20, (80, 5)).astype(float), forecast)
    said = band.around(np.full((400, 5), 20.0))
    assert (np.diff(said, axis=2) >= 0).all() and (said >= 0).all()
    found = scores.quality("x", dice.poisson(20, (400, 5)).astype(float), said)
    assert 0.70 < found.coverage < 0.92 and found.below[0] < found.below[1] < found.below[2]


def test_what_is_unknown_does_not_count() -> None:
    truth = np.array([[1.0, np.nan], [3.0, 4.0]])
    said = np.array([[[0, 1, 2], [0, 1, 2]], [[2, 3, 4], [4, 5, 6]]], dtype=float)
    found = scores.quality("x", truth, said)
    assert (found.count, found.mae) == (3, pytest.approx(1 / 3)) and found.coverage == 1.0
    assert scores.quality("x", np.full((2, 2), np.nan), said).count == 0


# --- survival


hazards = st.builds(
    lambda rates, week: Hazard(np.array(rates), np.array(week).reshape(2, 168)),
    st.lists(st.floats(0, 0.2), min_size=len(survival.AGES), max_size=len(survival.AGES)),
    st.lists(st.floats(0, 3), min_size=336, max_size=336),
)


@QUICK
@given(hazards, st.lists(st.floats(0, 900), min_size=1, max_size=30), st.floats(17_000_000, 17_000_200))
def test_the_chance_of_staying_only_falls_and_patients_are_conserved(
    hazard: Hazard, elapsed: list[float], now: float
) -> None:
    chance = survival.staying(hazard, np.array(elapsed), now, 72)
    assert ((chance >= 0) & (chance <= 1)).all() and (np.diff(chance, axis=1) <= 1e-12).all()
    entries = np.full(72, 0.5)
    there = survival.newcomers(hazard, entries, now)
    assert (there >= 0).all() and (there <= np.cumsum(entries) + 1e-9).all()
    assert (np.diff(there) <= 0.5 + 1e-9).all()


@QUICK
@given(st.lists(st.floats(0, 900), min_size=1, max_size=20))
def test_nobody_leaves_without_hazard_and_more_hazard_empties_more(elapsed: list[float]) -> None:
    still = Hazard(np.zeros(len(survival.AGES)), np.ones((2, 168)))
    now, stays = 17_000_000.0, np.array(elapsed)
    assert (survival.staying(still, stays, now, 48) == 1.0).all()
    assert survival.newcomers(still, np.ones(48), now)[-1] == pytest.approx(48)
    slow, fast = (Hazard(np.full(len(survival.AGES), rate), np.ones((2, 168))) for rate in (0.01, 0.02))
    assert (survival.staying(fast, stays, now, 48) < survival.staying(slow, stays, now, 48)).all()


def test_the_hazard_of_an_exponential_stay_is_found_again() -> None:
    dice = np.random.default_rng(4)
    zero = float(MONDAY.toordinal() * 24)
    entered = zero + np.sort(dice.uniform(-400, 24 * 120, 4000))
    left = entered + dice.exponential(72, 4000)
    end = zero + 24 * 110
    known = Moments(entered[entered < end], np.where(left < end, left, np.nan)[entered < end])
    (found,) = survival.hazards([known], zero, end)
    used = found.rate[survival.AGES < 24 * 12]
    assert used == pytest.approx(np.full(len(used), 1 / 72), rel=0.35)
    assert found.week.mean() == pytest.approx(1.0, abs=0.1)


# --- counting


class Stay:
    """A stretch for the tests."""

    def __init__(self, filiere: str, entered: datetime, left: datetime | None, before: str = "") -> None:
        self.establishment, self.site, self.filiere = "E", "S", filiere
        self.entered, self.left, self.before, self.same_site = entered, left, before, bool(before)


stretches = st.lists(
    st.tuples(
        st.integers(0, 200), st.integers(1, 60), st.sampled_from(["URG", "MED", "CHI", "UHCD"]), st.integers(0, 40)
    ),
    max_size=30,
)


@QUICK
@given(stretches)
def test_those_present_are_those_who_entered_and_have_not_left(drawn: list[tuple[int, int, str, int]]) -> None:
    zero = datetime(2026, 1, 5, tzinfo=UTC)
    rows = []
    for begin, span, filiere, then in drawn:
        first = zero + timedelta(hours=begin)
        end = first + timedelta(hours=span)
        rows.append(Stay(filiere, first, end))
        if then:
            rows.append(Stay("MED", end, end + timedelta(hours=then), filiere))
    found = counting.events(rows, lambda moment: moment)
    hours = 400
    for key in found.stays:
        stays = found.moments(key)
        there = counting.present(stays, date(2026, 1, 5), hours)
        entries = counting.per_hour(stays.entered, date(2026, 1, 5), hours)
        exits = counting.per_hour(stays.left, date(2026, 1, 5), hours)
        assert (there >= 0).all() and there[-1] == 0
        assert entries.sum() == exits.sum() == len(stays)
    assert sum(map(len, found.arrivals.values())) == sum(one.filiere == "URG" and not one.before for one in rows)
    admitted = sum(len(each) for (_, filiere), each in found.admissions.items() if not filiere)
    assert admitted == sum(one.before == "URG" and one.filiere == "MED" for one in rows)


def test_a_silent_day_is_unknown_and_a_quiet_one_is_zero() -> None:
    busy = [float(MONDAY.toordinal() * 24 + day * 24 + hour) for day in range(10) if day != 6 for hour in range(12)]
    known = counting.known_days(busy, busy[0], MONDAY, 10)
    assert known.tolist() == [False, *[True] * 5, False, *[True] * 3]
    calm = [float(MONDAY.toordinal() * 24 + day * 24) for day in (0, 3, 8)]
    assert counting.known_days(calm, calm[0], MONDAY, 10).tolist() == [False, *[True] * 9]
    assert not counting.known_days([], None, MONDAY, 4).any()


def test_what_was_received_prevails_over_what_was_imported() -> None:
    frame = counting.Frame(MONDAY, 4, 96)
    key = SeriesKey("site", "S", "arrivees")
    live = Series(key, ("E",), MONDAY, np.array([np.nan, np.nan, 5.0, 6.0]), np.full(96, np.nan))
    told = {(key, "E"): {MONDAY: (9.0,), MONDAY + timedelta(1): (1.0,) * 24, MONDAY + timedelta(2): (99.0,)}}
    made = counting.with_imported({key: live}, told, frame)[key]
    assert made.daily.tolist() == [9.0, 24.0, 5.0, 6.0] and made.imported == 2
    assert np.isfinite(made.hourly).sum() == 24
    (group,) = counting.grouped({key: made}, {"E": "G"}).values()
    assert group.key == SeriesKey("ght", "G", "arrivees") and group.daily.tolist() == made.daily.tolist()


# --- the engine


def series(values: np.ndarray, measure: str = "arrivees") -> Series:
    return Series(SeriesKey("site", "S", measure), ("E",), MONDAY, values, np.array([]))


def test_too_short_says_when_and_silence_promises_nothing() -> None:
    today = MONDAY + timedelta(30)
    found = engine.missing(series(np.full(30, 3.0)), today)
    assert found is not None and (found.known, found.possible_on) == (30, today + timedelta(26))
    silent = np.full(80, 3.0)
    silent[-10:] = np.nan
    found = engine.missing(series(silent), MONDAY + timedelta(80))
    assert found is not None and found.possible_on is None
    assert engine.missing(series(np.full(60, 3.0)), MONDAY + timedelta(60)) is None


@pytest.mark.parametrize("measure", ["arrivees", "admissions", "presents"])
def test_a_model_is_shown_only_when_it_beats_every_baseline(measure: str) -> None:
    dice = np.random.default_rng(8)
    kinds = Calendar().kinds(MONDAY, 120)
    week = np.array([1.5, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6])
    strong = engine.forecast_days(
        series(dice.poisson(40 * week[kinds.weekday]).astype(float), measure), Calendar(), None
    )
    assert strong.is_model and strong.shown is strong.model
    for outcome in (
        strong,
        engine.forecast_days(series(dice.poisson(8, 100).astype(float), measure), Calendar(), None),
    ):
        assert outcome.points.shape == (8, 3) and (np.diff(outcome.points, axis=1) >= 0).all()
        best = outcome.baselines[0]
        wins = outcome.model.pinball < best.pinball and outcome.model.mae < min(one.mae for one in outcome.baselines)
        assert outcome.is_model is wins and outcome.method == (outcome.model if wins else best).method


def test_shares_sum_to_one_and_the_hours_add_up_to_the_day() -> None:
    dice = np.random.default_rng(2)
    days = 70
    values = dice.poisson(3, days * 24 + 9).astype(float)
    kinds = Calendar().kinds(MONDAY, days + 10)
    assert hourly.shares(values[: days * 24], kinds.part(0, days)).sum(axis=1) == pytest.approx(np.ones(3))
    said = hourly.models(values, kinds, 168)
    assert all(len(each) == 168 and (each > 0).all() for each in said.values())
    assert said["profil"].sum() == pytest.approx(7 * 72, rel=0.1)
    assert all(len(each) == 168 for each in hourly.baselines(values, 168, level=True).values())


# --- capacities


@given(st.integers(0, 60), st.floats(0, 1), st.lists(st.floats(0, 90), min_size=3, max_size=3).map(sorted))
def test_proposals_are_between_nothing_and_the_open_beds(opened: int, part: float, present: list[float]) -> None:
    found = propose(opened, part, (present[0], present[1], present[2]))
    assert 0 <= found.low <= found.middle <= found.high <= opened
    assert 0.0 <= share(3, opened, 10, 60) <= 1.0 and share(0, 0, 0, 0) == 0.0


@pytest.mark.parametrize("silence", [1, 300])
def test_years_of_silence_before_the_first_day_known_change_nothing(silence: int) -> None:
    """The origins of before then said zero, from nothing: their errors would widen every band."""
    dice = np.random.default_rng(5)
    daily_counts, hours = dice.poisson(40.0, 75).astype(float), dice.poisson(2.0, 75 * 24).astype(float)
    key = SeriesKey("site", "210987558", "arrivees")
    later = Series(key, ("210780581",), MONDAY + timedelta(silence), daily_counts, hours)
    unheard = np.full(silence, np.nan)
    whole = Series(
        key, ("210780581",), MONDAY, np.concatenate([unheard, daily_counts]),
        np.concatenate([np.repeat(unheard, 24), hours]),
    )  # fmt: skip
    for forecast, step in ((lambda one: engine.forecast_days(one, Calendar(), None), 1),
                           (lambda one: engine.forecast_hours(one, Calendar()).outcome, 24)):  # fmt: skip
        short, long = forecast(later), forecast(whole)
        assert np.array_equal(short.points, long.points)
        assert {place + silence * step: said for place, said in short.replayed.items()} == long.replayed
        assert max(said[2] for said in long.replayed.values()) < 3 * 40
