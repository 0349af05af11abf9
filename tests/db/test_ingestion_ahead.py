"""What is interpreted ahead is used when it is still true, and only then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archipel.connectors.hl7v2_pam import interpret as interpret_module
from archipel.connectors.hl7v2_pam.apply import Applier
from archipel.connectors.hl7v2_pam.interpret import Entry, Ready, Verdict
from tests.db.ingestion import Journal
from tests.factories.pam import Move, Source, message

GAM, OTHER = Source("GAM", "210780581"), Source("URG", "210780581")


@pytest.fixture
def journal(fresh_database: str) -> Iterator[Journal]:
    opened = Journal(fresh_database)
    yield opened
    opened.close()


def admission(control: str, source: Source = GAM) -> bytes:
    return message(Move("A01", control, venue=f"V{control}", movement=f"M{control}", source=source))


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the messages interpreted, in order."""
    seen: list[int] = []
    real = interpret_module.interpret

    def interpret(entry: Entry, sender: object) -> tuple[Verdict, object]:
        seen.append(entry.id)
        return real(entry, sender)  # type: ignore[arg-type]

    monkeypatch.setattr(interpret_module, "interpret", interpret)
    monkeypatch.setattr("archipel.connectors.hl7v2_pam.apply.interpret", interpret)
    return seen


def test_each_message_is_interpreted_once(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = counting(monkeypatch)
    journal.put([admission(f"C{number}") for number in range(12)])
    applier = Applier()
    applier.refresh()  # a worker knows its senders
    assert [applier.apply_pending(limit=4) for _ in range(4)] == [4, 4, 4, 0]
    assert len(seen) == len(set(seen)) == 12
    assert {outcome for outcome, _ in journal.outcomes().values()} == {"applied"}


def test_a_profile_changed_meanwhile_counts(journal: Journal) -> None:
    """Strict from the second batch on: nothing interpreted under the tolerant profile slips through."""
    journal.put([admission(f"C{number}") for number in range(6)])
    applier = Applier()
    applier.refresh()
    assert applier.apply_pending(limit=3) == 3
    journal.owner.execute('UPDATE journal_sender SET profile = profile || \'{"authority": "AUTRE"}\'')
    applier.refresh()
    taken: list[Ready] = []
    real = applier.ahead.take
    applier.ahead.take = lambda senders: taken.append(real(senders)) or taken[-1]  # type: ignore[method-assign, func-returns-value]
    assert applier.apply_pending(limit=3) == 3
    assert taken == [{}]


def test_a_sender_met_for_the_first_time_is_not_judged_unknown(journal: Journal) -> None:
    journal.put([admission("C1"), admission("C2")])
    applier = Applier()
    applier.refresh()
    journal.put([admission("C3", OTHER), admission("C4", OTHER)])  # interpreted ahead without its profile
    assert [applier.apply_pending(limit=2) for _ in range(2)] == [2, 2]
    assert {outcome for outcome, _ in journal.outcomes().values()} == {"applied"}


def test_our_own_fault_ahead_parks_its_message_alone(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    real = interpret_module.interpret

    def interpret(entry: Entry, sender: object) -> tuple[Verdict, object]:
        if b"|C4|" in entry.raw:
            raise AttributeError("a bug of ours")
        return real(entry, sender)  # type: ignore[arg-type]

    monkeypatch.setattr(interpret_module, "interpret", interpret)
    monkeypatch.setattr("archipel.connectors.hl7v2_pam.apply.interpret", interpret)
    journal.put([admission(f"C{number}") for number in range(6)])
    applier = Applier()
    applier.refresh()
    assert [applier.apply_pending(limit=3) for _ in range(2)] == [3, 3]
    outcomes = journal.outcomes()
    assert outcomes.pop("C4")[0] == "parked"
    assert {outcome for outcome, _ in outcomes.values()} == {"applied"}
