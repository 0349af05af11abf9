"""Tension: levels, journal and BJML, whatever the order of lines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archipel.domains.flow.queries.tension_config import parse
from archipel.domains.flow.rules.tension import (
    bed_need,
    group_level,
    kept_level,
    read_signal,
    same_week,
    site_level,
    stand,
)
from archipel.domains.flow.values.tension import (
    DayCount,
    Direction,
    Level,
    LevelSource,
    Mode,
    Signal,
    TensionFact,
    TensionFactKind,
    Threshold,
)
from archipel.kernel.errors import Invalid

BEGIN = datetime(2026, 11, 26, 8, tzinfo=UTC)
K = TensionFactKind
levels = st.sampled_from(list(Level))


@st.composite
def journals(draw: st.DrawFn) -> list[TensionFact]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        at = BEGIN + timedelta(minutes=draw(st.integers(0, 300)))
        kind = draw(st.sampled_from(list(K)))
        level = Level.NORMAL if kind is K.LEVEE else draw(levels)
        if kind is K.DECLARATION:
            level = max(level, Level.VIGILANCE)
        until = at + timedelta(minutes=draw(st.integers(1, 200))) if kind is K.DECLARATION else None
        found.append(TensionFact(number, kind, level, at, at, until=until))
    return found


@given(journals(), st.randoms(), st.integers(0, 600))
def test_the_journal_reads_the_same_in_any_order(rows, random, minutes) -> None:
    at = BEGIN + timedelta(minutes=minutes)
    shuffled = list(rows)
    random.shuffle(shuffled)
    read = stand(rows, at, at)
    assert stand(shuffled, at, at) == read
    assert (read.since is None) == (not any(f.effective_at <= at for f in rows))
    if read.since is not None:
        assert read.since <= at
    if read.declared is not None:
        assert read.level >= read.declared.level
        assert read.declared.until is None or read.declared.until > at


def line(number: int, kind: TensionFactKind, level: Level, minutes: int, until: int | None = None) -> TensionFact:
    at = BEGIN + timedelta(minutes=minutes)
    return TensionFact(number, kind, level, at, at, until=None if until is None else BEGIN + timedelta(minutes=until))


def read(rows: list[TensionFact], minutes: int) -> tuple[Level, LevelSource, int | None]:
    at = BEGIN + timedelta(minutes=minutes)
    found = stand(rows, at, at)
    since = None if found.since is None else int((found.since - BEGIN).total_seconds() // 60)
    return found.level, found.source, since


def test_the_life_of_a_tension() -> None:
    rows = [
        line(1, K.CALCUL, Level.NORMAL, 0),
        line(2, K.CALCUL, Level.TENSION, 10),
        line(3, K.LEVEE, Level.NORMAL, 20),
        line(4, K.CALCUL, Level.VIGILANCE, 30),
        line(5, K.CALCUL, Level.FORTE, 40),
        line(6, K.CALCUL, Level.NORMAL, 50),
        line(7, K.DECLARATION, Level.TENSION, 60, until=90),
        line(8, K.CALCUL, Level.FORTE, 70),
        line(9, K.CALCUL, Level.NORMAL, 80),
    ]
    assert read(rows, 5) == (Level.NORMAL, LevelSource.CALCUL, 0)
    assert read(rows, 15) == (Level.TENSION, LevelSource.CALCUL, 10)
    assert read(rows, 25) == (Level.NORMAL, LevelSource.LEVEE, 20)
    assert read(rows, 35) == (Level.NORMAL, LevelSource.LEVEE, 20)  # lower than what was lifted
    assert read(rows, 45) == (Level.FORTE, LevelSource.CALCUL, 40)  # higher: the lift is over
    assert read(rows, 65) == (Level.TENSION, LevelSource.DECLARATION, 60)
    assert read(rows, 75) == (Level.FORTE, LevelSource.CALCUL, 70)
    assert read(rows, 85) == (Level.TENSION, LevelSource.DECLARATION, 80)
    assert read(rows, 95) == (Level.NORMAL, LevelSource.CALCUL, 90)
    assert read([], 5) == (Level.NORMAL, LevelSource.INCONNU, None)


thresholds = st.builds(
    lambda direction, steps: Threshold(
        direction, Mode.ABSOLU, tuple(sorted(steps, reverse=direction is Direction.BAS))
    ),
    st.sampled_from(list(Direction)),
    st.lists(st.floats(-50, 50), min_size=3, max_size=3),
)
values = st.none() | st.floats(-60, 60)


@given(values, values, thresholds)
def test_a_tenser_value_never_gives_a_lower_level(one, other, threshold) -> None:
    first, second = (read_signal(Signal.CHARGE, v, threshold) for v in (one, other))
    if one is None:
        assert first.level is Level.NORMAL
    elif other is not None and (one <= other) == (threshold.direction is Direction.HAUT) and one != other:
        assert first.level <= second.level


@given(st.lists(levels, max_size=6), st.integers(1, 4))
def test_a_group_is_at_a_level_when_enough_sites_are(sites, minimum) -> None:
    found = group_level(sites, minimum)
    if not sites:
        assert found is Level.NORMAL
    else:
        assert sum(1 for one in sites if one >= found) >= min(minimum, len(sites))
        assert sum(1 for one in sites if one > found) < min(minimum, len(sites))


@given(st.lists(st.tuples(st.sampled_from(list(Signal)), values, thresholds), max_size=8))
def test_a_site_needs_as_many_indicators_as_said(rows) -> None:
    needed = {Level.VIGILANCE: 1, Level.TENSION: 2, Level.FORTE: 3}
    readings = [read_signal(signal, value, threshold) for signal, value, threshold in rows]
    found = site_level(readings, needed)
    if found:
        assert sum(1 for one in readings if one.level >= found) >= needed[found]


@given(levels, st.lists(levels))
def test_a_level_rises_at_once_and_falls_with_all_of_the_window(raw, recent) -> None:
    found = kept_level(raw, recent)
    assert found >= raw
    assert found in {raw, *recent}


@given(st.dates(date(2005, 1, 1), date(2060, 12, 31)), st.integers(1, 7))
def test_the_same_week_is_seven_days_a_year(day: date, years: int) -> None:
    found = same_week(day, years)
    assert len(found) == len(set(found)) == 7 * years
    assert all(one < day for one in found)
    assert {one.isocalendar()[0] for one in found} == {day.isocalendar()[0] - n for n in range(1, years + 1)}
    assert all(one.isocalendar()[1] in (day.isocalendar()[1], 52) for one in found)


@given(
    st.dates(date(2010, 1, 1), date(2040, 12, 31)), st.integers(1, 5), st.integers(1, 99),
    st.dictionaries(st.integers(0, 34), st.integers(0, 60)), st.integers(1, 20),
)  # fmt: skip
def test_bjml_is_a_value_of_its_days_that_few_are_under(day, years, percentile, by_rank, minimum) -> None:
    wanted = same_week(day, years)
    history = {
        wanted[rank]: DayCount(wanted[rank].toordinal(), n + 9, n + 9, n, 0)
        for rank, n in by_rank.items()
        if rank < len(wanted)
    }
    need = bed_need(history, day, years=years, percentile=percentile, minimum_days=minimum)
    assert need.days == len(history)
    assert (need.beds is None) == (len(history) < minimum)
    if need.beds is not None:
        values = [one.hospitalised for one in history.values()]
        assert need.beds in values
        assert 100 * sum(1 for v in values if v < need.beds) < percentile * len(values)
        assert 100 * sum(1 for v in values if v <= need.beds) >= percentile * len(values)


def test_bad_parameters_are_named() -> None:
    wrong = [
        ({"calcul": {"toutes_les_minutes": 0}}, "calcul.toutes_les_minutes"),
        ({"aval": {"filieres": ["XXX"]}}, "aval.filieres"),
        ({"indicateurs": {"charge": {"seuils": [3, 2, 1]}}}, "indicateurs.charge.seuils"),
        ({"indicateurs": {"lits_disponibles": {"sens": "bas", "seuils": [1, 2, 3]}}}, "lits_disponibles.seuils"),
        ({"indicateurs": {"meteo": {"seuils": [1, 2, 3]}}}, "meteo"),
        ({"sites": {"210987558": {"charge": {"seuils": ["a", 2, 3]}}}}, "sites.210987558.charge.seuils"),
        ({"autre": {}}, "autre"),
    ]
    for document, key in wrong:
        try:
            parse(document)
        except Invalid as error:
            assert key in error.message
        else:
            raise AssertionError(document)
