"""Pure rules of patient flow: no Django, no I/O, no clock (time is always an argument)."""

from __future__ import annotations

from archipel.domains.flow.rules.beds import (
    RESERVED_WITHIN,
    bed_state,
    fold_bed_facts,
    occupancies,
    room_state,
    standing,
)
from archipel.domains.flow.rules.ed import STEP_OF_USAGE, ed_status, fold_ed_facts
from archipel.domains.flow.rules.fold import ADMISSIONS, OCCUPYING, PLANNING, fold_facts, fold_venue
from archipel.domains.flow.rules.movement import fold_movement, merge_movement
from archipel.domains.flow.rules.ranking import distance_km, rank_beds, with_protection
from archipel.domains.flow.rules.reading import (
    canonical,
    digest,
    digest_line,
    digest_lines,
    entered,
    is_empty,
    state_at,
)

__all__ = [
    "ADMISSIONS",
    "OCCUPYING",
    "PLANNING",
    "RESERVED_WITHIN",
    "STEP_OF_USAGE",
    "bed_state",
    "canonical",
    "digest",
    "digest_line",
    "digest_lines",
    "distance_km",
    "ed_status",
    "entered",
    "fold_bed_facts",
    "fold_ed_facts",
    "fold_facts",
    "fold_movement",
    "fold_venue",
    "is_empty",
    "merge_movement",
    "occupancies",
    "rank_beds",
    "room_state",
    "standing",
    "state_at",
    "with_protection",
]
