"""Requests for a bed: the states, the delays and the identity, for any history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archipel.domains.flow.rules.requests import (
    FOLLOWS,
    IDENTITY_AFTER_ACCEPTANCE,
    UNDO_WITHIN,
    identity_visible,
    lapses_at,
    may_follow,
    undoable,
)
from archipel.domains.flow.values.requests import OPEN, STATUS_LABELS, RequestStatus

T0 = datetime(2026, 1, 5, tzinfo=UTC)
statuses = st.sampled_from(list(RequestStatus))
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))


def test_every_status_is_known_everywhere() -> None:
    assert set(FOLLOWS) == set(STATUS_LABELS) == set(RequestStatus)
    ended = {s for s in RequestStatus if not FOLLOWS[s]}
    assert ended == {RequestStatus.ANNULEE, RequestStatus.EXPIREE, RequestStatus.CLOSE}


@given(st.lists(statuses, max_size=12))
def test_a_request_over_for_good_never_comes_back(wanted: list[RequestStatus]) -> None:
    status = RequestStatus.ENVOYEE
    for after in wanted:
        if may_follow(status, after):
            assert status in OPEN or status is RequestStatus.REFUSEE
            status = after


@given(statuses, spans, spans)
def test_the_identity_goes_and_never_returns(status: RequestStatus, first: timedelta, more: timedelta) -> None:
    sooner = identity_visible(status, T0, T0 + first)
    later = identity_visible(status, T0, T0 + first + more)
    assert sooner or not later
    if status in (RequestStatus.REFUSEE, RequestStatus.ANNULEE, RequestStatus.EXPIREE):
        assert not sooner
    if status in (RequestStatus.ACCEPTEE, RequestStatus.CLOSE):
        assert sooner == (first < IDENTITY_AFTER_ACCEPTANCE)
        assert not identity_visible(status, None, T0 + first)


@given(statuses, spans)
def test_only_an_answer_is_taken_back_and_only_for_seconds(status: RequestStatus, later: timedelta) -> None:
    answered = status in (RequestStatus.ACCEPTEE, RequestStatus.REFUSEE)
    assert undoable(status, T0, T0 + later) == (answered and later < UNDO_WITHIN)
    assert (lapses_at(status, T0) is not None) == (status in OPEN)
