"""What messages name and the structure does not know yet, created at once so that a new sender shows live beds.

A handful of statements whatever the number of units and beds. Called by ingestion, as the system: no scope check.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from archipel.territory.values import Key, Kind, RelationKind, join_code

LOCK = "SELECT pg_advisory_xact_lock(7205, 30)"
"""Whatever changes the structure takes this lock until its transaction ends."""

_ENTITIES = """
INSERT INTO territory_entity (kind, establishment, code, provisional)
SELECT kind, %(establishment)s, code, true FROM unnest(%(kinds)s::text[], %(codes)s::text[]) AS w(kind, code)
ORDER BY kind, code
ON CONFLICT ON CONSTRAINT territory_entity_code DO NOTHING
"""

_VERSIONS = """
WITH missing AS (
    SELECT e.id, w.name, w.attributes
    FROM unnest(%(kinds)s::text[], %(codes)s::text[], %(names)s::text[], %(attributes)s::text[])
        AS w(kind, code, name, attributes)
    JOIN territory_entity e ON e.kind = w.kind AND e.establishment = %(establishment)s AND e.code = w.code
    WHERE NOT EXISTS (
        SELECT 1 FROM territory_version v WHERE v.entity_id = e.id AND v.superseded_at IS NULL
    )
), flagged AS (
    UPDATE territory_entity e SET provisional = true FROM missing WHERE missing.id = e.id AND NOT e.provisional
)
INSERT INTO territory_version
    (entity_id, establishment, valid_from, name, attributes, recorded_at, publication_id)
SELECT id, %(establishment)s, %(today)s, name, attributes::jsonb, %(now)s, %(publication)s FROM missing
RETURNING entity_id
"""

_RELATIONS = """
INSERT INTO territory_relation
    (child_id, parent_id, establishment, kind, valid_from, recorded_at, publication_id)
SELECT c.id, p.id, %(establishment)s, %(relation)s, %(today)s, %(now)s, %(publication)s
FROM unnest(%(kinds)s::text[], %(codes)s::text[], %(parent_kinds)s::text[], %(parent_codes)s::text[])
    AS w(kind, code, parent_kind, parent_code)
JOIN territory_entity c ON c.kind = w.kind AND c.establishment = %(establishment)s AND c.code = w.code
JOIN territory_entity p ON p.kind = w.parent_kind AND p.establishment = %(establishment)s AND p.code = w.parent_code
WHERE c.id = ANY(%(created)s::bigint[])
"""

_UFS = """
INSERT INTO territory_uf (establishment, code, name, site, pole, service, filiere, types, tracks_cleaning,
    protected_beds, provisional, closed)
SELECT %(establishment)s, code, code, '', '', '', 'AUTRE', '{}', true, 0, true, false
FROM unnest(%(ufs)s::text[]) AS w(code) ORDER BY code
ON CONFLICT ON CONSTRAINT territory_uf_code DO NOTHING
"""

_LITS = """
INSERT INTO territory_lit (establishment, uf, chambre, lit, name, usage, single, isolation, position, provisional,
    closed)
SELECT %(establishment)s, uf, chambre, lit, lit, 'lit', false, false, 0, true, false
FROM unnest(%(bed_ufs)s::text[], %(bed_rooms)s::text[], %(bed_codes)s::text[]) AS w(uf, chambre, lit)
ORDER BY uf, chambre, lit
ON CONFLICT ON CONSTRAINT territory_lit_code DO NOTHING
"""

_UNKNOWN_UFS = """
SELECT w.uf FROM unnest(%s::text[]) AS w(uf)
WHERE NOT EXISTS (SELECT 1 FROM territory_uf u WHERE u.establishment = %s AND u.code = w.uf)
"""

_UNKNOWN_ROOMS = """
SELECT w.code FROM unnest(%s::text[]) AS w(code)
WHERE NOT EXISTS (
    SELECT 1 FROM territory_entity e JOIN territory_version v ON v.entity_id = e.id AND v.superseded_at IS NULL
    WHERE e.kind = 'CHAMBRE' AND e.establishment = %s AND e.code = w.code)
"""

_UNKNOWN_LITS = """
SELECT w.uf, w.chambre, w.lit FROM unnest(%s::text[], %s::text[], %s::text[]) AS w(uf, chambre, lit)
WHERE NOT EXISTS (
    SELECT 1 FROM territory_lit l
    WHERE l.establishment = %s AND l.uf = w.uf AND l.chambre = w.chambre AND l.lit = w.lit)
