"""Examples of the rules of flow: every cancel pair of IHE PAM France, nature of movements, ED steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from archipel.domains.flow.rules import (
    digest_lines,
    ed_status,
    fold_ed_facts,
    fold_facts,
    fold_movement,
    is_empty,
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
from archipel.domains.flow.values.ed import EdFact, EdFactKind, EdLedger, EdStep

T0 = datetime(2026, 1, 5, 8, tzinfo=UTC)
VENUE = "GAM|V1"
BOX, WARD, WARD_2 = Place("URG", "B", "1"), Place("MED", "101", "1"), Place("CHI", "201", "2")


def hours(count: float) -> datetime:
    return T0 + timedelta(hours=count)


def fact(trigger: str, at: float, number: int | None = None, **more: object) -> MovementFact:
    """An INSERT emitted at its own effective time unless told otherwise."""
    emitted = hours(at)
    base = MovementFact(
        movement=f"GAM|{number if number is not None else trigger}",
        action=Action.INSERT,
        event=trigger,
        trigger=trigger,
        effective_at=hours(at),
        stamp=f"{emitted:%Y%m%d%H%M%S%f}|{trigger}{at}|x",
        venue=VENUE,
        patient="GAM|P1",
    )
    return replace(base, **more)


def stamp(at: float) -> str:
    return f"{hours(at):%Y%m%d%H%M%S%f}|c|x"


def cancel(target: MovementFact, event: str, at: float, *, anonymous: bool) -> MovementFact:
    """A cancel: with the key of its target, or without ZBE-1. It carries the previous movement's units."""
    return replace(
        target,
        movement=f"~{event}{at}" if anonymous else target.movement,
        action=Action.CANCEL,
        event=event,
        stamp=stamp(at),
        place=Place("AVANT", "", ""),
        cancels=CANCELLED_TRIGGERS[event] if anonymous else (),
    )


# Each row: cancel event, trigger cancelled, what came before it, status without the cancel, status with it.
CANCELS = [
    ("A11", "A01", (), VenueStatus.PRESENTE, VenueStatus.ANNULEE),
    ("A11", "A04", (), VenueStatus.PRESENTE, VenueStatus.ANNULEE),
    ("A12", "A02", ("A01",), VenueStatus.PRESENTE, VenueStatus.PRESENTE),
    ("A13", "A03", ("A01",), VenueStatus.SORTIE, VenueStatus.PRESENTE),
    ("A38", "A05", (), VenueStatus.PREADMISE, VenueStatus.ANNULEE),
    ("A07", "A06", ("A04",), VenueStatus.PRESENTE, VenueStatus.PRESENTE),
    ("A06", "A07", ("A01",), VenueStatus.PRESENTE, VenueStatus.PRESENTE),
    ("A27", "A14", (), VenueStatus.PREADMISE, VenueStatus.ANNULEE),
    ("A26", "A15", ("A01",), VenueStatus.PRESENTE, VenueStatus.PRESENTE),
    ("A25", "A16", ("A01",), VenueStatus.PRESENTE, VenueStatus.PRESENTE),
    ("A52", "A21", ("A01",), VenueStatus.ABSENTE, VenueStatus.PRESENTE),
    ("A53", "A22", ("A01", "A21"), VenueStatus.PRESENTE, VenueStatus.ABSENTE),
    ("A55", "A54", ("A01",), VenueStatus.PRESENTE, VenueStatus.PRESENTE),
]


@pytest.mark.parametrize("anonymous", [False, True], ids=["with ZBE-1", "without ZBE-1"])
@pytest.mark.parametrize(("event", "trigger", "before", "without", "expected"), CANCELS)
def test_each_cancel_pair(event, trigger, before, without, expected, anonymous):
    earlier = [fact(t, i, place=WARD, patient_class="E") for i, t in enumerate(before)]
    target = fact(trigger, 3, place=WARD_2, wish="CHI")
    undo = cancel(target, event, 4, anonymous=anonymous)
    at = hours(5)
    assert state_at(fold_facts(VENUE, [*earlier, target]), at).status is without
    reference = fold_facts(VENUE, earlier)
    for order in permutations([*earlier, target, undo]):
        timeline = fold_facts(VENUE, order)
        assert state_at(timeline, at).status is expected
        assert timeline.segments == reference.segments
        assert timeline.plans == reference.plans
        assert timeline.expected_exit == reference.expected_exit


def test_every_pair_of_the_profile_is_in_the_table():
    assert {(event, t) for event, triggers in CANCELLED_TRIGGERS.items() for t in triggers} == {
        (row[0], row[1]) for row in CANCELS
    }


