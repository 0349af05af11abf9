"""The public face of patient flow: all that upper layers and connectors may use."""

from __future__ import annotations

from archipel.domains.flow.queries.capacity import Capacity, Counts, EdLoad, SiteCapacity, UnitCapacity, capacity
from archipel.domains.flow.queries.unit import UnitBoard, unit_board
from archipel.domains.flow.services.beds import (
    CLOSURE_KINDS,
    ISOLATIONS,
    BedAct,
    BedKey,
    cancel_reservation,
    close_bed,
    mark_cleaned,
    mark_to_clean,
    plan_move,
    reopen_bed,
    reserve_bed,
    set_isolation,
    set_room_sex,
    set_staffed,
    undo,
)
from archipel.domains.flow.services.ingest import Batch, Changed, ingest, venue_id
from archipel.domains.flow.services.store import Received

__all__ = [
    "CLOSURE_KINDS",
    "ISOLATIONS",
    "Batch",
    "BedAct",
    "BedKey",
    "Capacity",
    "Changed",
    "Counts",
    "EdLoad",
    "Received",
    "SiteCapacity",
    "UnitBoard",
    "UnitCapacity",
    "cancel_reservation",
    "capacity",
    "close_bed",
    "ingest",
    "mark_cleaned",
    "mark_to_clean",
    "plan_move",
    "reopen_bed",
    "reserve_bed",
    "set_isolation",
    "set_room_sex",
    "set_staffed",
    "undo",
    "unit_board",
    "venue_id",
]
