"""Writing down what leaves for the ROR, what comes back, and where each offer stands after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from archipel.connectors.ror import writing
from archipel.connectors.ror.client import LinkDown, Reply, Trouble
from archipel.connectors.ror.codec.outcome import Answer as Told
from archipel.connectors.ror.codec.outcome import Verdict
from archipel.connectors.ror.codec.patch import Operation
from archipel.connectors.ror.config import RorConfig
from archipel.connectors.ror.models import Agreed, Answer, Dispatch, Exchange
from archipel.connectors.ror.rules import backoff
from archipel.connectors.ror.tasks import Result, Task
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Scope, in_scope

TOPIC = "ror.changed"


def received(exchange: Exchange, reply: Reply, answer: Told) -> Result:
    """An answer came."""
    body = reply.body if reply.body is not None else ({"texte": reply.text} if reply.text else None)
    if answer.verdict is Verdict.ACCEPTED:
        body = None  # the whole place comes back each time: what was sent says enough
    return Result(
        exchange, "reponse", answer.verdict, answer.sentence, reply.status, body, reply.seconds, answer.who,
        answer.retry_after,
    )  # fmt: skip


def lost(exchange: Exchange, error: LinkDown) -> Result:
    """No answer came."""
    return Result(exchange, error.trouble.value, Verdict.RETRY, error.sentence)


def unsent(exchange: Exchange, sentence: str) -> Result:
    """It never left."""
    return Result(exchange, Trouble.NOT_SENT.value, Verdict.RETRY, sentence)


def accepted(row: Dispatch) -> dict[Indicator, int]:
    """What the ROR last accepted."""
    return {Indicator.parse(text): int(count) for text, (count, _) in row.accepted.items()}


def told(row: Dispatch) -> dict[Indicator, tuple[int, datetime]]:
    """What the ROR last accepted, with the date of each figure."""
    return {
        Indicator.parse(text): (int(count), datetime.fromisoformat(moment))
        for text, (count, moment) in row.accepted.items()
    }


def written_down(scope: Scope, tasks: Sequence[tuple[Task, list[Exchange]]], now: datetime) -> None:
    """Before anything leaves: the operations, and that their offers wait for an answer."""
    with in_scope(scope):
        writing.exchanges([one for _, exchanges in tasks for one in exchanges])
        for task, exchanges in tasks:
            task.exchanges = exchanges
            task.row.pending = [int(one.pk) for one in exchanges]
            task.row.sent_at = task.row.updated_at = now
        writing.dispatches([task.row for task, _ in tasks], ["pending", "sent_at", "updated_at"])


def answered(
    scope: Scope, tasks: Sequence[Task], results: Sequence[Sequence[Result]], now: datetime, *, last: bool
) -> None:
    """After the answers: what became of each operation, and what the ROR now has.

    ``last``: the caller concludes in the same transaction, which writes the rows.
    """
    with in_scope(scope):
        writing.answers([_row(one, now) for found in results for one in found])
        for task, found in zip(tasks, results, strict=True):
            absorb(task.row, found)
            task.row.updated_at = now
        if not last:
            writing.dispatches([task.row for task in tasks], ["pending", "accepted", "blocked", "updated_at"])


def _row(one: Result, now: datetime) -> Answer:
    return Answer(
        exchange=one.exchange, establishment=one.exchange.establishment, kind=one.kind, status=one.status,
        verdict=one.verdict.value, body=one.body, sentence=one.sentence, seconds=round(one.seconds, 4), at=now,
    )  # fmt: skip


def absorb(row: Dispatch, results: Iterable[Result]) -> None:
    """What the ROR now has of an offer, after these answers; what left without one stays pending."""
    doubtful = []
    for one in results:
        key = one.exchange.indicator
        if one.kind == Trouble.UNKNOWN:
            doubtful.append(int(one.exchange.pk))
        elif one.verdict is Verdict.ACCEPTED or one.verdict is Verdict.ABSENT:
            row.blocked.pop(key, None)
            if one.exchange.operation == Operation.DELETE:
                row.accepted.pop(key, None)
            else:
                row.accepted[key] = [one.exchange.count, one.exchange.told_at.isoformat()]
        elif one.verdict is Verdict.ADD:
            row.accepted.pop(key, None)
        elif one.verdict is Verdict.ESCALATE and one.status not in (404, 412):
            row.blocked[key] = one.sentence
    row.pending = doubtful


def conclude(
    scope: Scope, tasks: Sequence[Task], config: RorConfig, chance: Callable[[], float], now: datetime
) -> None:
    """Where each offer stands once everything was tried."""
    agreed, changed = [], []
    for task in tasks:
        row = task.row
        row.updated_at = now
        if _agrees(task):
            agreed.append(_agree(task, now))
        else:
            _explain(task, config, chance(), now)
        changed.append(f"{row.structure}/{row.code}")
    with in_scope(scope):
        writing.agreed(agreed)
        writing.dispatches([task.row for task in tasks], _FIELDS)
        if changed:
            publish(TOPIC, {"offres": changed if len(changed) <= 40 else [], "nombre": len(changed)})


def _agrees(task: Task) -> bool:
    """Whether the ROR now has all that it should: nothing in doubt, nothing refused, nothing that did not pass."""
    last = {one.exchange.indicator: one.verdict for one in task.results}
    passed = all(verdict in (Verdict.ACCEPTED, Verdict.ABSENT) for verdict in last.values())
    row = task.row
    return passed and accepted(row) == task.work.said.statement and not row.pending and not row.blocked


_FIELDS = [
    "pending", "accepted", "blocked", "accepted_at", "agreed_at", "tried_at", "differs_since", "late_since", "attempts",
    "next_at", "refused", "problem", "who", "asked", "updated_at",
]  # fmt: skip


def _agree(task: Task, now: datetime) -> Agreed:
    row, offer = task.row, task.work.said.offer
    row.accepted_at = min((moment for _, moment in told(row).values()), default=now)
    row.agreed_at, row.tried_at, row.next_at, row.differs_since, row.late_since = now, None, None, None, None
    row.attempts, row.refused, row.problem, row.who, row.asked = 0, False, "", [], False
    return Agreed(
        establishment=offer.establishment, structure=offer.structure, code=offer.code, filiere=offer.filiere,
        tension=task.work.tension, oldest=row.accepted_at, at=now,
    )  # fmt: skip


def _explain(task: Task, config: RorConfig, chance: float, now: datetime) -> None:
    """Why an offer is not as it should be, who must act, and when it is tried again."""
    row, last = task.row, {one.exchange.indicator: one for one in task.results}
    failures = [one for one in last.values() if one.verdict is Verdict.RETRY and one.kind == "reponse"]
    place = next((o for o in last.values() if o.verdict is Verdict.ESCALATE and o.status in (404, 412)), None)
    refusals = [one for one in last.values() if one.verdict is Verdict.ESCALATE]
    if place is not None:
        row.refused, row.problem, row.who = True, place.sentence, list(place.who)
        row.next_at, row.tried_at, row.asked = now + config.after_refusal, now, False
    elif failures:
        row.attempts += 1
        row.problem, row.who = failures[0].sentence, []
        wait = backoff(row.attempts, config.first_retry, config.longest_retry, chance)
        row.next_at = now + wait
        if failures[0].retry_after is not None:
            row.next_at = max(row.next_at, now + timedelta(seconds=failures[0].retry_after))
    elif refusals or row.blocked:
        one = refusals[0] if refusals else None
        row.refused = True
        row.problem = one.sentence if one else next(iter(row.blocked.values()))
        row.who = list(one.who) if one else row.who
        row.asked, row.next_at = False, None
        if task.work.stale_before is not None or row.tried_at is None:
            row.tried_at = now
    elif row.pending:
        row.problem, row.who = "Parti sans réponse : relecture du ROR avant tout nouvel envoi.", []
