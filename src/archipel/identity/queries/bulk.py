"""Small bulk reads used by ingestion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from archipel.foundation.bulk import pairs


def sexes(cursor: psycopg.Cursor[tuple[Any, ...]], patients: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The sex (M, F, U or empty) of each (establishment, patient key)."""
    cursor.execute(
        "SELECT establishment, key, sexe FROM identity_patient"
        " WHERE (establishment, key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
        pairs(patients),
        prepare=True,
    )
    return {(row[0], row[1]): row[2] for row in cursor.fetchall()}
