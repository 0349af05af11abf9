"""Adding facts to the log and folding what they touch: the only writer of movements, venues and segments.

Called by the connectors' workers, in a transaction whose scope holds the establishments of the batch, under their
ingestion locks. Whatever the order in which facts arrive, the state written is the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from archipel.domains.flow.rules import PLANNING, fold_movement, fold_venue
from archipel.domains.flow.services import store, ticking
from archipel.domains.flow.services.store import Cursor, Key, Received
from archipel.domains.flow.values import Movement, MovementFact, Segment, VenueOwnerFact, VenueTimeline
from archipel.domains.flow.values.keys import venue_id as venue_id
from archipel.identity import public as identity


@dataclass(slots=True)
class Batch:
    """What a batch of messages says about patient flow."""

    movements: list[Received[MovementFact]] = field(default_factory=list)
    owners: list[Received[VenueOwnerFact]] = field(default_factory=list)
    attributes: list[tuple[Received[str], str, Mapping[str, object]]] = field(default_factory=list)
    """(received venue key, stamp, field → value)."""
    refold_patients: set[Key] = field(default_factory=set)
    """Patients whose sex changed: the segments of their venues carry it."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a batch changed, for whoever watches; no identity."""

    places: frozenset[tuple[str, str]]
    """(establishment, uf)."""
    venues: int


def ingest(cursor: Cursor, batch: Batch) -> Changed:
    """Write the facts and bring movements, venues and segments up to date."""
    store.write_facts(cursor, batch.movements)
    store.write_owners(cursor, batch.owners)
    touched = _fold_movements(cursor, batch.movements)
    for owner in batch.owners:
        touched.add((owner.establishment, owner.fact.venue))
    for received, _, _ in batch.attributes:
        touched.add((received.establishment, received.fact))
    touched |= store.venues_of(cursor, batch.refold_patients)
    return _fold_venues(cursor, touched, batch)


def _fold_movements(cursor: Cursor, received: Sequence[Received[MovementFact]]) -> set[Key]:
    """Bring the winning versions up to date; returns the venues to fold, old and new."""
    by_key: dict[Key, list[MovementFact]] = defaultdict(list)
    touched: set[Key] = set()
    for item in received:
        fact = item.fact
        touched.add((item.establishment, fact.venue))
        if not fact.cancels:
            by_key[(item.establishment, fact.movement)].append(replace(fact, fact_id=item.message_id))
    known = store.venue_of_movements(cursor, by_key.keys())
    for key, venue in known.items():
        touched.add((key[0], venue))
    if known:
        by_key.update(store.facts_of(cursor, known.keys()))
    winners = [(key[0], fold_movement(facts)) for key, facts in by_key.items()]
    for establishment, winner in winners:
        touched.add((establishment, winner.venue))
    store.write_movements(cursor, winners)
    return touched


def _fold_venues(cursor: Cursor, touched: set[Key], batch: Batch) -> Changed:
    if not touched:
        return Changed(frozenset(), 0)
    movements = store.movements_of(cursor, touched)
    cancels = store.anonymous_cancels_of(cursor, touched)
    owners = store.owners_of(cursor, touched)
    stored = store.venue_rows(cursor, touched)
    learnt = _latest(batch)
    attributes = _attributes(batch, stored)
    timelines: dict[Key, VenueTimeline] = {}
    for key in touched:
        parts: tuple[list[Movement], list[MovementFact], list[VenueOwnerFact]] = (
            movements.get(key, []),
            cancels.get(key, []),
            owners.get(key, []),
        )
        # Also when nothing is left of it: a venue is there as soon as one fact names it, whatever came before.
        timelines[key] = fold_venue(key[1], *parts)
    rows = []
    for key, timeline in timelines.items():
        before = stored.get(key)
        moment = max(filter(None, (learnt.get(key), before.updated_at if before else None)), default=None)
        rows.append(_venue_row(key, timeline, moment, attributes.get(key) or (before.attributes if before else {})))
    store.write_venues(cursor, rows)
    sexes = identity.sexes(cursor, {(key[0], timeline.patient) for key, timeline in timelines.items()})
    places = _write_segments(cursor, timelines, sexes)
    places |= _announced(batch, timelines, movements)
    return Changed(frozenset(places), len(timelines))


