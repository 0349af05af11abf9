"""Where documents may go, and how far they went: whatever is asked, whatever the order in which answers come."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.passages.documents.rules.coding import content_from_json, content_to_json
from archipel.passages.documents.rules.lifecycle import (
    DeliveryFacts,
    ReceiptFacts,
    document_state,
    outcomes,
    retry_after,
)
from archipel.passages.documents.rules.routing import MSSANTE_ROWS, allowed, decide
from archipel.passages.documents.values import (
    DeliveryState,
    DocumentState,
    Flags,
    Kind,
    ReceiptKind,
    Situation,
    Wishes,
)
from tests.factories.documents import make_content

situations = st.builds(
    Situation, st.booleans(), st.sampled_from(["", "NA", "INO", "IO"]), st.booleans(), st.booleans(), st.booleans()
)
wishes = st.builds(Wishes, *[st.booleans()] * 6)


@settings(max_examples=500)
@given(situations, wishes)
def test_consent_and_masks_are_never_overruled(situation: Situation, asked: Wishes) -> None:
    routing = decide(situation, asked)
    flags = routing.flags
    assert allowed(flags) or not flags.anywhere
    if not situation.ins_qualified:
        assert not flags.anywhere
    if situation.dmp_feeding == "IO" or not asked.dmp or situation.deceased:
        assert not flags.dest_dmp
    if asked.invisible_patient or situation.deceased or situation.secret_stay or not asked.patient:
        assert not flags.dest_mss_patient
    if not asked.professionals:
        assert not flags.dest_mss_ps
    assert flags.masque_ps == asked.masque_ps
    assert flags.invisible_patient >= asked.invisible_patient
    assert flags.connexion_secrete == situation.secret_stay
    if not flags.anywhere or flags != decide(situation, replace(asked, dmp=True)).flags:
        assert routing.reasons or not (asked.dmp or asked.professionals or asked.patient) or flags.anywhere
    assert decide(situation, asked) == routing


@given(situations, wishes)
def test_the_widest_allowed_is_chosen(situation: Situation, asked: Wishes) -> None:
    chosen = decide(situation, asked).flags
    if situation.ins_qualified and asked.dmp and situation.dmp_feeding != "IO" and not situation.deceased:
        assert chosen.dest_dmp, "the DMP alone is always allowed"


@given(st.builds(Flags, *[st.booleans()] * 10))
def test_the_platform_takes_the_listed_rows_and_the_dmp_alone(flags: Flags) -> None:
    mail = flags.dest_mss_ps or flags.dest_mss_patient
    listed = any(all(getattr(flags, name) in values for name, values in row.items()) for row in MSSANTE_ROWS)
    assert allowed(flags) == (listed if mail else flags.dest_dmp)
    if allowed(flags) and flags.invisible_patient:
        assert not flags.dest_mss_patient
    if allowed(flags) and flags.masque_ps:
        assert not flags.dest_mss_ps


TARGETS = ("dmp", "a@x.fr", "b@x.fr")
deliveries = st.lists(
    st.builds(
        DeliveryFacts, st.integers(1, 4), st.just("pfi"), st.sampled_from(list(DeliveryState)),
        st.lists(st.sampled_from(TARGETS), min_size=1, unique=True).map(tuple),
    ),
    max_size=3, unique_by=lambda d: d.number,
)  # fmt: skip
receipts = st.lists(
    st.builds(
        ReceiptFacts, st.integers(1, 5), st.sampled_from(list(ReceiptKind)), st.booleans(),
        st.sampled_from((*TARGETS, "")),
        st.sampled_from(["", "non", "refus"]),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=400)
@given(deliveries, receipts, st.randoms())
def test_order_and_repetition_change_nothing(
    sent: list[DeliveryFacts], told: list[ReceiptFacts], chance: object
) -> None:
    shuffled = [*told, *told]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert outcomes(sent, told) == outcomes(list(reversed(sent)), shuffled)
    known = {"validated": True, "refused": False, "checked": True, "abandoned": False, "anywhere": True}
    state = document_state(**known, deliveries=sent, receipts=told)
    assert state == document_state(**known, deliveries=sent, receipts=shuffled)
    if state is DocumentState.TRANSMIS:
        assert all(one.taken for one in outcomes(sent, told).values())


@given(deliveries, receipts)
def test_what_was_taken_stays_taken(sent: list[DeliveryFacts], told: list[ReceiptFacts]) -> None:
    before = {name for name, one in outcomes(sent, told[:-1]).items() if one.taken}
    after = {name for name, one in outcomes(sent, told).items() if one.taken}
    assert before <= after


def test_a_refusal_of_an_attempt_made_again_says_nothing_any_more() -> None:
    sent = [
        DeliveryFacts(1, "pfi", DeliveryState.ACCEPTE, ("dmp",)),
        DeliveryFacts(2, "pfi", DeliveryState.ACCEPTE, ("dmp",)),
    ]
    told = [ReceiptFacts(1, ReceiptKind.DMP, False, "dmp", "non")]
    assert outcomes(sent, told)["dmp"].taken is None
    assert outcomes(sent[:1], told)["dmp"].taken is False


@given(st.integers(0, 10_000))
def test_the_next_attempt_is_never_far(attempts: int) -> None:
    assert 15 <= retry_after(attempts) <= 1_800
    assert retry_after(attempts + 1) >= retry_after(attempts)


@given(st.sampled_from(list(Kind)), st.booleans())
def test_a_content_is_kept_whole(kind: Kind, automatic: bool) -> None:
    content = make_content(kind, automatic=automatic)
    assert content_from_json(content_to_json(content)) == content
