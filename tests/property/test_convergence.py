"""Through the real journal, worker and database: any arrival of the same messages ends in one state, that of a rebuild.

Days are drawn by hypothesis: admissions, moves, leaves, plans, cancels, updates, merges, account moves, identities put
right, from a sender that numbers its movements and from one that does not. They arrive in any order, some twice, in
batches of any size.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam.apply import Applier
from archipel.connectors.hl7v2_pam.rebuild import rebuild
from tests.db.ingestion import Journal, batches, digest, drain, lines
from tests.factories.pam import T0, Move, Patient, Source, message

NUMBERED = Source("GAM")
ANONYMOUS = Source("VIEUX", with_zbe=False)
CANCEL_EVENT = {
    "A01": "A11", "A04": "A11", "A05": "A38", "A02": "A12", "A03": "A13", "A21": "A52", "A22": "A53", "A14": "A27",
    "A15": "A26", "A16": "A25", "A54": "A55", "A06": "A07", "A07": "A06",
}  # fmt: skip
OTHERS = ("cancel", "cancel", "Z99", "Z99", "A08", "A31", "A28", "A40", "A44", "again")
PATIENTS = tuple(Patient.numbered(number) for number in (1, 2, 3))
BEDS = (("3001", "101", "P"), ("3001", "101", "F"), ("3002", "201", "P"), ("", "", ""))
EXAMPLES = int(os.environ.get("ARCHIPEL_CONVERGENCE", "40"))


@dataclass(frozen=True)
class Step:
    """One message to be written, in the words of the one who draws it."""

    what: str
    venue: int
    patient: int
    source: Source
    minutes: int
    """Of the effect, since the beginning of the day."""
    emitted: int
    """Of the emission: ties are wanted."""
    bed: int
    target: int
    """Which earlier movement is meant by a cancel or an update."""
    sexe: str
    elsewhere: bool = False
    """A cancel or an update names this step's venue, not that of the movement."""


steps = st.builds(
    Step,
    st.sampled_from((*CANCEL_EVENT, "A01", "A02", "A02", "A03", *OTHERS)),
    st.integers(0, 5),
    st.integers(0, 2),
    st.sampled_from((NUMBERED, NUMBERED, NUMBERED, ANONYMOUS)),
    st.integers(0, 20).map(lambda tens: tens * 10),
    st.integers(0, 40),
    st.integers(0, len(BEDS) - 1),
    st.integers(0, 6),
    st.sampled_from("FFMU"),
    st.booleans(),
)


def write(day: Sequence[Step]) -> list[bytes]:
    """The messages of a day."""
    moves: list[Move] = []
    for number, step in enumerate(day):
        uf, chambre, lit = BEDS[step.bed]
        who = replace(PATIENTS[step.patient], sexe=step.sexe)
        base = Move(
            step.what,
            f"C{number}",
            at=T0 + timedelta(minutes=step.emitted),
            effective=T0 + timedelta(minutes=step.minutes),
            patient=who,
            venue=f"V{step.venue}",
            movement=f"M{number}",
            uf=uf,
            chambre=chambre,
            lit=lit,
            source=step.source,
            uf_medicale=uf,
            nature="HMS" if uf else "",
        )
        earlier = [move for move in moves if move.event in CANCEL_EVENT and move.action == "INSERT"]
        target = earlier[step.target % len(earlier)] if earlier else None
        if step.what in ("cancel", "Z99", "A08"):
            if target is None:
                continue
            venue = base.venue if step.elsewhere else target.venue  # a sender that got the venue wrong the first time
            meant = replace(base, venue=venue, movement=target.movement, original=target.event)
            if step.what == "cancel":
                move = replace(meant, event=CANCEL_EVENT[target.event], action="CANCEL", effective=target.effective)
            else:
                move = replace(meant, event=step.what, action="UPDATE")
        elif step.what == "again":
            if not moves:
                continue
            move = replace(moves[step.target % len(moves)], control=f"C{number}")
        elif step.what in ("A40", "A44"):
            move = replace(base, former=PATIENTS[(step.patient + 1) % 3])
        else:
            move = base
        moves.append(move)
    return [message(move) for move in moves]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[bytes], list[bytes], list[int]]:
    """The messages as they were written, as they arrive, and how many at a time."""
    written = write(draw(st.lists(steps, min_size=1, max_size=14)))
    twice = draw(st.lists(st.sampled_from(written), max_size=4)) if written else []
    return written, draw(st.permutations(written + twice)), draw(st.lists(st.integers(1, 6), max_size=8))


@pytest.fixture
def journal(fresh_database: str) -> Iterator[Journal]:
    opened = Journal(fresh_database)
    yield opened
    opened.close()


def run(journal: Journal, messages: Sequence[bytes], sizes: Sequence[int]) -> tuple[str, list[str]]:
    """The digest and the state after the messages arrived in batches, each applied before the next."""
    journal.reset()
    applier = Applier()
    for batch in batches(messages, sizes):
        journal.put(batch)
        drain(applier)
    assert journal.unexplained() == 0
    internal = [reason for _, reason in journal.outcomes().values() if "Erreur interne" in reason]
    assert not internal
    return digest(), lines()


def test_any_arrival_gives_one_state_and_that_of_a_rebuild(journal: Journal) -> None:
    @given(arrivals())
    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )
    def check(drawn: tuple[list[bytes], list[bytes], list[int]]) -> None:
        written, arrived, sizes = drawn
        ordered, expected = run(journal, written, [])
        other, found = run(journal, arrived, sizes)
        assert found == expected
        assert other == ordered
        again = rebuild(verify_only=True)
        assert (again.before, again.after, again.same) == (ordered, ordered, True)

    check()


def test_movement_that_changes_venue_leaves_the_same_trace_in_both_orders(journal: Journal) -> None:
    first, second = write(
        [
            Step("A01", 0, 0, NUMBERED, 0, 0, 0, 0, "F"),
            Step("Z99", 1, 0, NUMBERED, 0, 1, 0, 0, "F", elsewhere=True),
        ]
    )
    assert run(journal, [first, second], [1, 1]) == run(journal, [second, first], [1, 1])
    assert rebuild(verify_only=True).same


def test_rebuild_puts_right_a_damaged_state(journal: Journal) -> None:
    messages = write(
        [
            Step("A01", 0, 0, NUMBERED, 0, 0, 0, 0, "F"),
            Step("A02", 0, 0, NUMBERED, 60, 1, 2, 0, "F"),
            Step("A40", 0, 0, NUMBERED, 60, 2, 2, 0, "F"),
        ]
    )
    good, _ = run(journal, messages, [])
    journal.owner.execute("UPDATE flow_segment SET lit = 'X'")
    journal.owner.execute("DELETE FROM identity_patient")
    bad = digest()
    assert bad != good
    seen = rebuild(verify_only=True)
    assert (seen.before, seen.after, seen.same) == (bad, good, False)
    assert digest() == bad
    done = rebuild()
    assert (done.messages, done.before, done.after) == (len(messages), bad, good)
    assert digest() == good
    journal.put(messages[:1])
    assert drain() == 0  # the same control id and content as before: a duplicate
    more = message(Move("A03", "C99", effective=T0 + timedelta(hours=5), venue="V0", movement="M99"))
    journal.put([more])
    assert drain() == 1
    assert rebuild(verify_only=True).same