def test_an_anonymous_cancel_takes_the_latest_movement_emitted_before_it():
    first, second = fact("A02", 2, 2, place=WARD), fact("A02", 3, 3, place=WARD_2)
    later = fact("A02", 6, 6, place=Place("SMR"))
    admission = fact("A01", 0, place=BOX)
    undo = cancel(second, "A12", 4, anonymous=True)
    timeline = fold_facts(VENUE, [undo, later, second, first, admission, undo])
    assert [s.place.uf for s in timeline.segments] == ["URG", "MED", "SMR"]
    again = replace(undo, stamp=stamp(5))
    timeline = fold_facts(VENUE, [again, undo, later, second, first, admission])
    assert [s.place.uf for s in timeline.segments] == ["URG", "SMR"]


def test_update_amends_and_keeps_what_it_leaves_empty():
    insert = fact("A01", 0, place=WARD, uf_medicale="M1", nature="HMS")
    update = replace(
        insert,
        action=Action.UPDATE,
        event="Z99",
        trigger="A02",
        stamp=stamp(1),
        place=None,
        uf_medicale="M2",
        nature="",
    )
    won = fold_movement([update, insert])
    assert (won.trigger, won.place, won.uf_medicale, won.nature) == ("A01", WARD, "M2", "HMS")
    alone = fold_movement([update])
    assert (alone.trigger, alone.place, alone.uf_medicale) == ("A02", None, "M2")
    reinsert = replace(insert, stamp=stamp(2), uf_medicale="", place=WARD_2)
    assert fold_movement([reinsert, update, insert]).uf_medicale == ""


def test_the_older_message_loses_even_when_it_arrives_last():
    old = fact("A01", 0, 1, place=WARD)
    new = replace(old, stamp=stamp(9), place=WARD_2)
    assert fold_movement([new, old]).place == WARD_2 == fold_movement([old, new]).place


@pytest.mark.parametrize(
    ("nature", "place", "medicale", "soins"),
    [
        ("", WARD_2, "M2", "S2"),
        ("H", WARD_2, "M2", "S2"),
        ("L", WARD_2, "M2", "S2"),
        ("HMS", WARD_2, "M2", "S2"),
        ("CHM", WARD_2, "M2", "S2"),
        ("M", WARD, "M2", "S2"),
        ("S", WARD, "M2", "S2"),
        ("MS", WARD, "M2", "S2"),
        ("D", WARD, "M1", "S1"),
        ("C", WARD, "M1", "S1"),
    ],
)
def test_the_nature_says_what_a_transfer_changes(nature, place, medicale, soins):
    admission = fact("A01", 0, place=WARD, uf_medicale="M1", uf_soins="S1", nature="HMS", patient_class="I")
    move = fact("A02", 2, place=WARD_2, uf_medicale="M2", uf_soins="S2", nature=nature, patient_class="R")
    last = fold_facts(VENUE, [move, admission]).segments[-1]
    assert (last.place, last.uf_medicale, last.uf_soins) == (place, medicale, soins)
    assert last.patient_class == "R"


def test_emergency_then_admission_keeps_the_venue():
    timeline = fold_facts(
        VENUE, [fact("A06", 3, place=WARD), fact("A04", 0, place=BOX, patient_class="E"), fact("A03", 50)]
    )
    assert [(s.place, s.patient_class) for s in timeline.segments] == [(BOX, "E"), (WARD, "I")]
    assert timeline.discharged_at == hours(50)
    assert timeline.remarks == ()


def test_a_leave_keeps_the_bed():
    timeline = fold_facts(VENUE, [fact("A01", 0, place=WARD), fact("A21", 2), fact("A22", 5)])
    assert [(s.place, s.present) for s in timeline.segments] == [(WARD, True), (WARD, False), (WARD, True)]
    away = state_at(timeline, hours(3))
    assert (away.status, away.since, away.next_change_at) == (VenueStatus.ABSENTE, T0, hours(5))


def test_a_planned_exit_is_expected_and_frees_nothing():
    planned = fact("A16", 30, stamp=stamp(2))
    timeline = fold_facts(VENUE, [planned, fact("A01", 0, place=WARD)])
    assert timeline.expected_exit == hours(30)
    assert state_at(timeline, hours(40)).status is VenueStatus.PRESENTE
    gone = fold_facts(VENUE, [planned, fact("A01", 0, place=WARD), fact("A03", 31)])
    assert (gone.expected_exit, gone.plans) == (None, ())


def test_the_last_announced_exit_is_the_one_expected():
    first, second = fact("A16", 30, 1, stamp=stamp(2)), fact("A16", 20, 2, stamp=stamp(3))
    assert fold_facts(VENUE, [second, fact("A01", 0), first]).expected_exit == hours(20)


