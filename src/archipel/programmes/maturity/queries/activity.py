"""The activité combinée of the establishments: an input with provenance, unknown where nobody gave it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

ACTIVITY = "activite-combinee"


@dataclass(frozen=True, slots=True)
class Activity:
    """The AC of an entity on a day: None where it is unknown, and why or from whom."""

    value: Fraction | None
    source: str


def activity_of(entities: Iterable[str], at: date) -> dict[str, Activity]:
    """The AC of each entity (FINESS EJ or PMSI) on a day."""
    return dict.fromkeys(entities, Activity(None, "non renseignée"))
