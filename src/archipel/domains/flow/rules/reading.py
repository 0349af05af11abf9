"""Reading a timeline: its state at a moment, and its canonical form for the digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from archipel.domains.flow.values import Place, Plan, Segment, VenueState, VenueStatus, VenueTimeline

_ARRIVALS = ("A05", "A14")


def state_at(timeline: VenueTimeline, at: datetime) -> VenueState:
    """Say where the venue stands at ``at``.

    A segment that begins after ``at`` is a reservation (``upcoming``), never an occupancy. ``next_change_at``
    is the next moment at which the answer changes without any new message, None when it never does.
    """
    if timeline.cancelled:
        return VenueState(VenueStatus.ANNULEE, None, None, None, None)
    current = upcoming = None
    last_end: datetime | None = None
    since: datetime | None = None
    for segment in timeline.segments:
        if segment.begin > at:
            upcoming = segment
            break
        if segment.end is not None and segment.end <= at:
            last_end = segment.end
        else:
            current = segment
    if current is not None:
        since = entered(timeline.segments, current)
        status = VenueStatus.PRESENTE if current.present else VenueStatus.ABSENTE
        return VenueState(status, current, since, upcoming, current.end)
    next_change = upcoming.begin if upcoming is not None else None
    discharged = timeline.discharged_at
    if discharged is not None and discharged <= at:
        return VenueState(VenueStatus.SORTIE, None, discharged, upcoming, next_change)
    if last_end is not None:
        return VenueState(VenueStatus.SORTIE, None, last_end, upcoming, next_change)
    if upcoming is not None or any(plan.kind in _ARRIVALS for plan in timeline.plans):
        return VenueState(VenueStatus.PREADMISE, None, None, upcoming, next_change)
    return VenueState(VenueStatus.INCONNUE, None, None, None, discharged)


def entered(segments: tuple[Segment, ...], current: Segment) -> datetime:
    """When the place of ``current`` was entered: its stretch may be cut by changes of UF, class or presence."""
    entered = current.begin
    for segment in reversed(segments):
        if segment.begin < entered:
            if segment.end != entered or segment.place != current.place:
                break
            entered = segment.begin
    return entered


# --- canonical form -----------------------------------------------------------------------------------


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def _place(place: Place | None) -> list[str] | None:
    return None if place is None else [place.uf, place.chambre, place.lit]


def _segment(segment: Segment) -> dict[str, object]:
    return {
        "begin": _iso(segment.begin),
        "end": _iso(segment.end),
        "place": _place(segment.place),
        "uf_medicale": segment.uf_medicale,
        "uf_soins": segment.uf_soins,
        "class": segment.patient_class,
        "present": segment.present,
        "movement": segment.movement,
    }


def _plan(plan: Plan) -> dict[str, object]:
    return {
        "kind": plan.kind,
        "at": _iso(plan.at),
        "place": _place(plan.place),
        "wish": plan.wish,
        "movement": plan.movement,
    }


def canonical(timeline: VenueTimeline) -> dict[str, object]:
    """Return the timeline as plain JSON values, times in ISO 8601 UTC.

    It holds no row of the log, no stamp and no clock: two installations that received the same facts in any
    order give the same value.
    """
    plans = sorted(timeline.plans, key=lambda plan: (plan.movement, plan.kind))
    return {
        "venue": timeline.venue,
        "patient": timeline.patient,
        "segments": [_segment(segment) for segment in timeline.segments],
        "plans": [_plan(plan) for plan in plans],
        "discharged_at": _iso(timeline.discharged_at),
        "exit_mode": timeline.exit_mode,
        "expected_exit": _iso(timeline.expected_exit),
        "cancelled": timeline.cancelled,
        "remarks": list(timeline.remarks),
    }


def is_empty(timeline: VenueTimeline) -> bool:
    """Nothing is known of the venue: every movement that named it now belongs to another."""
    known = timeline.segments or timeline.plans or timeline.discharged_at or timeline.patient
    return not (known or timeline.cancelled or timeline.remarks)


def digest_line(timeline: VenueTimeline, *, establishment: str = "") -> str:
    """One line of the digest: ``establishment TAB venue TAB canonical JSON``; sorts as its venue key does."""
    body = json.dumps(canonical(timeline), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{establishment}\t{timeline.venue}\t{body}"


def digest_lines(timelines: Iterable[VenueTimeline], *, establishment: str = "") -> Iterator[str]:
    """The lines of the digest, in the order of the timelines given (sort them by venue key to stream).

    An empty timeline gives no line: whether a venue that lost all its movements to another was ever seen
    depends on the order of arrival.
    """
    return (digest_line(timeline, establishment=establishment) for timeline in timelines if not is_empty(timeline))


def digest(lines: Iterable[str]) -> str:
    """SHA-256, in hexadecimal, over lines that are already sorted by code point, each ended by a line feed.

    Raises:
        ValueError: the lines are not sorted, so two runs could not be compared.
    """
    total = hashlib.sha256()
    previous = ""
    for line in lines:
        if line < previous:
            raise ValueError("digest needs its lines sorted")
        previous = line
        total.update(line.encode())
        total.update(b"\n")
    return total.hexdigest()
