"""From the emergency department to a ward: how long between the decision to keep the patient and the bed.

The emergency department includes the short-stay beds (UHCD) that a passage goes through: entering a ward is entering a
unit that is neither. The decision is the first request for a bed that still stands when the patient leaves.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from archipel.domains.flow.values import Segment, VenueTimeline


@dataclass(frozen=True, slots=True)
class Boarding:
    """A passage that ended in a ward. No identity."""

    arrived_at: datetime
    entered_at: datetime
    """When the patient entered the ward."""
    ed_uf: str
    """The unit of the emergency department left."""
    ward_uf: str


def _unit(segment: Segment) -> str:
    return segment.place.uf or segment.uf_medicale


def boardings(timeline: VenueTimeline, ed_ufs: Container[str], short_stay: Container[str]) -> tuple[Boarding, ...]:
    """The passages of a venue that ended in a ward, in order; a cancelled venue has none.

    Args:
        timeline: the venue.
        ed_ufs: codes of the UF that are an emergency department.
        short_stay: codes of the UF that are its short-stay beds.
    """
    found: list[Boarding] = []
    run: list[Segment] = []
    for segment in () if timeline.cancelled else timeline.segments:
        unit = _unit(segment)
        follows = bool(run) and run[-1].end == segment.begin
        if unit in ed_ufs or (follows and unit in short_stay):
            run = [*run, segment] if follows else [segment]
            continue
        if follows and unit and unit not in short_stay:
            found.append(Boarding(run[0].begin, segment.begin, _unit(run[0]), unit))
        run = []
    return tuple(found)


def decided_at(boarding: Boarding, requests: Iterable[datetime]) -> datetime | None:
    """When the bed was asked for: the first moment between arrival and entry; None when nobody said."""
    return min((at for at in requests if boarding.arrived_at <= at <= boarding.entered_at), default=None)
