"""How much is waiting to be applied."""

from __future__ import annotations

from django.db import connection


def pending_count() -> int:
    """Messages committed to the journal and not yet applied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal_pending")
        row = cursor.fetchone()
    return int(row[0]) if row else 0
