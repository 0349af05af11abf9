"""Who refers to what is about to close: the layers above answer, since the territory does not know them.

A layer registers a probe once, in its ``AppConfig.ready``; each dry run asks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from archipel.territory.values import Key


@dataclass(frozen=True, slots=True)
class ImpactLine:
    """What refers to an entity that would close: ``count`` of ``what`` ("séjour en cours", "lit réservé")."""

    key: Key
    what: str
    count: int


Probe = Callable[[Sequence[tuple[Key, date]]], Sequence[ImpactLine]]
"""Given the entities that close and when, what refers to them; no name of a patient in the answer."""

_probes: dict[str, Probe] = {}


def register_impact_probe(name: str, probe: Probe) -> None:
    """Add a probe; a second one of the same name replaces the first."""
    _probes[name] = probe


def impact_of(closing: Sequence[tuple[Key, date]], probe: Probe | None = None) -> list[ImpactLine]:
    """Ask every registered probe, or the one given, who refers to what closes."""
    if not closing:
        return []
    asked = [probe] if probe is not None else list(_probes.values())
    return [line for one in asked for line in one(closing) if line.count]