def test_a_pending_transfer_ends_with_a_transfer_after_it_was_announced():
    pending = fact("A15", 6, stamp=stamp(2), place=WARD)
    admission = fact("A04", 0, place=BOX)
    assert [p.kind for p in fold_facts(VENUE, [admission, pending]).plans] == ["A15"]
    earlier = fact("A02", 1, 8, place=Place("URG", "B", "2"))
    assert fold_facts(VENUE, [admission, pending, earlier]).plans
    done = fact("A02", 5, 9, place=WARD)
    assert fold_facts(VENUE, [done, admission, pending]).plans == ()


def test_preadmission_then_admission():
    planned = fact("A05", 48, stamp=stamp(0), place=WARD, wish="CHI")
    timeline = fold_facts(VENUE, [planned])
    assert state_at(timeline, hours(60)).status is VenueStatus.PREADMISE
    assert timeline.segments == ()
    assert fold_facts(VENUE, [fact("A01", 47, place=WARD), planned]).plans == ()


def test_a_future_admission_is_a_reservation():
    timeline = fold_facts(VENUE, [fact("A01", 10, place=WARD, stamp=stamp(0))])
    state = state_at(timeline, hours(2))
    assert (state.status, state.segment) == (VenueStatus.PREADMISE, None)
    assert state.upcoming is not None and state.upcoming.place == WARD
    assert state.next_change_at == hours(10)


def test_a_feed_that_starts_in_the_middle():
    timeline = fold_facts(VENUE, [fact("A02", 0, place=WARD)])
    assert state_at(timeline, hours(1)).status is VenueStatus.PRESENTE
    assert timeline.remarks == ("Mouvement A02 (A02) : aucune admission connue avant ce mouvement.",)


def test_after_the_discharge_only_an_admission_counts():
    stay = [fact("A01", 0, 1, place=WARD), fact("A03", 5, 2)]
    late = fold_facts(VENUE, [*stay, fact("A02", 7, 3, place=WARD_2)])
    assert late.discharged_at == hours(5)
    assert late.segments[-1].end == hours(5)
    assert "postérieur à la sortie" in late.remarks[0]
    again = fold_facts(VENUE, [*stay, fact("A01", 9, 4, place=WARD_2)])
    assert again.discharged_at is None
    assert state_at(again, hours(7)).status is VenueStatus.SORTIE
    assert state_at(again, hours(10)).status is VenueStatus.PRESENTE


def test_equal_times_are_ordered_by_trigger():
    timeline = fold_facts(VENUE, [fact("A02", 0, 1, place=WARD_2), fact("A01", 0, 2, place=WARD)])
    assert [s.place for s in timeline.segments] == [WARD_2]
    assert timeline.remarks == ()


def test_the_owner_is_the_last_one_told():
    admission = fact("A01", 0)
    moved = VenueOwnerFact(VENUE, "GAM|P2", stamp(3))
    assert fold_facts(VENUE, [admission], [moved]).patient == "GAM|P2"
    after = fact("A02", 4, patient="GAM|P3")
    assert fold_facts(VENUE, [after, admission], [moved]).patient == "GAM|P3"


# --- emergency department -----------------------------------------------------------------------------

USAGES = {
    Place("URG", "ACC", ""): "accueil",
    Place("URG", "ATT", ""): "attente",
    BOX: "box",
    Place("URG", "RX", ""): "radio",
}


def ed(facts: list[MovementFact], at: float, entered: tuple[EdFact, ...] = ()):
    ledger = fold_ed_facts(entered, hours(at), hours(at))
    return ed_status(fold_facts(VENUE, facts), usages=USAGES, ed_ufs={"URG"}, ledger=ledger, at=hours(at))


def entry(number: int, kind: EdFactKind, at: float, undoes: int | None = None, **details: str) -> EdFact:
    return EdFact(number, kind, hours(at), hours(at), "agent", details, undoes)


def test_steps_of_a_passage():
    facts = [
        fact("A04", 0, 1, place=Place("URG", "ACC", "")),
        fact("A02", 1, 2, place=Place("URG", "ATT", "")),
        fact("A02", 2, 3, place=BOX),
        fact("A02", 3, 4, place=Place("URG", "RX", "")),
        fact("A02", 4, 5, place=Place("URG", "ATT", "")),
        fact("A06", 8, 6, place=WARD),
    ]
    entered = (
        entry(1, EdFactKind.TRI, 0.5, niveau="3"),
        entry(2, EdFactKind.DEMANDE_AVAL, 5, filiere="MED", isolement="contact"),
        entry(3, EdFactKind.ANNULATION_DEMANDE, 6),
        entry(4, EdFactKind.DEMANDE_AVAL, 7, filiere="CHI"),
    )
    seen = [(ed(facts, at, entered).step, ed(facts, at, entered).since) for at in (0, 0.6, 2.5, 3.5, 4.5, 5.5)]
    assert seen == [
        (EdStep.ACCUEIL, hours(0)),
        (EdStep.ATTENTE, hours(0.5)),
        (EdStep.SOINS, hours(2)),
        (EdStep.SOINS, hours(2)),
        (EdStep.SOINS, hours(2)),
        (EdStep.ATTENTE_AVAL, hours(5)),
    ]
    assert ed(facts, 6.5, entered).step is EdStep.SOINS
    waiting = ed(facts, 7.5, entered)
    assert waiting.request is not None
    assert (waiting.step, waiting.triage_level, waiting.request.filiere) == (EdStep.ATTENTE_AVAL, "3", "CHI")
    left = ed(facts, 9, entered)
    assert (left.step, left.since, left.request) == (EdStep.SORTIE, hours(8), None)
    assert [step for step, _ in left.steps] == [
        EdStep.ACCUEIL,
        EdStep.ATTENTE,
        EdStep.SOINS,
        EdStep.ATTENTE_AVAL,
        EdStep.SORTIE,
    ]


