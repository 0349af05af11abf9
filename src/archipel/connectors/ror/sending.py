"""Telling the ROR what it should say: replace, add where it is not found, escalate the rest.

Each operation is written down before it leaves, and what became of it after: an operation that left without an answer
is looked for in the ROR before anything else is sent about its offer. One offer is in the hands of one process at a
time (an advisory lock that dies with its connection).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from archipel.connectors.ror import links, recording
from archipel.connectors.ror.client import Client, LinkDown, Reply, Trouble
from archipel.connectors.ror.codec import outcome, patch
from archipel.connectors.ror.codec.capacity import Figure
from archipel.connectors.ror.codec.outcome import Verdict
from archipel.connectors.ror.codec.patch import Operation
from archipel.connectors.ror.config import RorConfig
from archipel.connectors.ror.models import Dispatch, Exchange
from archipel.connectors.ror.recovery import recover
from archipel.connectors.ror.rules import Step, steps
from archipel.connectors.ror.tasks import Result, Task, Work
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock

CHUNK = 128
"""Offers taken together: one commit before they leave, one after."""
_GATEWAY = frozenset({429, 502, 503, 504})
"""The ROR as a whole does not answer: nothing else is sent for a while."""
_HEARD = frozenset({Verdict.ACCEPTED, Verdict.ADD, Verdict.ABSENT, Verdict.ESCALATE})
"""The ROR itself answered."""


@dataclass(slots=True)
class Report:
    """What a round did."""

    offers: int = 0
    sent: int = 0
    """Operations that left."""
    accepted: int = 0
    refused: int = 0
    down: str = ""
    """Why the round stopped (French), empty when it did not."""


class Sender:
    """Sends what is due, on one connection to the database.

    Args:
        scope: a process that may act on every establishment.
        supplier: the channel that writes.
        consumer: the channel that reads back what is in doubt; None when there is none.
        config: the parameters in force.
        parallel: requests at a time.
        chance: draws a number in [0, 1), for the spread of retries.
        now: the clock.
    """

    def __init__(
        self,
        scope: Scope,
        supplier: Client,
        consumer: Client | None,
        config: RorConfig,
        *,
        parallel: int = 4,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.scope, self.supplier, self.consumer, self.config = scope, supplier, consumer, config
        self.parallel, self.chance, self.now = parallel, chance, now
        self._unreachable = threading.Event()

    def send(self, works: Iterable[Work]) -> Report:
        """Tell the ROR of these offers; stops when the ROR cannot be reached."""
        report, todo = Report(), list(works)
        self._unreachable.clear()
        with ThreadPoolExecutor(self.parallel, thread_name_prefix="ror") as pool:
            for start in range(0, len(todo), CHUNK):
                with claimed(todo[start : start + CHUNK]) as mine:
                    self._chunk(mine, pool, report)
                if report.down:
                    break
        return report

    def _chunk(self, works: Sequence[Work], pool: ThreadPoolExecutor, report: Report) -> None:
        tasks = self._tasks(works)
        self._read_back([task.row for task in tasks if task.row.pending])
        ready = [task for task in tasks if not task.row.pending]
        self._plan(ready)
        outcomes = self._wave(ready, pool, report)
        added = [task for task in ready if self._additions(task)] if not report.down else []
        if added:
            recording.answered(self.scope, ready, outcomes, self.now(), last=False)
            told_last, outcomes = added, self._wave(added, pool, report)
        else:
            told_last = ready
        with in_scope(self.scope):
            recording.answered(self.scope, told_last, outcomes, self.now(), last=True)
            recording.conclude(self.scope, ready, self.config, self.chance, self.now())
        report.offers += len(ready)

    def _tasks(self, works: Sequence[Work]) -> list[Task]:
        keys = {(work.said.offer.structure, work.said.offer.code): work for work in works}
        with in_scope(self.scope):
            structures, codes = {structure for structure, _ in keys}, {code for _, code in keys}
            rows = Dispatch.objects.filter(structure__in=structures, code__in=codes)
            return [Task(keys[row.structure, row.code], row) for row in rows if (row.structure, row.code) in keys]

    def _read_back(self, doubtful: list[Dispatch]) -> None:
        """Settle what is in doubt, unless the way that reads is being left alone."""
        name = "consommateur"
        if not doubtful or (self.consumer is not None and links.closed(self.scope, name, self.now())):
            return
        failure = recover(self.scope, doubtful, self.consumer, self.now())
        if failure is not None:
            links.failed(self.scope, name, failure, self.config, self.chance(), self.now())
        elif self.consumer is not None:
            links.passed(self.scope, name, self.now())

    def _plan(self, tasks: Iterable[Task]) -> None:
        """What to send of each; an indicator that the ROR refuses waits for the whole to be sent again."""
        for task in tasks:
            again = task.work.stale_before
            found = steps(task.work.said.statement, recording.told(task.row), stale_before=again)
            task.steps = [one for one in found if again is not None or str(one.indicator) not in task.row.blocked]

    def _wave(self, tasks: Sequence[Task], pool: ThreadPoolExecutor, report: Report) -> list[list[Result]]:
        """Write down, then send; what became of each operation of each offer."""
        if report.down or not any(task.steps for task in tasks):
            return [[] for _ in tasks]
        now = self.now()
        recording.written_down(self.scope, [(task, self._exchanges(task, now)) for task in tasks], now)
        outcomes = list(pool.map(self._send, tasks))
        for task, (results, down) in zip(tasks, outcomes, strict=True):
            task.results += results
            report.sent += sum(one.kind != Trouble.NOT_SENT for one in results)
            report.accepted += sum(one.verdict is Verdict.ACCEPTED for one in results)
            report.refused += sum(one.verdict is Verdict.ESCALATE for one in results)
            if down is not None and not report.down:
                report.down = down.sentence
                if any(one.verdict in _HEARD for found, _ in outcomes for one in found):
                    links.passed(self.scope, "fournisseur", self.now())  # it came back: one cut is not the tenth
                links.failed(self.scope, "fournisseur", down, self.config, self.chance(), self.now())
        if not report.down:
            links.passed(self.scope, "fournisseur", self.now())
        return [results for results, _ in outcomes]

    def _exchanges(self, task: Task, now: datetime) -> list[Exchange]:
        offer = task.work.said.offer
        found = []
        for one in task.steps:
            figure = Figure(one.indicator, one.count, now, offer.nature, self.config.source)
            found.append(
                Exchange(
                    establishment=offer.establishment, structure=offer.structure, code=offer.code,
                    reason=task.work.reason, operation=one.operation.value, indicator=str(one.indicator),
                    count=one.count, told_at=now.replace(microsecond=0), request=patch.build(one.operation, figure),
                    at=now,
                )
            )  # fmt: skip
        return found

    def _send(self, task: Task) -> tuple[list[Result], LinkDown | None]:
        """The operations of one offer, one after the other; runs in a thread, without the database."""
        found: list[Result] = []
        down: LinkDown | None = None
        stop = False
        for exchange in task.exchanges:
            if stop or self._unreachable.is_set():
                found.append(recording.unsent(exchange, "Pas envoyé : une opération précédente n'a pas abouti."))
                continue
            try:
                reply = self.supplier.patch(task.work.said.offer.key, exchange.request)
            except LinkDown as error:
                down, stop = error, True
                self._unreachable.set()
                found.append(recording.lost(exchange, error))
                continue
            answer = outcome.read(reply.status, reply.body, operation=exchange.operation, retry_after=reply.retry_after)
            found.append(recording.received(exchange, reply, answer))
            stop = _stops(answer, reply)
            if answer.verdict is Verdict.LINK or reply.status in _GATEWAY:
                down = LinkDown(Trouble.NOT_SENT, answer.sentence, access=answer.verdict is Verdict.LINK)
                self._unreachable.set()
        return found, down

    @staticmethod
    def _additions(task: Task) -> bool:
        """Turn the indicators that the ROR does not have into additions."""
        task.steps = [
            Step(Operation.ADD, Indicator.parse(one.exchange.indicator), one.exchange.count)
            for one in task.results
            if one.verdict is Verdict.ADD
        ]
        return bool(task.steps)


def _stops(answer: outcome.Answer, reply: Reply) -> bool:
    """Whether the other operations of the offer would fare the same."""
    if answer.verdict in (Verdict.RETRY, Verdict.LINK):
        return True
    return answer.verdict is Verdict.ESCALATE and reply.status in (404, 412)


@contextmanager
def claimed(works: Sequence[Work]) -> Iterator[list[Work]]:
    """Those of the offers that no other process is telling, for this one alone."""
    keys = [f"ror:{work.said.offer.key}" for work in works]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, pg_try_advisory_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS key", [keys]
        )
        held = [key for key, locked in cursor.fetchall() if locked]
    mine = set(held)
    try:
        yield [work for work, key in zip(works, keys, strict=True) if key in mine]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS key", [held])
