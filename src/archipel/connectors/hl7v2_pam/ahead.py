"""Interpreting the next messages in a thread of its own while the database works on the present ones.

Interpretation is pure and messages of the journal never change, so what was made ahead stays true as long as the
profiles of the senders are the same objects. One thread, one batch at most: memory stays that of two batches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from archipel.connectors.hl7v2_pam.interpret import NOTHING, Entry, Ready, interpret_all
from archipel.connectors.hl7v2_pam.senders import Sender


class Ahead:
    """Holds at most one batch of interpretations on their way."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._coming: tuple[Future[Ready], Mapping[int, Sender]] | None = None

    def begin(self, entries: Sequence[Entry], senders: Mapping[int, Sender]) -> None:
        """Interpret these with the given profiles; what was on its way before is forgotten."""
        self._coming = None
        if entries:
            self._pool = self._pool or ThreadPoolExecutor(1, "interpretation")
            self._coming = self._pool.submit(interpret_all, entries, senders), senders

    def take(self, senders: Mapping[int, Sender]) -> Ready:
        """What was made ahead, once; nothing when the profiles were read again since."""
        coming, self._coming = self._coming, None
        if coming is None or coming[1] is not senders:
            return NOTHING
        return coming[0].result()
