"""What patient flow holds in a unit, a room or a bed that is about to close. Counts only, no identity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from archipel.territory.impact import ImpactLine
from archipel.territory.values import Key, Kind, split_code

_SEGMENTS = """
SELECT count(*) FROM flow_segment
 WHERE establishment = %s AND uf = %s AND (%s = '' OR chambre = %s) AND (%s = '' OR lit = %s)
   AND (end_at IS NULL OR end_at > %s::date)
"""
_RESERVED = """
SELECT count(*) FROM flow_bedstatus
 WHERE establishment = %s AND uf = %s AND (%s = '' OR chambre = %s) AND (%s = '' OR lit = %s)
   AND reserved_until > %s::date
"""


def probe(closing: Sequence[tuple[Key, date]]) -> list[ImpactLine]:
    """Stays under way or planned, and reservations, beyond the day on which each entity closes."""
    lines: list[ImpactLine] = []
    with connection.cursor() as cursor:
        for key, day in closing:
            if key.kind not in (Kind.UF, Kind.CHAMBRE, Kind.LIT):
                continue
            uf, chambre, lit = (*split_code(key.code), "", "")[:3]
            values: list[Any] = [key.establishment, uf, chambre, chambre, lit, lit, day]
            for sql, what in ((_SEGMENTS, "séjour en cours ou prévu"), (_RESERVED, "lit réservé")):
                cursor.execute(sql, values)
                row = cursor.fetchone()
                if row and row[0]:
                    lines.append(ImpactLine(key, what, int(row[0])))
    return lines
