"""The rows behind the emergency department: segments, venues, places, what people entered, requests.

Each function is one statement for any number of patients; row-level security decides what comes back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from archipel.domains.flow.values import Place, Segment
from archipel.domains.flow.values.ed import EdFact, EdFactKind
from archipel.domains.flow.values.requests import RequestStatus
from archipel.foundation.bulk import pairs, plain_reading

Key = tuple[str, str]
"""(establishment, venue key) or (establishment, UF)."""

_HERE = """
WITH here AS (
  SELECT s.venue_id FROM flow_segment s
  JOIN unnest(%(establishments)s::text[], %(ufs)s::text[]) AS ed (establishment, uf)
    ON s.establishment = ed.establishment AND (s.uf = ed.uf OR (s.uf = '' AND s.uf_medicale = ed.uf))
  WHERE s.end_at IS NULL AND s.begin <= %(now)s
  UNION
  SELECT s.venue_id FROM flow_segment s
  JOIN unnest(%(establishments)s::text[], %(ufs)s::text[]) AS ed (establishment, uf)
    ON s.establishment = ed.establishment AND (s.uf = ed.uf OR (s.uf = '' AND s.uf_medicale = ed.uf))
  WHERE s.end_at > %(recent)s AND s.begin <= %(now)s
)
SELECT s.establishment, s.venue_id, s.begin, s.end_at, s.uf, s.chambre, s.lit, s.uf_medicale, s.uf_soins,
  s.patient_class, s.present, s.movement, s.sexe
FROM flow_segment s JOIN here USING (venue_id) ORDER BY s.venue_id, s.begin
"""

_ONE = """
SELECT s.establishment, s.venue_id, s.begin, s.end_at, s.uf, s.chambre, s.lit, s.uf_medicale, s.uf_soins,
  s.patient_class, s.present, s.movement, s.sexe
FROM flow_segment s WHERE s.venue_id = %(venue)s ORDER BY s.begin
"""

_VENUES = """
SELECT v.id, v.establishment, v.key, v.plans, v.discharged_at, v.exit_mode, v.expected_exit, v.remarks, v.updated_at,
  coalesce(nullif(p.nom_utilise, ''), p.nom_naissance, ''), coalesce(p.prenom, ''), p.date_naissance,
  coalesce(p.sexe, '')
FROM flow_venue v
LEFT JOIN identity_patient p ON p.establishment = v.establishment AND p.key = v.patient
WHERE v.id = ANY(%s)
"""

_FACTS = """
SELECT f.id, f.establishment, f.venue, f.kind, f.effective_at, f.recorded_at, f.actor, f.details, f.undoes
FROM flow_edfact f
JOIN unnest(%s::text[], %s::text[]) AS k (establishment, venue) USING (establishment, venue) ORDER BY f.id
"""

_STAMPS = """
SELECT m.establishment, m.movement, m.stamp FROM flow_movement m
JOIN unnest(%s::text[], %s::text[]) AS k (establishment, movement) USING (establishment, movement)
"""

_REQUESTS = """
SELECT DISTINCT ON (r.establishment, r.venue) r.establishment, r.venue, r.id, r.status, r.receiving_establishment,
  r.uf, r.chambre, r.lit, r.updated_at
FROM flow_request r
JOIN unnest(%s::text[], %s::text[]) AS k (establishment, venue) USING (establishment, venue)
ORDER BY r.establishment, r.venue, (r.status IN ('envoyee', 'acceptee')) DESC, r.id DESC
"""

_USAGES = """
SELECT l.establishment, l.uf, l.chambre, l.lit, l.usage, l.name FROM territory_lit l
JOIN unnest(%s::text[], %s::text[]) AS ed (establishment, uf) USING (establishment, uf) WHERE NOT l.closed
"""

_HEARD = """
SELECT s.establishment, max(m.received_at) FROM journal_sender s
JOIN LATERAL (
  SELECT received_at FROM journal_message j WHERE j.sender_id = s.id ORDER BY j.id DESC LIMIT 1
) AS m ON true WHERE s.establishment = ANY(%s) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Stay:
    """The segments of one venue."""

    establishment: str
    venue_id: int
    segments: tuple[Segment, ...]
    sexe: str


