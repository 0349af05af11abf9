"""Whole corpora, in several orders: every message ends explained, and the state is one.

``ARCHIPEL_CORPUS`` is the number of messages (5,000 unless told; 100,000 is the project's own bar).
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from archipel.connectors.hl7v2_pam.rebuild import rebuild
from archipel.demo.corpus import corpus as simulated
from tests.db.ingestion import Journal, digest, drain
from tests.factories.pam import Source, corpus, disturbed

SIZE = int(os.environ.get("ARCHIPEL_CORPUS", "5000"))
SOURCES = tuple(Source(name, place) for place in ("210780581", "520780032") for name in ("GAM", "URG"))


@pytest.fixture
def journal(fresh_database: str) -> Iterator[Journal]:
    opened = Journal(fresh_database)
    yield opened
    opened.close()


def run(journal: Journal, messages: Sequence[bytes], group: int = 500, limit: int = 1000) -> str:
    """Store and apply everything from nothing; the digest."""
    journal.reset()
    for begin in range(0, len(messages), group):
        journal.put(messages[begin : begin + group])
        if begin // group % 2:
            drain(limit=limit)
    drain(limit=limit)
    assert journal.unexplained() == 0
    return digest()


def orders(messages: Sequence[bytes]) -> dict[str, list[bytes]]:
    """The messages as they left, as a poor network brings them, and in no order at all."""
    shuffled = list(messages)
    random.Random(7).shuffle(shuffled)
    return {"emission": list(messages), "network": disturbed(messages, seed=8), "shuffled": shuffled}


def check(journal: Journal, messages: Sequence[bytes]) -> Counter[str]:
    """Three orders, one digest, the rebuild's too; returns the outcomes."""
    digests = {}
    outcomes: Counter[str] = Counter()
    for name, arrived in orders(messages).items():
        digests[name] = run(journal, arrived)
        outcomes = Counter(outcome for outcome, _ in journal.outcomes().values())
    assert len(set(digests.values())) == 1, digests
    again = rebuild(verify_only=True)
    assert again.after == digests["emission"]
    return outcomes


def test_official_samples_in_three_orders(journal: Journal, reference_data: Path) -> None:
    paths = sorted((reference_data / "flow" / "hl7_ans").rglob("*.er7"))
    if not paths:
        pytest.skip("no flow/hl7_ans in ARCHIPEL_REFERENCE_DATA")
    outcomes = check(journal, [path.read_bytes() for path in paths])
    assert set(outcomes) == {"applied"}


@pytest.mark.slow
def test_corpus_of_the_factory(journal: Journal) -> None:
    outcomes = check(journal, corpus(SIZE, seed=11, sources=SOURCES))
    assert set(outcomes) == {"applied"}


@pytest.mark.slow
def test_corpus_of_the_simulator_with_faults(journal: Journal) -> None:
    messages = list(simulated(SIZE, seed=12, faults=0.1))
    assert len(messages) == SIZE
    outcomes = check(journal, messages)
    print(f"{SIZE} simulated messages: {dict(outcomes)}")
    assert outcomes["applied"] > 0.9 * len(set(messages))
