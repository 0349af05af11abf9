"""Noticing that a sender is silent for too long, and that it speaks again: said once, by an event."""

from __future__ import annotations

import time

from django.db import connection, transaction

from archipel.connectors.hl7v2_pam.digest import establishments
from archipel.foundation.journal.senders import is_silent
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel import clock

EVERY_SECONDS = 15.0
"""Silences are counted in minutes: the worker's tick, about once a second, does nothing the rest of the time."""
_last_check = -EVERY_SECONDS

_SENDERS = """
SELECT s.id, s.establishment, s.silence_minutes, s.silence_announced_at,
       (SELECT m.received_at FROM journal_message m WHERE m.sender_id = s.id ORDER BY m.id DESC LIMIT 1)
  FROM journal_sender s WHERE s.silence_minutes > 0 OR s.silence_announced_at IS NOT NULL
"""


def check_silence() -> None:
    """The worker's tick: announce silences that begin and end, at most every :data:`EVERY_SECONDS`."""
    global _last_check
    now = time.monotonic()
    if now - _last_check >= EVERY_SECONDS:
        _last_check = now
        announce_silences()


def announce_silences() -> int:
    """Publish ``sender.silence`` for each sender whose silence begins or ends; returns how many were announced.

    The payload is the sender's number, its establishment and whether it is silent: no personal data. With several
    workers each change is announced once.
    """
    announced = 0
    with transaction.atomic():
        places = establishments()
        with in_scope(system_scope("silence", places)), connection.cursor() as cursor:
            cursor.execute(_SENDERS)
            now = clock.now()
            for number, place, minutes, told, last in cursor.fetchall():
                silent = is_silent(last, minutes, now)
                if silent == (told is not None):
                    continue
                cursor.execute(
                    "UPDATE journal_sender SET silence_announced_at = %s"
                    " WHERE id = %s AND (silence_announced_at IS NULL) = %s",
                    [now if silent else None, number, silent],
                )
                if cursor.rowcount:
                    publish(
                        "sender.silence",
                        {"establishment": place, "sender": number, "silent": silent},
                        establishment=place,
                    )
                    announced += 1
    return announced
