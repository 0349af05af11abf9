"""Pure rules of patient flow: no Django, no I/O, no clock (time is always an argument)."""

from __future__ import annotations

from archipel.domains.flow.rules.fold import ADMISSIONS, OCCUPYING, PLANNING, fold_facts, fold_venue
from archipel.domains.flow.rules.movement import fold_movement, merge_movement
from archipel.domains.flow.rules.reading import canonical, digest, digest_line, digest_lines, state_at

__all__ = [
    "ADMISSIONS",
    "OCCUPYING",
    "PLANNING",
    "canonical",
    "digest",
    "digest_line",
    "digest_lines",
    "fold_facts",
    "fold_movement",
    "fold_venue",
    "merge_movement",
    "state_at",
]
