"""What left for the ROR without an answer: was it applied? The ROR is read before anything else is said.

After a crash between sending and recording, or an answer lost on the way, nothing is sent again blindly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from archipel.connectors.ror import writing
from archipel.connectors.ror.client import Client, LinkDown, Trouble
from archipel.connectors.ror.codec import bundle
from archipel.connectors.ror.codec.outcome import Verdict
from archipel.connectors.ror.codec.patch import Operation
from archipel.connectors.ror.models import Answer, Dispatch, Exchange
from archipel.foundation.scope import Scope, in_scope

READ_BACK = "relecture"


def recover(scope: Scope, rows: Sequence[Dispatch], consumer: Client | None, now: datetime) -> LinkDown | None:
    """Settle what is in doubt about these offers.

    With a consumer the place is read back: what it holds is what was accepted. Without one, what is in doubt is
    forgotten, so that it is sent again by ``replace``, which tells the same figure twice but never adds one. A place
    that cannot be read back stays in doubt.

    Returns:
        Why the reading failed, None when it did not.
    """
    with in_scope(scope):
        exchanges = {one.pk: one for one in Exchange.objects.filter(pk__in=[n for row in rows for n in row.pending])}
    failure: LinkDown | None = None
    settled, answers = [], []
    for row in rows:
        sent = [exchanges[number] for number in row.pending if number in exchanges]
        if consumer is None:
            answers += _forgotten(row, sent, now)
        elif failure is None:
            try:
                places = consumer.place(f"{row.structure}/{row.code}")
            except LinkDown as error:
                failure = error
                continue
            answers += _compared(row, sent, places, now)
        else:
            continue
        settled.append(row)
    with in_scope(scope):
        writing.answers(answers)
        writing.dispatches(settled, ["pending", "accepted"])
    return failure


def _forgotten(row: Dispatch, sent: Iterable[Exchange], now: datetime) -> list[Answer]:
    found = []
    for one in sent:
        row.accepted.pop(one.indicator, None)
        text = "Parti sans réponse, et aucun accès en lecture pour le vérifier : sera dit de nouveau."
        found.append(_answer(one, Verdict.RETRY, text, now, Trouble.UNKNOWN.value))
    row.pending = []
    return found


def _compared(row: Dispatch, sent: Iterable[Exchange], places: Sequence[bundle.Place], now: datetime) -> list[Answer]:
    held = {str(f.indicator): f for f in places[0].figures} if len(places) == 1 else {}
    found = []
    for one in sent:
        figure = held.get(one.indicator)
        if one.operation == Operation.DELETE:
            applied = figure is None
        else:
            applied = figure is not None and figure.count == one.count and figure.updated_at == one.told_at
        if figure is None:
            row.accepted.pop(one.indicator, None)
        else:
            row.accepted[one.indicator] = [figure.count, figure.updated_at.isoformat()]
        text = "Retrouvé dans le ROR : appliqué." if applied else "Absent du ROR : pas appliqué, sera envoyé."
        found.append(_answer(one, Verdict.ACCEPTED if applied else Verdict.RETRY, text, now, READ_BACK))
    row.pending = []
    return found


def _answer(one: Exchange, verdict: Verdict, sentence: str, now: datetime, kind: str) -> Answer:
    return Answer(
        exchange=one, establishment=one.establishment, kind=kind, verdict=verdict.value, sentence=sentence, at=now
    )