def _announced(
    batch: Batch, timelines: Mapping[Key, VenueTimeline], movements: Mapping[Key, Sequence[Movement]]
) -> set[tuple[str, str]]:
    """Where a plan that was made, changed or cancelled shows: where the patient is, and where it leads."""
    places: set[tuple[str, str]] = set()
    for item in batch.movements:
        fact, key = item.fact, (item.establishment, item.fact.venue)
        if key in timelines and not PLANNING.isdisjoint((fact.trigger, *fact.cancels)):
            plans = [m.place for m in movements.get(key, ()) if m.trigger in PLANNING and m.place is not None]
            now = [segment.place for segment in timelines[key].segments[-1:]]
            places.update((item.establishment, place.uf) for place in (*plans, *now) if place.uf)
    return places


def _latest(batch: Batch) -> dict[Key, datetime]:
    latest: dict[Key, datetime] = {}
    items: Iterable[tuple[str, str, datetime]] = (
        *((m.establishment, m.fact.venue, m.recorded_at) for m in batch.movements),
        *((o.establishment, o.fact.venue, o.recorded_at) for o in batch.owners),
        *((r.establishment, r.fact, r.recorded_at) for r, _, _ in batch.attributes),
    )
    for establishment, venue, at in items:
        key = (establishment, venue)
        if key not in latest or at > latest[key]:
            latest[key] = at
    return latest


def _attributes(batch: Batch, stored: Mapping[Key, store.VenueRow]) -> dict[Key, dict[str, list[object]]]:
    """Per-field last writer wins, by stamp."""
    merged: dict[Key, dict[str, list[object]]] = {}
    for received, stamp, values in batch.attributes:
        key = (received.establishment, received.fact)
        if key not in merged:
            merged[key] = dict(stored[key].attributes) if key in stored else {}
        state = merged[key]
        for name, value in values.items():
            mine = [value, stamp]
            if name not in state or (stamp, str(value)) > (str(state[name][1]), str(state[name][0])):
                state[name] = mine
    return merged


def _venue_row(
    key: Key, timeline: VenueTimeline, moment: datetime | None, attributes: Mapping[str, object]
) -> tuple[object, ...]:
    establishment, venue = key
    plans = [
        {
            "kind": plan.kind,
            "at": plan.at.isoformat(),
            "uf": plan.place.uf if plan.place else "",
            "chambre": plan.place.chambre if plan.place else "",
            "lit": plan.place.lit if plan.place else "",
            "wish": plan.wish,
            "movement": plan.movement,
        }
        for plan in timeline.plans
    ]
    return (
        venue_id(establishment, venue),
        establishment,
        venue,
        timeline.patient,
        timeline.segments[0].begin if timeline.segments else None,
        timeline.discharged_at,
        timeline.expected_exit,
        timeline.exit_mode,
        timeline.cancelled,
        json.dumps(plans, ensure_ascii=False) if plans else "[]",
        json.dumps(timeline.remarks, ensure_ascii=False) if timeline.remarks else "[]",
        json.dumps(attributes, ensure_ascii=False) if attributes else "{}",
        moment,
    )


def _write_segments(
    cursor: Cursor, timelines: Mapping[Key, VenueTimeline], sexes: Mapping[Key, str]
) -> set[tuple[str, str]]:
    """Write only the segments that differ; returns the (establishment, uf) pairs that changed."""
    ids = {venue_id(*key): key for key in timelines}
    stored = store.segments_of(cursor, ids)
    doomed: list[tuple[int, datetime]] = []
    written: list[tuple[object, ...]] = []
    places: set[tuple[str, str]] = set()
    for number, key in ids.items():
        timeline = timelines[key]
        sexe = sexes.get((key[0], timeline.patient), "")
        kept = () if timeline.cancelled else timeline.segments
        wanted = {s.begin: _segment_row(number, key[0], s, sexe) for s in kept}
        present = stored.get(number, {})
        for begin, row in present.items():
            if begin not in wanted:
                doomed.append((number, begin))
                places.add((key[0], str(row[4])))
        for begin, row in wanted.items():
            before = present.get(begin)
            if before != row:
                written.append(row)
                places.add((key[0], str(row[4])))
                if before is not None:
                    places.add((key[0], str(before[4])))
    store.delete_segments(cursor, doomed)
    store.write_segments(cursor, written)
    ticking.expect(cursor, written)
    return places


def _segment_row(number: int, establishment: str, segment: Segment, sexe: str) -> tuple[object, ...]:
    place = segment.place
    return (
        establishment,
        number,
        segment.begin,
        segment.end,
        place.uf,
        place.chambre,
        place.lit,
        segment.uf_medicale,
        segment.uf_soins,
        segment.patient_class,
        segment.present,
        sexe,
        segment.movement,
    )
