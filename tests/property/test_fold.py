"""The fold: any order, duplication and batching of the same facts gives the same timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.domains.flow.rules import (
    ADMISSIONS,
    canonical,
    digest,
    digest_lines,
    fold_facts,
    fold_movement,
    fold_venue,
    merge_movement,
    occupancies,
    state_at,
)
from archipel.domains.flow.values import (
    CANCELLED_TRIGGERS,
    Action,
    MovementFact,
    Place,
    VenueOwnerFact,
    VenueStatus,
)

T0 = datetime(2026, 1, 5, tzinfo=UTC)
VENUE = "GAM|V1"
TRIGGERS = ("A01", "A04", "A02", "A02", "A03", "A05", "A06", "A07", "A14", "A15", "A16", "A21", "A22", "A54", "A99")
HOURS = st.integers(0, 12)


def stamp(minute: int, salt: str = "x") -> str:
    return f"{T0 + timedelta(minutes=minute):%Y%m%d%H%M%S%f}|{minute}|{salt}"


@st.composite
def movement_facts(draw: st.DrawFn, venues: Sequence[str] = (VENUE,)) -> MovementFact:
    action = draw(st.sampled_from((Action.INSERT, Action.INSERT, Action.UPDATE, Action.CANCEL)))
    trigger = draw(st.sampled_from(TRIGGERS))
    anonymous = action is Action.CANCEL and draw(st.booleans())
    event = draw(st.sampled_from(sorted(CANCELLED_TRIGGERS))) if action is Action.CANCEL else trigger
    number = draw(st.integers(0, 5))
    places = st.builds(Place, st.sampled_from(("", "U1", "U2")), st.just(""), st.sampled_from(("", "1", "2")))
    return MovementFact(
        movement=f"GAM|{number}",
        action=action,
        event="Z99" if action is Action.UPDATE else event,
        trigger=trigger,
        effective_at=T0 + timedelta(hours=draw(HOURS)),
        stamp=stamp(draw(st.integers(0, 20)), draw(st.sampled_from("ab"))),
        venue=draw(st.sampled_from(venues)),
        patient=draw(st.sampled_from(("GAM|P1", "GAM|P2"))),
        patient_class=draw(st.sampled_from(("", "I", "E"))),
        place=draw(st.none() | places),
        uf_medicale=draw(st.sampled_from(("", "M1", "M2"))),
        uf_soins=draw(st.sampled_from(("", "S1"))),
        nature=draw(st.sampled_from(("", "HMS", "H", "M", "S", "MS", "L", "D", "C"))),
        expected_exit=draw(st.none() | HOURS.map(lambda h: T0 + timedelta(days=1, hours=h))),
        exit_mode=draw(st.sampled_from(("", "8"))),
        wish=draw(st.sampled_from(("", "CHI"))),
        cancels=CANCELLED_TRIGGERS[event] if anonymous else (),
        fact_id=draw(st.integers(0, 10**6)),
    )


FACTS = st.lists(movement_facts(), max_size=14)
OWNERS = st.lists(
    st.builds(VenueOwnerFact, st.just(VENUE), st.sampled_from(("GAM|P3", "GAM|P4")), st.integers(0, 30).map(stamp)),
    max_size=3,
)


@st.composite
def shuffled_with_duplicates(draw: st.DrawFn) -> tuple[list[MovementFact], list[MovementFact]]:
    facts = draw(FACTS)
    extra = draw(st.lists(st.sampled_from(facts), max_size=5)) if facts else []
    again = [replace(fact, fact_id=draw(st.integers(0, 10**6))) for fact in extra]
    return facts, draw(st.permutations(facts + again))


@given(shuffled_with_duplicates(), OWNERS, st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_any_order_and_duplication_gives_one_timeline(pair, owners, random):
    facts, arrived = pair
    mixed = owners + owners[:1]
    random.shuffle(mixed)
    one, other = fold_facts(VENUE, facts, owners), fold_facts(VENUE, arrived, mixed)
    assert one == other
    assert digest(digest_lines([one])) == digest(digest_lines([other]))


@given(st.lists(movement_facts(), max_size=10), st.lists(movement_facts(), max_size=10), st.data())
@settings(deadline=None)
def test_facts_of_a_movement_form_a_semilattice(left, right, data):
    def one(facts: list[MovementFact]) -> list[MovementFact]:
        return [replace(fact, movement="GAM|7", cancels=()) for fact in facts]

    a, b = one(left), one(right)
    cut = data.draw(st.integers(0, len(a)))
    assert merge_movement(a, b) == merge_movement(b, a)
    assert merge_movement(a, a) == merge_movement(a)
    assert merge_movement(merge_movement(a), b) == merge_movement(a, b)
    assert merge_movement(merge_movement(a[:cut]), merge_movement(a[cut:], b)) == merge_movement(a, b)
    if a or b:
        assert fold_movement(merge_movement(merge_movement(a), b)) == fold_movement(a + b)


@given(FACTS)
@settings(deadline=None)
def test_incremental_folding_equals_the_batch(facts):
    kept: dict[str, tuple[MovementFact, ...]] = {}
    anonymous: list[MovementFact] = []
    timeline = fold_venue(VENUE, ())
    for fact in facts:
        if fact.cancels:
            anonymous.append(fact)
        else:
            kept[fact.movement] = merge_movement(kept.get(fact.movement, ()), (fact,))
        timeline = fold_venue(VENUE, [fold_movement(group) for group in kept.values()], anonymous)
    assert timeline == fold_facts(VENUE, facts)


@given(FACTS)
@settings(max_examples=400, deadline=None)
def test_segments_are_sorted_disjoint_and_worth_a_segment(facts):
    timeline = fold_facts(VENUE, facts)
    for segment in timeline.segments:
        assert segment.end is None or segment.begin < segment.end
    for before, after in zip(timeline.segments, timeline.segments[1:], strict=False):
        assert before.end is not None and before.end <= after.begin
        if before.end == after.begin:
            same = replace(before, begin=after.begin, end=after.end, movement=after.movement)
            assert same != after, "two alike segments should be one"
    if timeline.discharged_at is not None:
        assert all(s.end is not None and s.end <= timeline.discharged_at for s in timeline.segments)
    if timeline.cancelled:
        assert not timeline.segments


@given(FACTS, st.integers(-2, 26))
@settings(max_examples=300, deadline=None)
def test_reading_at_a_moment(facts, half_hours):
    timeline = fold_facts(VENUE, facts)
    at = T0 + timedelta(minutes=30 * half_hours)
    state = state_at(timeline, at)
    covering = [s for s in timeline.segments if s.begin <= at and (s.end is None or at < s.end)]
    assert len(covering) <= 1
    assert state.segment == (covering[0] if covering else None)
    assert (state.segment is not None) == (state.status in (VenueStatus.PRESENTE, VenueStatus.ABSENTE))
    if state.upcoming is not None:
        assert state.upcoming.begin > at
    if state.since is not None:
        assert state.since <= at
    if state.next_change_at is not None:
        assert state.next_change_at > at
    moments = [at + timedelta(hours=step) for step in range(1, 15)]
    for later in moments:
        if state.next_change_at is None or later < state.next_change_at:
            then = state_at(timeline, later)
            assert (then.status, then.segment, then.upcoming) == (state.status, state.segment, state.upcoming)


@given(FACTS, HOURS)
@settings(deadline=None)
def test_the_future_never_occupies(facts, hour):
    at = T0 + timedelta(hours=hour)
    past = [fact for fact in facts if fact.effective_at <= at and not fact.cancels]
    inserts = [f for f in past if f.action is Action.INSERT]
    later = [
        replace(f, movement=f"GAM|f{i}", effective_at=at + timedelta(hours=1 + i), expected_exit=None)
        for i, f in enumerate(f for f in facts if f.action is Action.INSERT and f.trigger != "A03")
    ]
    with_future = fold_facts(VENUE, inserts + later)
    without = fold_facts(VENUE, inserts)
    now, before = state_at(with_future, at), state_at(without, at)
    assert (now.segment is None) == (before.segment is None)
    if now.segment is not None and before.segment is not None:
        assert replace(now.segment, end=None) == replace(before.segment, end=None)
    for place, occupancy in occupancies([with_future], at).items():
        assert all(occupant.since <= at for occupant in occupancy.occupants), place


@given(FACTS, movement_facts())
@settings(deadline=None)
def test_a_planned_exit_never_frees(facts, planned):
    pending = replace(
        planned, movement="GAM|planned", action=Action.INSERT, event="A16", trigger="A16", cancels=(), stamp=""
    )
    inserts = [fact for fact in facts if not fact.cancels]
    assert fold_facts(VENUE, [*inserts, pending]).segments == fold_facts(VENUE, inserts).segments
    assert fold_facts(VENUE, [*inserts, pending]).discharged_at == fold_facts(VENUE, inserts).discharged_at


@given(FACTS, movement_facts())
@settings(deadline=None)
def test_a_cancelled_movement_leaves_no_trace_whenever_its_cancel_came(facts, victim):
    others = [fact for fact in facts if fact.movement != victim.movement and not fact.cancels]
    insert = replace(victim, action=Action.INSERT, cancels=(), patient="")
    cancel = replace(insert, action=Action.CANCEL, stamp="", fact_id=1)
    without = fold_facts(VENUE, others)
    for order in ([cancel, insert, *others], [insert, *others, cancel], [*others, cancel, insert]):
        withdrawn = fold_facts(VENUE, order)
        assert withdrawn.segments == without.segments
        assert withdrawn.plans == without.plans
        assert withdrawn.discharged_at == without.discharged_at


@given(FACTS)
@settings(deadline=None)
def test_the_canonical_form_knows_no_row_number_and_no_arrival(facts):
    renumbered = [replace(fact, fact_id=index) for index, fact in enumerate(reversed(facts))]
    assert canonical(fold_facts(VENUE, facts)) == canonical(fold_facts(VENUE, renumbered))
    paris = [replace(f, effective_at=f.effective_at.astimezone()) for f in facts]
    assert canonical(fold_facts(VENUE, facts)) == canonical(fold_facts(VENUE, paris))


@given(st.lists(movement_facts(venues=("GAM|V1", "GAM|V2", "GAM|V3")), max_size=20), st.randoms())
@settings(deadline=None)
def test_the_digest_of_a_house_ignores_the_order_of_arrival(facts, random):
    def whole(arrived: list[MovementFact]) -> str:
        lines = digest_lines(fold_facts(f"GAM|V{n}", arrived) for n in (1, 2, 3))
        return digest(sorted(lines))

    mixed = list(facts)
    random.shuffle(mixed)
    assert whole(facts) == whole(mixed)


def test_the_digest_refuses_unsorted_lines():
    with pytest.raises(ValueError, match="sorted"):
        digest(["b", "a"])


@given(FACTS)
@settings(deadline=None)
def test_presence_needs_a_movement_that_occupies(facts):
    timeline = fold_facts(VENUE, facts)
    winners = {fact.movement for fact in facts if fact.trigger in {*ADMISSIONS, "A02", "A06", "A07", "A21", "A22"}}
    assert {segment.movement for segment in timeline.segments} <= winners
