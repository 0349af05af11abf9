"""``archipel flow digest``: one SHA-256 over the canonical state, so that two runs can be compared.

One line per venue and one per patient, in the order of establishment and key by code point. Nothing in a line depends
on the order of arrival, on a row number or on a clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from archipel.foundation.bulk import plain_reading, raw_cursor
from archipel.foundation.scope import in_scope, system_scope

_VENUES = """
SELECT v.establishment, v.key, v.patient, v.discharged_at, v.expected_exit, v.exit_mode, v.cancelled, v.plans,
       v.remarks, v.attributes,
       coalesce((SELECT json_agg(json_build_array(
            extract(epoch FROM s.begin), extract(epoch FROM s.end_at), s.uf, s.chambre, s.lit, s.uf_medicale,
            s.uf_soins, s.patient_class, s.present, s.movement) ORDER BY s.begin)
          FROM flow_segment s WHERE s.venue_id = v.id), '[]'::json)
  FROM flow_venue v ORDER BY v.establishment COLLATE "C", v.key COLLATE "C"
"""
_PATIENTS = """
SELECT establishment, key, representative, traits FROM identity_patient
 ORDER BY establishment COLLATE "C", key COLLATE "C"
"""


def _rows(sql: str) -> Iterator[tuple[Any, ...]]:
    with connection.connection.cursor(name="archipel_digest") as cursor:  # server-side: constant memory
        plain_reading(cursor)
        cursor.itersize = 5_000
        cursor.execute(sql)
        yield from cursor


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def _values(state: dict[str, Any]) -> dict[str, Any]:
    return {name: item[0] for name, item in state.items()}


def state_lines() -> Iterator[str]:
    """The canonical lines of everything in scope: venues, then patients."""
    for row in _rows(_VENUES):
        establishment, key, patient, discharged, expected, mode, cancelled, plans, remarks, attributes, segments = row
        body = {
            "patient": patient,
            "discharged_at": _iso(discharged),
            "expected_exit": _iso(expected),
            "exit_mode": mode,
            "cancelled": cancelled,
            "plans": plans,
            "remarks": remarks,
            "attributes": _values(attributes),
            "segments": segments,
        }
        yield f"venue\t{establishment}\t{key}\t{json.dumps(body, sort_keys=True, ensure_ascii=False)}"
    for establishment, key, representative, traits in _rows(_PATIENTS):
        ins = traits.get("ins")
        body = {
            "representative": representative,
            "traits": _values(traits.get("f", {})),
            "ins": ins[0] if ins else None,
        }
        yield f"patient\t{establishment}\t{key}\t{json.dumps(body, sort_keys=True, ensure_ascii=False)}"


def establishments() -> list[str]:
    """Every establishment that the territory or a sender names."""
    cursor = raw_cursor()
    cursor.execute("SELECT code FROM territory_etablissement UNION SELECT establishment FROM journal_sender")
    return sorted(row[0] for row in cursor.fetchall())


def state_digest(places: Iterable[str]) -> str:
    """SHA-256, hexadecimal, of :func:`state_lines` over the given establishments, each line ended by a line feed."""
    total = hashlib.sha256()
    with in_scope(system_scope("digest", places)):
        for line in state_lines():
            total.update(line.encode())
            total.update(b"\n")
    return total.hexdigest()
