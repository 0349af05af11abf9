"""What is said of a rubric or of a criterion while the dossier is being written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Ok, to be completed, at risk."""

    OK = "ok"
    A_COMPLETER = "a_completer"
    A_RISQUE = "a_risque"


_RANK = {Level.OK: 0, Level.A_COMPLETER: 1, Level.A_RISQUE: 2}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what is looked at, what is found, and why in French sentences; ``rubric`` says where to act."""

    id: str
    label: str
    level: Level
    why: tuple[str, ...] = ()
    rubric: str = ""
    source: str = ""
    blocking: bool = False
    """Whether a deposit is refused while it is not ok."""


def worst(checks: tuple[Check, ...]) -> Level:
    """The worst level of some checks; ok when there is none."""
    return max((check.level for check in checks), key=lambda level: _RANK[level], default=Level.OK)
