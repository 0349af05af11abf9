"""Reading what accounts need to know."""

from __future__ import annotations

from django.db import connection


def establishments_of_territory() -> list[str]:
    """The codes of every establishment of the group (foundation knows them by code alone)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM territory_etablissement ORDER BY code")
        return [code for (code,) in cursor.fetchall()]
