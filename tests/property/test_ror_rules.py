"""When to speak to the ROR of an offer, in which order, and how failures are spaced out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.ror.codec import mapping_file
from archipel.connectors.ror.codec.patch import Operation
from archipel.connectors.ror.config import ror_config
from archipel.connectors.ror.rules import Situation, backoff, lateness, reason_to_send, steps
from archipel.domains.flow.values.offers import Indicator, Offer
from archipel.territory.values import FILIERE_LABELS

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
KEYS = sorted(ror_config().valid)
statements = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 50), max_size=8)
held = st.dictionaries(
    st.sampled_from(KEYS), st.tuples(st.integers(0, 50), st.integers(0, 200).map(lambda m: NOW - timedelta(minutes=m)))
)
hours = st.floats(0.1, 200).map(lambda h: timedelta(hours=h))
moments = st.none() | st.integers(-10_000, 0).map(lambda m: NOW + timedelta(minutes=m))


@given(statements, held, st.none() | st.integers(0, 200).map(lambda m: NOW - timedelta(minutes=m)))
def test_the_steps_make_the_ror_say_what_it_should(
    should: dict[Indicator, int], accepted: dict[Indicator, tuple[int, datetime]], stale: datetime | None
) -> None:
    after = {key: count for key, (count, _) in accepted.items()}
    done = steps(should, accepted, stale_before=stale)
    for step in done:
        if step.operation is Operation.DELETE:
            del after[step.indicator]
        else:
            after[step.indicator] = step.count
    assert after == should
    assert len({step.indicator for step in done}) == len(done), "each indicator is told once"
    for step in done:
        known = accepted.get(step.indicator)
        unchanged = known is not None and step.operation is Operation.REPLACE and known[0] == step.count
        assert not unchanged or (stale is not None and known is not None and known[1] < stale)


@given(statements, held)
def test_what_goes_down_leaves_before_what_goes_up(
    should: dict[Indicator, int], accepted: dict[Indicator, tuple[int, datetime]]
) -> None:
    moves = [
        step.count - accepted.get(step.indicator, (0, NOW))[0]
        for step in steps(should, accepted, stale_before=None)
        if step.operation is Operation.REPLACE
    ]
    ups = [rank for rank, move in enumerate(moves) if move > 0]
    downs = [rank for rank, move in enumerate(moves) if move < 0]
    assert not ups or not downs or max(downs) < min(ups)
    now = {key: count for key, (count, _) in accepted.items()}
    most = max(sum(now.values()), sum(should.values()))
    for step in steps(should, accepted):
        now[step.indicator] = step.count if step.operation is not Operation.DELETE else 0
        assert sum(now.values()) <= most, "no moment of the sequence tells more than both ends"


beds = st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9), st.sampled_from(["01", "02"])).map(
    lambda drawn: {
        Indicator("01"): drawn[0],
        Indicator("05", closing=drawn[3]): min(drawn[1], drawn[0]),
        Indicator("02", gender="04"): max(0, min(drawn[2], drawn[0] - drawn[1])),
    }
)


@given(beds, beds)
def test_no_moment_of_the_sequence_shows_a_closed_offer_with_a_free_bed(
    before: dict[Indicator, int], after: dict[Indicator, int]
) -> None:
    now = dict(before)
    for step in steps(after, {key: (count, NOW) for key, count in before.items()}):
        now[step.indicator] = step.count if step.operation is not Operation.DELETE else 0
        counts = {status: sum(n for key, n in now.items() if key.status == status) for status in ("01", "02", "05")}
        assert counts["02"] == 0 or counts["05"] < counts["01"], step


@given(moments, moments, moments, st.booleans(), moments, st.booleans(), hours, st.floats(0, 60))
def test_a_reason_to_send(
    accepted: datetime | None, sent: datetime | None, later: datetime | None, asked: bool, tried: datetime | None,
    differs: bool, every: timedelta, spacing: float,
) -> None:  # fmt: skip
    wait = None if later is None else NOW - (later - NOW)
    one = Situation(accepted, sent, wait, asked, tried, differs)
    why = reason_to_send(one, NOW, every, timedelta(minutes=spacing))
    assert why in ("", "demande", "reprise", "changement", "cadence")
    assert (why == "demande") == asked
    if wait is not None and wait > NOW and not asked:
        assert why == "", "a failure waits for its delay"
    if why == "changement":
        assert differs and (sent is None or NOW - sent >= timedelta(minutes=spacing))
    if not why and wait is None and not differs:
        last = max((moment for moment in (accepted, tried) if moment), default=None)
        assert last is not None and NOW - last < every, "nobody waits longer than the cadence"


@given(moments, hours, st.floats(0, 10))
def test_lateness(accepted: datetime | None, every: timedelta, grace: float) -> None:
    tolerance = timedelta(hours=grace)
    late = lateness(accepted, NOW - timedelta(days=1), NOW, every, tolerance)
    if accepted is not None:
        assert (late is not None) == (NOW - accepted >= every + tolerance)
    assert late is None or late <= NOW


@given(st.integers(1, 500), st.floats(0, 0.999), hours, hours)
def test_retries_lengthen_and_are_spread(attempts: int, chance: float, first: timedelta, longest: timedelta) -> None:
    wait = backoff(attempts, first, longest, chance)
    whole = min(longest, min(first, longest) * 2 ** min(attempts - 1, 20))
    assert whole / 2 <= wait < whole + timedelta(microseconds=2)
    assert backoff(attempts + 1, first, longest, chance) >= wait - timedelta(microseconds=2)


texts = st.text(st.characters(whitelist_categories=("Lu", "Ll", "Nd")), min_size=1, max_size=8)
offers = st.builds(
    Offer, establishment=st.just("210780581"), structure=st.just("1210987558"), code=texts, name=texts,
    filiere=st.sampled_from(sorted(FILIERE_LABELS)), nature=st.sampled_from(["01", "02", "03"]),
    units=st.lists(texts, max_size=3, unique=True).map(tuple), closed=st.booleans(),
    extra_without_staff=st.integers(0, 99), extra_with_staff=st.integers(0, 99),
    crisis=st.sampled_from(["", "01", "02"]), assignment=st.sampled_from(["01", "02", "03"]),
    valid_from=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)  # fmt: skip


@given(st.lists(offers, max_size=5, unique_by=lambda one: (one.code, one.valid_from)))
def test_a_file_of_offers_is_read_as_it_was_written(wanted: list[Offer]) -> None:
    rows = [(n, line.split(";")) for n, line in enumerate(mapping_file.write(wanted).splitlines(), 1)]
    lines, faults = mapping_file.read(rows, today=date(2026, 1, 1))
    assert [line.offer for line in lines] == wanted and faults == []


@given(st.lists(st.lists(st.text(max_size=12), max_size=16), max_size=6))
def test_any_table_is_read_or_its_faults_are_named(table: list[list[str]]) -> None:
    rows = [(0, list(mapping_file.COLUMNS)), *enumerate(table, 1)]
    lines, faults = mapping_file.read(rows, today=date(2026, 1, 1))
    assert len(lines) + len(faults) == len(table)
    assert all(fault.sentence.startswith(f"Ligne {fault.line}") for fault in faults)
