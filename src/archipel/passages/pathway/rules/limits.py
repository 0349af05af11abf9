"""How often a page may be asked for: a bucket for each caller, in this process."""

from __future__ import annotations

import threading
from collections import OrderedDict


class Buckets:
    """``burst`` requests at once, then ``rate`` a second; the oldest callers are forgotten beyond ``size``."""

    def __init__(self, burst: float, rate: float, size: int = 10_000) -> None:
        self.burst, self.rate, self.size = burst, rate, size
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str, now: float) -> bool:
        """Whether one more request of this caller is within its measure. ``now`` is in seconds, and goes forward."""
        with self._lock:
            left, since = self._known.pop(who, (self.burst, now))
            left = min(self.burst, left + max(0.0, now - since) * self.rate)
            allowed = left >= 1
            self._known[who] = (left - 1 if allowed else left, now)
            while len(self._known) > self.size:
                self._known.popitem(last=False)
            return allowed
