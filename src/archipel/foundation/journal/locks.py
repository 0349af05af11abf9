"""The advisory locks that ingestion, rebuild and people's decisions share."""

from __future__ import annotations

from django.db import connection

from archipel.kernel.errors import Conflict

INGESTION_LOCK = 7205_002
"""With the hash of an establishment: held by whoever writes its movements and identities."""
REBUILD_LOCK = 7205_003


def hold_ingestion(establishment: str) -> None:
    """Wait for the establishment's batch in hand, then keep the next one out until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [INGESTION_LOCK, establishment])


def hold_off_rebuild() -> None:
    """Keep a rebuild from starting until the transaction ends: what a person decides now is not lost in its swap.

    Raises:
        Conflict: a rebuild is under way.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s, 1)", [REBUILD_LOCK])
        row = cursor.fetchone()
    if not row or not row[0]:
        raise Conflict(
            "Une reconstruction de l'état est en cours : réessayez dans quelques minutes.", code="reconstruction"
        )
