"""Requests for a downstream bed: what may follow what, when one lapses, and who may still read the identity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from archipel.domains.flow.values.requests import RequestStatus

S = RequestStatus

ANSWER_WITHIN = timedelta(hours=6)
"""A request without an answer lapses after this long."""
ARRIVE_WITHIN = timedelta(hours=24)
"""An accepted request lapses after this long without the patient: as long as the bed stays reserved."""
IDENTITY_AFTER_ACCEPTANCE = timedelta(hours=24)
"""How long the receiving team reads the identity once it has accepted."""
UNDO_WITHIN = timedelta(seconds=20)
"""How long an acceptance or a refusal can be taken back: as long as the notice that offers it stays on screen."""

FOLLOWS: Mapping[RequestStatus, frozenset[RequestStatus]] = {
    S.ENVOYEE: frozenset({S.ACCEPTEE, S.REFUSEE, S.ANNULEE, S.EXPIREE, S.CLOSE}),
    S.ACCEPTEE: frozenset({S.ENVOYEE, S.ANNULEE, S.EXPIREE, S.CLOSE}),
    S.REFUSEE: frozenset({S.ENVOYEE}),
    S.ANNULEE: frozenset(),
    S.EXPIREE: frozenset(),
    S.CLOSE: frozenset(),
}
"""Status → what may come next; back to ENVOYEE is an answer taken back."""


def may_follow(before: RequestStatus, after: RequestStatus) -> bool:
    """Whether a request may go from one status to the other."""
    return after in FOLLOWS[before]


def undoable(status: RequestStatus, since: datetime, at: datetime) -> bool:
    """Whether the answer given at ``since`` may still be taken back at ``at``."""
    return status in (S.ACCEPTEE, S.REFUSEE) and since <= at < since + UNDO_WITHIN


def lapses_at(status: RequestStatus, since: datetime) -> datetime | None:
    """When a request in this status since ``since`` expires by itself; None when nothing is expected any more."""
    if status is S.ENVOYEE:
        return since + ANSWER_WITHIN
    return since + ARRIVE_WITHIN if status is S.ACCEPTEE else None


def identity_visible(status: RequestStatus, accepted_at: datetime | None, at: datetime) -> bool:
    """Whether the receiving team may read who the patient is.

    While the request waits for its answer; then for 24 hours after the acceptance, the time to prepare the stay.
    Never once it was refused, cancelled or left without an answer.

    Args:
        status: where the request stands at ``at``.
        accepted_at: when it was accepted, None if it never was.
        at: the moment.
    """
    if status is S.ENVOYEE:
        return True
    if status not in (S.ACCEPTEE, S.CLOSE) or accepted_at is None:
        return False
    return at < accepted_at + IDENTITY_AFTER_ACCEPTANCE
