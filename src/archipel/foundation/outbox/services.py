"""Publishing an event in the same transaction as the facts it tells about."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from django.db import connection

CHANNEL = "archipel_events"
_LIMIT = 7_500
"""PostgreSQL refuses a NOTIFY payload of 8,000 bytes or more."""


def publish(topic: str, payload: Mapping[str, Any], *, establishment: str = "") -> None:
    """Record the event and wake those who listen, when (and only if) the transaction commits.

    A payload too long for a notification is announced without its content: listeners refresh everything
    of that topic.
    """
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outbox_event (at, topic, establishment, payload) VALUES (clock_timestamp(), %s, %s, %s)"
            " RETURNING id",
            [topic, establishment, body],
        )
        (event_id,) = cursor.fetchone()
        fits = len(body.encode()) < _LIMIT
        notice = f'{{"id":{event_id},"topic":"{topic}","payload":{body if fits else "null"}}}'
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, notice])


_purged_at = 0.0
_PURGE_EVERY = 600.0


def purge() -> None:
    """Remove events older than a day, every ten minutes at the most: those who listen have long moved on."""
    global _purged_at
    if time.monotonic() - _purged_at < _PURGE_EVERY:
        return
    _purged_at = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM outbox_event WHERE at < clock_timestamp() - interval '1 day'")
