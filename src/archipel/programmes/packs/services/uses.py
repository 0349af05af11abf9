"""Who keeps a version of a pack: the rooms above answer, since packs do not know them.

A room registers a probe once, in its ``AppConfig.ready``; the review of a new version asks them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archipel.programmes.packs.values.versions import Use

Probe = Callable[[str, str], Sequence[Use]]
"""Given a pack and a version, what keeps it (dossiers, campaigns, frozen proofs…)."""

_probes: dict[str, Probe] = {}


def register_use_probe(name: str, probe: Probe) -> None:
    """Add a probe; a second one of the same name replaces the first."""
    _probes[name] = probe


def uses_of(pack: str, version: str) -> list[Use]:
    """What keeps a version, as every registered probe says."""
    return [use for probe in _probes.values() for use in probe(pack, version) if use.count]
