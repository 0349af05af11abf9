"""Is the installation alive: the database, the last message, the queue."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from archipel import __version__
from archipel.foundation.scope import in_scope, system_scope


def report() -> tuple[dict[str, Any], bool]:
    """The health report and whether everything answers. Ages are in seconds; ``null``: no message yet."""
    now = timezone.now()
    answer: dict[str, Any] = {"version": __version__, "a": now.isoformat(), "base": "ok"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT establishment FROM journal_sender")
            senders = [code for (code,) in cursor.fetchall()]
            cursor.execute("SELECT count(*) FROM journal_pending")
            (pending,) = cursor.fetchone()
        with in_scope(system_scope("sante", senders)), connection.cursor() as cursor:
            cursor.execute("SELECT received_at FROM journal_message ORDER BY id DESC LIMIT 1")
            last = cursor.fetchone()
    except DatabaseError as error:
        return {**answer, "base": "en panne", "erreur": type(error).__name__}, False
    age = round((now - last[0]).total_seconds(), 1) if last else None
    return {**answer, "messages": {"dernier_age_s": age, "en_attente": pending}}, True
