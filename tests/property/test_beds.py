"""Beds and passages: ledgers read the same in any order, undos restore, and the word shown agrees with the facts."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.domains.flow.rules import (
    RESERVED_WITHIN,
    bed_state,
    ed_status,
    fold_bed_facts,
    fold_ed_facts,
    occupancies,
    rank_beds,
    room_state,
    standing,
)
from archipel.domains.flow.values import Place, Plan, Segment, VenueTimeline
from archipel.domains.flow.values.beds import (
    BedFact,
    BedFactKind,
    BedStateKind,
    Closure,
    Occupant,
    Reservation,
    RoomBed,
)
from archipel.domains.flow.values.ed import EdFact, EdFactKind, EdStep
from archipel.domains.flow.values.ranking import BedCandidate, BedRequest, ProtectedRule, RankingRules

T0 = datetime(2026, 1, 5, tzinfo=UTC)
MOMENTS = st.integers(0, 24).map(lambda h: T0 + timedelta(hours=h))
SAYING = [kind for kind in BedFactKind if kind is not BedFactKind.ANNULATION]


@st.composite
def bed_ledgers(draw: st.DrawFn) -> list[BedFact]:
    facts: list[BedFact] = []
    for number in range(draw(st.integers(0, 9))):
        undoes = draw(st.none() | st.integers(0, 9)) if number else None
        facts.append(
            BedFact(
                fact_id=number,
                kind=BedFactKind.ANNULATION if undoes is not None else draw(st.sampled_from(SAYING)),
                effective_at=draw(MOMENTS),
                recorded_at=draw(MOMENTS),
                actor="cadre",
                reason=draw(st.sampled_from(("", "travaux"))),
                until=draw(st.none() | MOMENTS),
                subject=draw(st.sampled_from(("", "R1", "R2"))),
                value=draw(st.sampled_from(("", "01", "F"))),
                undoes=undoes,
            )
        )
    return facts


@given(bed_ledgers(), MOMENTS, MOMENTS, st.data())
@settings(max_examples=300, deadline=None)
def test_the_ledger_of_a_bed_ignores_order_and_duplication(facts, at, known_at, data):
    extra = data.draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    mixed = data.draw(st.permutations(facts + extra))
    assert fold_bed_facts(mixed, at, known_at) == fold_bed_facts(facts, at, known_at)


@given(bed_ledgers(), MOMENTS)
@settings(deadline=None)
def test_an_undo_restores_and_its_undo_restores_again(facts, at):
    end = T0 + timedelta(days=9)
    before = fold_bed_facts(facts, at, end)
    for kind in SAYING:
        said = BedFact(100, kind, at, end, "cadre", "erreur", subject="R1", value="F")
        undo = BedFact(101, BedFactKind.ANNULATION, at, end, "cadre", undoes=100)
        redo = BedFact(102, BedFactKind.ANNULATION, at, end, "cadre", undoes=101)
        assert fold_bed_facts([undo, said, *facts], at, end) == before
        assert fold_bed_facts([redo, undo, said, *facts], at, end) == fold_bed_facts([*facts, said], at, end)


@given(bed_ledgers(), MOMENTS, MOMENTS)
@settings(deadline=None)
def test_what_was_recorded_later_was_not_known(facts, at, known_at):
    known = [fact for fact in facts if fact.recorded_at <= known_at]
    assert fold_bed_facts(facts, at, known_at) == fold_bed_facts(known, at, known_at)
    assert {f.fact_id for f in standing(facts, known_at)} <= {f.fact_id for f in known}


@given(bed_ledgers(), MOMENTS)
@settings(max_examples=300, deadline=None)
def test_nothing_changes_before_the_announced_moment(facts, at):
    end = T0 + timedelta(days=9)
    ledger = fold_bed_facts(facts, at, end)
    for step in range(1, 26):
        later = at + timedelta(hours=step)
        if ledger.next_change_at is None or later < ledger.next_change_at:
            assert fold_bed_facts(facts, later, end) == ledger


def test_overlapping_closures_and_reservations():
    def said(number: int, kind: BedFactKind, hour: int, until: int | None = None, subject: str = "") -> BedFact:
        end = None if until is None else T0 + timedelta(hours=until)
        at = T0 + timedelta(hours=hour)
        return BedFact(number, kind, at, T0 + timedelta(minutes=number), "cadre", str(number), end, subject)

    facts = [
        said(1, BedFactKind.FERMETURE, 1, 10),
        said(2, BedFactKind.FERMETURE, 3, 5),
        said(3, BedFactKind.RESERVATION, 20, None, "R1"),
        said(4, BedFactKind.RESERVATION, 18, 22, "R2"),
        said(5, BedFactKind.ANNULATION_RESERVATION, 6, None, "R1"),
    ]
    end = T0 + timedelta(days=1)
    read = {hour: fold_bed_facts(facts, T0 + timedelta(hours=hour), end) for hour in (0, 2, 4, 7, 11, 23)}
    assert [ledger.closure.reason if ledger.closure else None for ledger in read.values()] == [
        None,
        "1",
        "2",
        "1",
        None,
        None,
    ]
    assert [[r.subject for r in ledger.reservations] for ledger in read.values()] == [
        ["R2", "R1"],
        ["R2", "R1"],
        ["R2", "R1"],
        ["R2"],
        ["R2"],
        [],
    ]


# --- one bed ------------------------------------------------------------------------------------------

CLOSURES = st.none() | st.builds(Closure, MOMENTS, st.just("travaux"), st.just("01"), st.none())
OCCUPANTS = st.lists(
    st.builds(Occupant, st.sampled_from(("V1", "V2", "V3")), MOMENTS, st.booleans(), st.sampled_from(("", "F", "M"))),
    max_size=3,
    unique_by=lambda o: o.venue,
)
RESERVATIONS = st.lists(st.builds(Reservation, st.sampled_from(("V1", "R1")), MOMENTS, st.none() | MOMENTS), max_size=2)


@given(
    st.booleans(),
    CLOSURES,
    CLOSURES,
    RESERVATIONS,
    OCCUPANTS,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    st.booleans(),
    MOMENTS,
)
@settings(max_examples=400, deadline=None)
def test_the_word_agrees_with_the_facts(
    installed, closure, unstaffed, reservations, occupants, vacated, cleaned, dirty, tracks, at
):
    given_facts = {
        "installed": installed,
        "closure": closure,
        "unstaffed": unstaffed,
        "vacated_at": vacated,
        "cleaned_at": cleaned,
        "to_clean_at": dirty,
        "tracks_cleaning": tracks,
        "at": at,
    }
    state = bed_state(reservations=reservations, occupants=occupants, **given_facts)
    mirrored = bed_state(reservations=reservations[::-1], occupants=occupants[::-1], **given_facts)
    assert state == mirrored
    assert state.conflict == (len(occupants) > 1)
    assert (state.state is BedStateKind.OCCUPE) == bool(occupants)
    assert state.available == (state.state is BedStateKind.LIBRE)
    if state.available:
        assert installed and closure is None and unstaffed is None and not occupants
        assert not any(
            r.expected_at <= at + RESERVED_WITHIN and (r.until is None or r.until > at) for r in reservations
        )
        assert not (tracks and vacated is not None and (cleaned is None or cleaned < vacated))
        assert dirty is None or (cleaned is not None and cleaned >= dirty)


ROOMS = st.lists(
    st.builds(
        RoomBed,
        st.sampled_from("1234"),
        st.sampled_from(("", "F", "M")),
        st.sampled_from(("", "contact")),
        OCCUPANTS.map(tuple),
    ),
    max_size=4,
    unique_by=lambda bed: bed.lit,
)


@given(ROOMS, st.randoms())
@settings(deadline=None)
def test_a_room_says_the_same_whatever_the_order_of_its_beds(beds, random):
    mixed = list(beds)
    random.shuffle(mixed)
    room = room_state(beds)
    assert room == room_state(mixed)
    if len(beds) < 2:
        assert (room.sexe, room.conflict, room.blocked) == ("", False, ())
    if not room.conflict and len(beds) > 1:
        present = {o.sexe for bed in beds for o in bed.occupants if o.sexe}
        assert present <= {room.sexe}
    for bed in beds:
        if bed.lit in room.blocked:
            assert not bed.occupants


# --- places -------------------------------------------------------------------------------------------


@st.composite
def timelines(draw: st.DrawFn, venue: str = "V") -> VenueTimeline:
    cuts = sorted(set(draw(st.lists(st.integers(0, 24), min_size=2, max_size=6))))
    segments = []
    for begin, end in itertools.pairwise(cuts):
        if draw(st.integers(0, 3)):
            place = Place(draw(st.sampled_from(("URG", "MED"))), "", draw(st.sampled_from("12")))
            segments.append(
                Segment(T0 + timedelta(hours=begin), T0 + timedelta(hours=end), place, "", "", "", True, f"m{begin}")
            )
    if segments and draw(st.booleans()):
        segments[-1] = replace(segments[-1], end=None)
    closed = segments[-1].end if segments else None
    plans = (Plan("A15", draw(MOMENTS), Place("MED", "", "1"), "", "p", "20260105020000000000|a|b"),)
    return VenueTimeline(venue, f"P{venue}", tuple(segments), plans if closed is None else (), closed, "", None, False)


@given(st.lists(st.integers(0, 5), max_size=4, unique=True).flatmap(
    lambda names: st.tuples(*(timelines(f"V{n}") for n in names))), MOMENTS)  # fmt: skip
@settings(deadline=None)
def test_every_present_patient_is_in_one_place_and_nobody_else_is(houses, at):
    found = occupancies(houses, at)
    assert found == occupancies(houses[::-1], at)
    seen = sorted(o.venue for place in found.values() for o in place.occupants)
    present = [t.venue for t in houses if any(s.begin <= at and (s.end is None or at < s.end) for s in t.segments)]
    assert seen == sorted(present)
    for place in found.values():
        assert all(o.since <= at for o in place.occupants)
        assert place.vacated_at is None or place.vacated_at <= at


# --- emergency department -----------------------------------------------------------------------------


@st.composite
def ed_ledgers(draw: st.DrawFn) -> list[EdFact]:
    facts = []
    for number in range(draw(st.integers(0, 6))):
        undoes = draw(st.none() | st.none() | st.integers(0, 6))
        saying = [kind for kind in EdFactKind if kind is not EdFactKind.ANNULATION]
        kind = EdFactKind.ANNULATION if undoes is not None else draw(st.sampled_from(saying))
        details = {"niveau": draw(st.sampled_from("12345"))}
        facts.append(EdFact(number, kind, draw(MOMENTS), draw(MOMENTS), "ide", details, undoes))
    return facts


USAGES = {Place("URG", "", "1"): "attente", Place("URG", "", "2"): "box"}


@given(timelines(), ed_ledgers(), MOMENTS, st.randoms())
@settings(max_examples=300, deadline=None)
def test_a_passage_goes_forward(timeline, facts, at, random):
    mixed = list(facts)
    random.shuffle(mixed)
    ledger = fold_ed_facts(facts, at, at)
    assert ledger == fold_ed_facts(mixed, at, at)
    status = ed_status(timeline, usages=USAGES, ed_ufs={"URG"}, ledger=ledger, at=at)
    came = [s for s in timeline.segments if s.place.uf == "URG" and s.begin <= at]
    assert (status is None) == (not came)
    if status is None:
        return
    order = list(EdStep)
    ranks = [order.index(step) for step, _ in status.steps]
    moments = [moment for _, moment in status.steps]
    assert ranks == sorted(set(ranks))
    assert moments == sorted(moments)
    assert status.arrived_at == moments[0] and moments[-1] <= at
    inside = any(s.begin <= at and (s.end is None or at < s.end) for s in came)
    assert (status.step is EdStep.SORTIE) == (not inside)
    if inside and (ledger.request is not None or timeline.plans):
        assert status.step is EdStep.ATTENTE_AVAL


# --- ranking ------------------------------------------------------------------------------------------

FILIERES = st.sampled_from(("MED", "GER", "CHI"))
SEXES = st.sampled_from(("", "F", "M"))
SITES = st.sampled_from(("", "E1", "E2"))
DEGREES = st.none() | st.floats(-60, 60)
CANDIDATES = st.lists(
    st.builds(
        BedCandidate,
        key=st.integers(0, 99).map(str),
        establishment=st.just("J"),
        eg=st.sampled_from(("E1", "E2")),
        uf=st.sampled_from(("U1", "U2")),
        label=st.just("lit"),
        filiere=FILIERES,
        available=st.booleans(),
        in_hours=st.none() | st.floats(0, 9),
        single=st.booleans(),
        isolation_capable=st.booleans(),
        room_sexe=SEXES,
        room_isolation=st.sampled_from(("", "contact", "air")),
        protected_for=SITES,
        age_min=st.none() | st.just(18),
        latitude=DEGREES,
        longitude=DEGREES,
        travel_minutes=st.none() | st.floats(0, 300),
    ),
    max_size=8,
    unique_by=lambda bed: bed.key,
)
REQUESTS = st.builds(
    BedRequest, FILIERES, SEXES, st.sampled_from(("", "contact")), st.none() | st.integers(0, 99), SITES,
    DEGREES, DEGREES, st.booleans(),
)  # fmt: skip
RULES = st.builds(
    RankingRules,
    compatibility=st.just({"MED": {"GER": 60}}),
    protected=st.sampled_from(ProtectedRule),
    max_km=st.none() | st.just(500.0),
    accept_within_hours=st.sampled_from((0.0, 4.0)),
)


@given(REQUESTS, CANDIDATES, RULES, st.randoms())
@settings(max_examples=300, deadline=None)
def test_ranking_is_total_explained_and_loses_no_bed(request_, beds, rules, random):
    mixed = list(beds)
    random.shuffle(mixed)
    ranked = rank_beds(request_, beds, rules)
    assert ranked == rank_beds(request_, mixed, rules)
    assert sorted(bed.candidate.key for bed in ranked) == sorted(bed.key for bed in beds)
    usable = [bed for bed in ranked if not bed.excluded]
    assert list(ranked[: len(usable)]) == usable
    assert [bed.rank for bed in usable] == list(range(1, len(usable) + 1))
    assert [bed.score for bed in usable] == sorted((bed.score for bed in usable), reverse=True)
    for bed in ranked:
        assert bed.reasons and bed.excluded == any(reason.excludes for reason in bed.reasons)
        assert bed.score == sum(reason.points for reason in bed.reasons)
    for bed in usable:
        found = bed.candidate
        shared = not found.single
        assert not (shared and found.room_sexe and request_.sexe and found.room_sexe != request_.sexe)
        assert not (shared and found.room_isolation and found.room_isolation != request_.isolement)
        assert found.filiere == request_.filiere or (request_.filiere, found.filiere) == ("MED", "GER")