"""

Bed = tuple[str, str, str]


def _rooms(beds: set[Bed]) -> set[tuple[str, str]]:
    return {(uf, chambre) for uf, chambre, _ in beds if chambre}


def _unknown(
    establishment: str, ufs: set[str], beds: set[Bed]
) -> tuple[bool, set[str], set[tuple[str, str]], set[Bed]]:
    """What of this the structure does not hold: (the establishment itself, UF, rooms, beds)."""
    rooms = _rooms(beds)
    named = {bed for bed in beds if bed[2]}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM territory_etablissement WHERE code = %s", [establishment])
        new = cursor.fetchone() is None
        cursor.execute(_UNKNOWN_UFS, [sorted(ufs), establishment])
        missing_ufs = {uf for (uf,) in cursor.fetchall()}
        missing_rooms: set[tuple[str, str]] = set()
        if rooms:
            by_code = {join_code(*room): room for room in rooms}
            cursor.execute(_UNKNOWN_ROOMS, [list(by_code), establishment])
            missing_rooms = {by_code[code] for (code,) in cursor.fetchall()}
        missing_beds: set[Bed] = set()
        if named:
            columns = [list(column) for column in zip(*sorted(named), strict=True)]
            cursor.execute(_UNKNOWN_LITS, [*columns, establishment])
            missing_beds = set(cursor.fetchall())
    return new, missing_ufs, missing_rooms, missing_beds


def ensure_provisional(
    *, establishment: str, name: str, ufs: set[str], beds: set[tuple[str, str, str]], source: str
) -> None:
    """Create as provisional the establishment, UF, rooms and beds that the structure does not know.

    Nothing is written, nor locked, when all is known. Else the structure's lock is held until the transaction ends:
    call it before locking other rows. A unit or bed that is closed stays closed (a message about it is a fact to
    look at, not a reason to reopen it). A patient in a room without bed (PV1-3.3 empty) creates the room only.

    Args:
        establishment: FINESS EJ, or a provisional code beginning with ``~``.
        name: what to call the establishment when it is new.
        ufs: UF codes; those of ``beds`` are added.
        beds: ``(uf, chambre, lit)``, ``chambre`` or ``lit`` possibly empty.
        source: what named them, e.g. ``message:1234`` (kept as ``provisoire:…`` in the history).
    """
    wanted_ufs = {uf for uf in ufs if uf} | {uf for uf, _, _ in beds if uf}
    wanted_beds = {bed for bed in beds if bed[0]}
    if not any(_unknown(establishment, wanted_ufs, wanted_beds)):
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        new, missing_ufs, rooms, missing_beds = _unknown(establishment, wanted_ufs, wanted_beds)
        if new or missing_ufs or rooms or missing_beds:
            _create(establishment, name or establishment, (new, missing_ufs, rooms, missing_beds), source)


def _wanted(
    establishment: str, name: str, unknown: tuple[bool, set[str], set[tuple[str, str]], set[Bed]]
) -> list[tuple[Key, Key | None, str, dict[str, object]]]:
    """Each entity to create, with its parent, name and attributes."""
    new, ufs, rooms, beds = unknown
    top = Key(Kind.EJ, establishment, establishment)
    rows: list[tuple[Key, Key | None, str, dict[str, object]]] = []
    if new:
        rows.append((top, None, name, {}))
    rows += [(Key(Kind.UF, establishment, uf), top, uf, {}) for uf in sorted(ufs)]
    rows += [
        (Key(Kind.CHAMBRE, establishment, join_code(*room)), Key(Kind.UF, establishment, room[0]), room[1], {})
        for room in sorted(rooms)
    ]
    for uf, chambre, lit in sorted(beds):
        parent = (
            Key(Kind.CHAMBRE, establishment, join_code(uf, chambre)) if chambre else Key(Kind.UF, establishment, uf)
        )
        rows.append((Key(Kind.LIT, establishment, join_code(uf, chambre, lit)), parent, lit, {}))
    return rows


def _create(
    establishment: str,
    name: str,
    unknown: tuple[bool, set[str], set[tuple[str, str]], set[Bed]],
    source: str,
) -> None:
    rows = _wanted(establishment, name, unknown)
    now: datetime = timezone.now()
    today: date = timezone.localdate()
    beds = sorted(unknown[3])
    summary = {"crees": len(rows)}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO territory_publication (at, actor, source, establishment, summary, reason, effective_on)"
            " VALUES (%s, %s, %s, %s, %s, '', %s) RETURNING id",
            [now, "système:ingestion", f"provisoire:{source}", establishment, json.dumps(summary), today],
        )
        values = {
            "establishment": establishment,
            "kinds": [key.kind.value for key, _, _, _ in rows],
            "codes": [key.code for key, _, _, _ in rows],
            "parent_kinds": [parent.kind.value if parent else None for _, parent, _, _ in rows],
            "parent_codes": [parent.code if parent else None for _, parent, _, _ in rows],
            "names": [label for _, _, label, _ in rows],
            "attributes": [json.dumps(attributes) for _, _, _, attributes in rows],
            "relation": RelationKind.RATTACHEMENT.value,
            "today": today,
            "now": now,
            "publication": cursor.fetchone()[0],
            "ufs": sorted(unknown[1]),
            "bed_ufs": [bed[0] for bed in beds],
            "bed_rooms": [bed[1] for bed in beds],
            "bed_codes": [bed[2] for bed in beds],
        }
        cursor.execute(_ENTITIES, values)
        cursor.execute(_VERSIONS, values)
        values["created"] = [entity for (entity,) in cursor.fetchall()]
        cursor.execute(_RELATIONS, values)
        if unknown[0]:
            cursor.execute(
                "INSERT INTO territory_etablissement (code, ght, name, short_name, support, provisional)"
                " VALUES (%s, '', %s, '', false, true) ON CONFLICT (code) DO NOTHING",
                [establishment, name],
            )
        cursor.execute(_UFS, values)
        cursor.execute(_LITS, values)
