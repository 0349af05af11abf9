"""Proof: making and checking an archive of 100 MiB, against hashing its bytes; computing statuses.

``make bench B=proof``. Pure computation: no database.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from archipel.kernel.indicators import Indicator, Measure
from archipel.programmes.proof.archive.manifest import build
from archipel.programmes.proof.archive.signing import new_signer
from archipel.programmes.proof.archive.verify import verify
from archipel.programmes.proof.rules.status import assess
from archipel.programmes.proof.values import Binding, Comparison, Condition, Entry, EntryKind, Nature

PIECES, SIZE = 50, 2 << 20
STATUSES = 20_000


def say(figure: str, value: float, unit: str, peer: str = "", ratio: float | None = None) -> None:
    """One figure as a JSON line."""
    print(json.dumps({"bench": "proof", "figure": figure, "value": value, "unit": unit, "peer": peer, "ratio": ratio}))


def timed(what: Callable[[], object]) -> float:
    """The best of three runs, in seconds."""
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        what()
        best = min(best, time.perf_counter() - begin)
    return best


def archives() -> None:
    """Making, checking, hashing."""
    signer = new_signer()
    members = {f"pieces/{n:04d}.bin": os.urandom(SIZE) for n in range(PIECES)}
    data = build({"pack": {"id": "bench"}}, members, signer)
    hashing = timed(lambda: hashlib.sha256(data).digest())
    making = timed(lambda: build({"pack": {"id": "bench"}}, members, signer))
    checking = timed(lambda: verify(data, [signer.public]))
    size = round(len(data) / 1e6)
    say(f"hash {size} MB", round(hashing, 3), "s")
    say(f"make an archive of {size} MB", round(making, 3), "s", "one SHA-256 of its bytes", round(making / hashing, 2))
    say(f"check an archive of {size} MB", round(checking, 3), "s", "one SHA-256 of its bytes",
        round(checking / hashing, 2))  # fmt: skip


def statuses() -> None:
    """Requirements computed in a second, half measured, half documented."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    measured = Binding(Nature.METRIQUE, metric="m", conditions=(Condition(Comparison.GE, Decimal(90)),))
    reading = Indicator(now, now, (Measure("p", "Part", Decimal(91), "%"),), now, 1, "", "")
    paper = Entry(1, EntryKind.PIECE, date(2026, 1, 1), now, "bench", "PCRA", date(2027, 1, 1))
    asked = [(measured, (), reading), (Binding(Nature.PIECE), (paper,), None)]

    def all_of_them() -> None:
        for n in range(STATUSES):
            binding, entries, found = asked[n % 2]
            assess(binding, entries, found, now, stale_days=2)

    say("statuses computed", round(STATUSES / timed(all_of_them)), "per second")


if __name__ == "__main__":
    archives()
    statuses()