@dataclass(frozen=True, slots=True)
class VenueFacts:
    """What the venue's row and its patient's say; only within the scope."""

    establishment: str
    key: str
    plans: tuple[Mapping[str, Any], ...]
    discharged_at: datetime | None
    exit_mode: str
    expected_exit: datetime | None
    remarks: tuple[str, ...]
    updated_at: datetime
    nom: str
    prenom: str
    naissance: date | None
    sexe: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """The request that counts for a venue: the open one, else the last."""

    number: int
    status: RequestStatus
    receiving: str
    uf: str
    chambre: str
    lit: str
    updated_at: datetime


def _read(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        plain_reading(cursor)
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def stays(ed_ufs: Sequence[Key], now: datetime, recent: datetime) -> list[Stay]:
    """Venues present in these UF at ``now``, or that left them since ``recent``, with all their segments."""
    if not ed_ufs:
        return []
    establishments, codes = pairs(ed_ufs)
    return stays_of(_read(_HERE, {"establishments": establishments, "ufs": codes, "now": now, "recent": recent}))


def stay(venue: int) -> Stay | None:
    """One venue with all its segments; None when it has none."""
    found = stays_of(_read(_ONE, {"venue": venue}))
    return found[0] if found else None


def stays_of(rows: Iterable[tuple[Any, ...]]) -> list[Stay]:
    """Rows of segments, in order, gathered by venue."""
    grouped: dict[tuple[str, int], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        grouped[row[0], row[1]].append(row)
    return [
        Stay(establishment, number, tuple(_segment(row) for row in group), group[-1][12])
        for (establishment, number), group in grouped.items()
    ]


def _segment(row: tuple[Any, ...]) -> Segment:
    return Segment(
        begin=row[2],
        end=row[3],
        place=Place(row[4], row[5], row[6]),
        uf_medicale=row[7],
        uf_soins=row[8],
        patient_class=row[9],
        present=row[10],
        movement=row[11],
    )


def venues(numbers: Sequence[int]) -> dict[int, VenueFacts]:
    """Number → what is known of the venue and its patient, for those that the scope may see."""
    if not numbers:
        return {}
    found = {}
    for row in _read(_VENUES, [list(numbers)]):
        plans, remarks = tuple(row[3]), tuple(row[7])
        found[row[0]] = VenueFacts(row[1], row[2], plans, row[4], row[5], row[6], remarks, *row[8:])
    return found


def facts(keys: Sequence[Key]) -> dict[Key, list[EdFact]]:
    """What people entered about each venue."""
    found: dict[Key, list[EdFact]] = defaultdict(list)
    if keys:
        for number, establishment, venue, kind, effective, recorded, actor, details, undoes in _read(
            _FACTS, pairs(keys)
        ):
            fact = EdFact(number, EdFactKind(kind), effective, recorded, actor, details, undoes)
            found[establishment, venue].append(fact)
    return found


def stamps(movements: Sequence[Key]) -> dict[Key, str]:
    """(establishment, movement) → its stamp: when its sender wrote it."""
    if not movements:
        return {}
    return {(row[0], row[1]): row[2] for row in _read(_STAMPS, pairs(movements))}


def requests(keys: Sequence[Key]) -> dict[Key, RequestRow]:
    """The request that counts for each venue."""
    if not keys:
        return {}
    rows = _read(_REQUESTS, pairs(keys))
    return {(row[0], row[1]): RequestRow(row[2], RequestStatus(row[3]), *row[4:]) for row in rows}


def usages(ed_ufs: Sequence[Key]) -> dict[tuple[str, Place], tuple[str, str]]:
    """(establishment, place) → (usage, name) of the places of these UF."""
    if not ed_ufs:
        return {}
    rows = _read(_USAGES, pairs(ed_ufs))
    return {(row[0], Place(row[1], row[2], row[3])): (row[4], row[5]) for row in rows}


def heard(establishments: Sequence[str]) -> dict[str, datetime]:
    """Establishment → when its last message came."""
    return {row[0]: row[1] for row in _read(_HEARD, [list(establishments)])} if establishments else {}
