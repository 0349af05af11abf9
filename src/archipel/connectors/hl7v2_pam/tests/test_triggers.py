"""Which events are read, which are ignored and say so, and what is missing from a message."""

from __future__ import annotations

import pytest

from archipel.connectors.hl7v2_pam.tests.messages import STRICT, evn, has, msh, one, pid, pv1, read, rejected, zbe
from archipel.domains.flow.values import Action


@pytest.mark.parametrize(
    ("event", "kind", "words"),
    [
        ("A60", "ADT", "A60"),
        ("A09", "ADT", "non utilisé"),
        ("R01", "ORU", "ORU"),
        ("S12", "SIU", "SIU"),
        ("A01", "ACK", "accusé"),
        ("M05", "MFN", "structure"),
    ],
)
def test_ignored(event: str, kind: str, words: str) -> None:
    found = read(event, evn(), kind=kind)
    assert (found.outcome, found.movements, found.identities) == ("ignored", (), ())
    assert words in found.reason


def test_event_of_evn() -> None:
    found = read("", evn(f1="A02"), pid(), pv1(), zbe())
    assert one(found).event == "A02"
    assert has(found, "MSH-9.2", "EVN-1")
    assert rejected("", evn()).field == "9.2"
    assert rejected("", evn(), kind="").field == "9"


def test_missing_patient() -> None:
    assert rejected("A01", evn(), pv1(), zbe()).segment == "PID"
    assert rejected("A40", evn()).segment == "PID"
    assert msh().startswith("MSH")


def test_a08_with_a_movement() -> None:
    found = read("A08", evn(), pid(), pv1(), zbe())
    assert (one(found).action, one(found).trigger) == (Action.UPDATE, "")
    assert has(found, "ZBE-4", "A08")
    found = read("A08", evn(), pid(), pv1(), zbe(f1=""))
    assert (found.movements, len(found.identities)) == ((), 1)
    assert has(found, "ZBE-1")
    assert rejected("A08", evn(), pid(), pv1(), zbe(), profile=STRICT).field == "4"
