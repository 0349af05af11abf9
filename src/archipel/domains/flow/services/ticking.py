"""What comes due without any new message: a planned move or discharge whose hour has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from archipel.domains.flow.services.store import Cursor
from archipel.foundation.bulk import BulkInsert
from archipel.foundation.outbox.services import publish
from archipel.kernel import clock

_DUE = BulkInsert("flow_due", {"at": "timestamptz", "establishment": "text", "uf": "text"})


def expect(cursor: Cursor, segments: Sequence[tuple[object, ...]]) -> None:
    """Remember the bounds of written segments that are still to come (segments in the shape that is written)."""
    now = clock.now()
    coming = {
        (moment, row[0], row[4])
        for row in segments
        for moment in (row[2], row[3])
        if isinstance(moment, datetime) and moment > now
    }
    _DUE.run(cursor, sorted(coming))


def remember(moments: Sequence[tuple[datetime, str, str]]) -> None:
    """Announce these (moment, establishment, uf) when their hour comes: the end of a closure or of a reservation."""
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO flow_due (at, establishment, uf) VALUES (%s, %s, %s)", list(moments))


def announce_due() -> int:
    """Tell the screens of the places whose hour has come; returns how many. Several workers share the work."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM flow_due WHERE id IN (SELECT id FROM flow_due WHERE at <= %s ORDER BY id LIMIT 500"
            " FOR UPDATE SKIP LOCKED) RETURNING establishment, uf",
            [clock.now()],
        )
        places = {f"{establishment}:{uf}" for establishment, uf in cursor.fetchall()}
        if places:
            publish("flow.changed", {"uf": sorted(places), "sites": []})
    return len(places)
