"""The SQL of ingestion: bulk reads and writes of the flow tables. No rule lives here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import psycopg

from archipel.domains.flow.values import Action, Movement, MovementFact, Place, VenueOwnerFact
from archipel.foundation.bulk import BulkInsert, pairs

Fact = TypeVar("Fact")
Cursor = psycopg.Cursor[tuple[Any, ...]]
Key = tuple[str, str]
"""(establishment, key)."""

_SHARED = {
    "establishment": "text",
    "movement": "text",
    "venue": "text",
    "patient": "text",
    "trigger": "text",
    "effective_at": "timestamptz",
    "stamp": "text",
    "patient_class": "text",
    "has_place": "boolean",
    "uf": "text",
    "chambre": "text",
    "lit": "text",
    "uf_medicale": "text",
    "uf_soins": "text",
    "nature": "text",
    "expected_exit": "timestamptz",
    "exit_mode": "text",
    "wish": "text",
}
_SHARED_LIST = ", ".join(_SHARED)
_FACTS = BulkInsert(
    "flow_movementfact",
    {
        **_SHARED,
        "message_id": "bigint",
        "recorded_at": "timestamptz",
        "action": "text",
        "event": "text",
        "cancels": "text",
    },
)
_MOVEMENTS = BulkInsert(
    "flow_movement",
    {**_SHARED, "cancelled": "boolean", "fact_id": "bigint"},
    "ON CONFLICT (establishment, movement) DO UPDATE SET {set}",
    ("establishment", "movement"),
)
_OWNERS = BulkInsert(
    "flow_ownerfact",
    {
        "establishment": "text",
        "venue": "text",
        "patient": "text",
        "stamp": "text",
        "message_id": "bigint",
        "recorded_at": "timestamptz",
    },
)
_VENUES = BulkInsert(
    "flow_venue",
    {
        "id": "bigint",
        "establishment": "text",
        "key": "text",
        "patient": "text",
        "begin": "timestamptz",
        "discharged_at": "timestamptz",
        "expected_exit": "timestamptz",
        "exit_mode": "text",
        "cancelled": "boolean",
        "plans": "jsonb",
        "remarks": "jsonb",
        "attributes": "jsonb",
        "updated_at": "timestamptz",
    },
    "ON CONFLICT (id) DO UPDATE SET {set}",
    ("id", "establishment", "key"),
)
_SEGMENTS = BulkInsert(
    "flow_segment",
    {
        "establishment": "text",
        "venue_id": "bigint",
        "begin": "timestamptz",
        "end_at": "timestamptz",
        "uf": "text",
        "chambre": "text",
        "lit": "text",
        "uf_medicale": "text",
        "uf_soins": "text",
        "patient_class": "text",
        "present": "boolean",
        "sexe": "text",
        "movement": "text",
    },
    "ON CONFLICT (venue_id, begin) DO UPDATE SET {set}",
    ("venue_id", "begin"),
)
_PAIRS = "(SELECT * FROM unnest(%s::text[], %s::text[]))"


@dataclass(frozen=True, slots=True)
class Received(Generic[Fact]):
    """A fact, and the message that brought it."""

    establishment: str
    message_id: int
    recorded_at: datetime
    fact: Fact


@dataclass(frozen=True, slots=True)
class VenueRow:
    """What folding needs of a stored venue."""

    attributes: Mapping[str, list[object]]
    updated_at: datetime


def _shared(establishment: str, item: MovementFact | Movement) -> tuple[object, ...]:
    place = item.place
    return (
        establishment,
        item.movement,
        item.venue,
        item.patient,
        item.trigger,
        item.effective_at,
        item.stamp,
        item.patient_class,
        place is not None,
        place.uf if place else "",
        place.chambre if place else "",
        place.lit if place else "",
        item.uf_medicale,
        item.uf_soins,
        item.nature,
        item.expected_exit,
        item.exit_mode,
        item.wish,
    )


def write_facts(cursor: Cursor, received: Sequence[Received[MovementFact]]) -> None:
    """Append movement facts to the log."""
    _FACTS.run(
        cursor,
        [
            (
                *_shared(item.establishment, item.fact),
                item.message_id,
                item.recorded_at,
                item.fact.action.value,
                item.fact.event,
                ",".join(item.fact.cancels),
            )
            for item in received
        ],
    )


def write_owners(cursor: Cursor, received: Sequence[Received[VenueOwnerFact]]) -> None:
    """Append owner facts (A44) to the log."""
    _OWNERS.run(
        cursor,
        [(i.establishment, i.fact.venue, i.fact.patient, i.fact.stamp, i.message_id, i.recorded_at) for i in received],
    )


def write_movements(cursor: Cursor, winners: Sequence[tuple[str, Movement]]) -> None:
    """Upsert the winning versions."""
    _MOVEMENTS.run(cursor, [(*_shared(est, m), m.cancelled, m.fact_id) for est, m in winners])


def write_venues(cursor: Cursor, rows: Sequence[tuple[object, ...]]) -> None:
    """Upsert folded venues."""
    _VENUES.run(cursor, rows)


def write_segments(cursor: Cursor, rows: Sequence[tuple[object, ...]]) -> None:
    """Upsert segments by (venue, begin)."""
    _SEGMENTS.run(cursor, rows)


def delete_segments(cursor: Cursor, keys: Sequence[tuple[int, datetime]]) -> None:
    """Remove segments that the fold no longer gives."""
    if keys:
        cursor.execute(
            "DELETE FROM flow_segment WHERE (venue_id, begin) IN"
            " (SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]))",
            [[key[0] for key in keys], [key[1] for key in keys]],
        )


def venue_of_movements(cursor: Cursor, keys: Iterable[Key]) -> dict[Key, str]:
    """The stored venue of each movement key that is already known."""
    cursor.execute(
        f"SELECT establishment, movement, venue FROM flow_movement WHERE (establishment, movement) IN {_PAIRS}",
        pairs(keys),
        prepare=True,
    )
    return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


_FACT_COLUMNS = f"{_SHARED_LIST}, message_id, action, event, cancels"


def _fact(row: tuple[Any, ...]) -> MovementFact:
    return MovementFact(
        movement=row[1],
        action=Action(row[19]),
        event=row[20],
        trigger=row[4],
        effective_at=row[5],
        stamp=row[6],
        venue=row[2],
        patient=row[3],
        patient_class=row[7],
        place=Place(row[9], row[10], row[11]) if row[8] else None,
        uf_medicale=row[12],
        uf_soins=row[13],
        nature=row[14],
        expected_exit=row[15],
        exit_mode=row[16],
        wish=row[17],
        cancels=tuple(row[21].split(",")) if row[21] else (),
        fact_id=row[18],
    )


def _movement(row: tuple[Any, ...]) -> Movement:
    return Movement(
        row[1],
        row[2],
        row[4],
        row[5],
        row[6],
        row[3],
        row[7],
        Place(row[9], row[10], row[11]) if row[8] else None,
        row[12],
        row[13],
        row[14],
        row[15],
        row[16],
        row[17],
        row[18],
        row[19],
    )


def facts_of(cursor: Cursor, keys: Iterable[Key]) -> dict[Key, list[MovementFact]]:
    """Every fact of the given movement keys."""
    cursor.execute(
        f"SELECT {_FACT_COLUMNS} FROM flow_movementfact WHERE (establishment, movement) IN {_PAIRS} AND cancels = ''",
        pairs(keys),
        prepare=True,
    )
    found: dict[Key, list[MovementFact]] = defaultdict(list)
    for row in cursor.fetchall():
        found[(row[0], row[1])].append(_fact(row))
    return found


def movements_of(cursor: Cursor, venues: Iterable[Key]) -> dict[Key, list[Movement]]:
    """The winning movements of each venue."""
    cursor.execute(
        f"SELECT {_SHARED_LIST}, cancelled, fact_id FROM flow_movement WHERE (establishment, venue) IN {_PAIRS}",
        pairs(venues),
        prepare=True,
    )
    found: dict[Key, list[Movement]] = defaultdict(list)
    for row in cursor.fetchall():
        found[(row[0], row[2])].append(_movement(row))
    return found


def anonymous_cancels_of(cursor: Cursor, venues: Iterable[Key]) -> dict[Key, list[MovementFact]]:
    """The CANCEL facts without ZBE-1 of each venue."""
    cursor.execute(
        f"SELECT {_FACT_COLUMNS} FROM flow_movementfact WHERE (establishment, venue) IN {_PAIRS} AND cancels <> ''",
        pairs(venues),
        prepare=True,
    )
    found: dict[Key, list[MovementFact]] = defaultdict(list)
    for row in cursor.fetchall():
        found[(row[0], row[2])].append(_fact(row))
    return found


def owners_of(cursor: Cursor, venues: Iterable[Key]) -> dict[Key, list[VenueOwnerFact]]:
    """The explicit owners of each venue."""
    cursor.execute(
        f"SELECT establishment, venue, patient, stamp FROM flow_ownerfact WHERE (establishment, venue) IN {_PAIRS}",
        pairs(venues),
        prepare=True,
    )
    found: dict[Key, list[VenueOwnerFact]] = defaultdict(list)
    for row in cursor.fetchall():
        found[(row[0], row[1])].append(VenueOwnerFact(row[1], row[2], row[3]))
    return found


def venues_of(cursor: Cursor, patients: Iterable[Key]) -> set[Key]:
    """The venues of the given patients."""
    listed = list(patients)
    if not listed:
        return set()
    cursor.execute(
        f"SELECT establishment, key FROM flow_venue WHERE (establishment, patient) IN {_PAIRS}", pairs(listed)
    )
    return {(row[0], row[1]) for row in cursor.fetchall()}


def venue_rows(cursor: Cursor, venues: Iterable[Key]) -> dict[Key, VenueRow]:
    """The stored part of venues that a fold keeps."""
    cursor.execute(
        f"SELECT establishment, key, attributes, updated_at FROM flow_venue WHERE (establishment, key) IN {_PAIRS}",
        pairs(venues),
        prepare=True,
    )
    return {(row[0], row[1]): VenueRow(row[2], row[3]) for row in cursor.fetchall()}


def segments_of(cursor: Cursor, ids: Iterable[int]) -> dict[int, dict[datetime, tuple[object, ...]]]:
    """The stored segments of each venue, by their beginning, in the shape that is written."""
    cursor.execute(
        "SELECT establishment, venue_id, begin, end_at, uf, chambre, lit, uf_medicale, uf_soins, patient_class,"
        " present, sexe, movement FROM flow_segment WHERE venue_id = ANY(%s::bigint[])",
        [list(ids)],
        prepare=True,
    )
    found: dict[int, dict[datetime, tuple[object, ...]]] = defaultdict(dict)
    for row in cursor.fetchall():
        found[row[1]][row[2]] = row
    return found