def test_a_pending_transfer_waits_downstream_from_its_announcement():
    facts = [fact("A04", 0, place=BOX), fact("A15", 6, place=WARD, stamp=stamp(2))]
    status = ed(facts, 3)
    assert (status.step, status.since) == (EdStep.ATTENTE_AVAL, hours(2))


def test_a_triage_entered_by_mistake_is_taken_back():
    facts = [fact("A04", 0, place=Place("URG", "ACC", ""))]
    mistake = entry(1, EdFactKind.TRI, 1, niveau="1")
    undo = entry(2, EdFactKind.ANNULATION, 1.1, undoes=1)
    redo = entry(3, EdFactKind.ANNULATION, 1.2, undoes=2)
    assert ed(facts, 2, (undo, mistake)).step is EdStep.ACCUEIL
    assert ed(facts, 2, (redo, undo, mistake)).triage_level == "1"


def test_outside_the_emergency_department_there_is_no_passage():
    assert ed([fact("A01", 0, place=WARD)], 1) is None
    assert ed([fact("A04", 5, place=BOX)], 1) is None
    discharged = ed([fact("A04", 0, place=BOX), fact("A03", 2)], 3)
    assert (discharged.step, discharged.since) == (EdStep.SORTIE, hours(2))


def test_an_empty_ledger():
    assert fold_ed_facts((), T0, T0) == EdLedger()


def test_at_equal_times_the_discharge_comes_last():
    facts = [fact("A03", 4, 1), fact("A02", 4, 2, place=WARD_2), fact("A01", 0, 3, place=WARD)]
    timeline = fold_facts(VENUE, facts)
    assert (timeline.remarks, timeline.discharged_at) == ((), hours(4))
    assert [s.place for s in timeline.segments] == [WARD]


def test_going_and_coming_back_at_once_is_one_segment():
    there, back = fact("A02", 2, 2, place=WARD_2), fact("A02", 2, 3, place=WARD)
    timeline = fold_facts(VENUE, [back, fact("A01", 0, 1, place=WARD), there])
    assert [(s.begin, s.end, s.place, s.movement) for s in timeline.segments] == [(T0, None, WARD, "GAM|1")]


def test_a_bed_without_its_unit_is_in_the_unit_known():
    timeline = fold_facts(VENUE, [fact("A01", 0, place=WARD), fact("A02", 1, place=Place("", "102", "4"))])
    assert timeline.segments[-1].place == Place("MED", "102", "4")


def test_a_transfer_told_to_the_minute_ends_the_plan_announced_in_that_minute():
    pending = fact("A15", 6, stamp=f"{hours(2) + timedelta(seconds=40):%Y%m%d%H%M%S%f}|p|x", place=WARD)
    facts = [fact("A04", 0, place=BOX), pending]
    assert fold_facts(VENUE, facts).plans
    assert fold_facts(VENUE, [*facts, fact("A02", 2, place=WARD)]).plans == ()


def test_segments_are_half_open():
    timeline = fold_facts(VENUE, [fact("A01", 0, place=WARD), fact("A02", 2, place=WARD_2), fact("A03", 4)])
    read = [state_at(timeline, hours(at)) for at in (0, 2, 4)]
    assert [state.segment.place if state.segment else None for state in read] == [WARD, WARD_2, None]
    assert read[2].status is VenueStatus.SORTIE


def test_a_venue_that_lost_its_movements_gives_no_line():
    insert = fact("A01", 0, place=WARD)
    moved = replace(insert, action=Action.UPDATE, event="Z99", venue="GAM|V2", stamp=stamp(1))
    left, right = fold_facts(VENUE, [moved, insert]), fold_facts("GAM|V2", [insert, moved])
    assert is_empty(left) and not is_empty(right)
    assert len(list(digest_lines([left, right]))) == 1
