"""``archipel rebuild``: fold the whole journal again, beside the live state, then swap in one transaction.

Everything derived from messages is made again in a schema of its own while the live tables go on serving; when it
has caught up, ingestion is held for the moment of the swap. Ledgers written by people are not touched.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection, transaction

from archipel.connectors.hl7v2_pam.apply import REBUILD_LOCK, Applier, read_entries
from archipel.connectors.hl7v2_pam.digest import establishments, state_digest
from archipel.connectors.hl7v2_pam.interpret import Entry, interpret_all
from archipel.foundation.bulk import raw_cursor
from archipel.foundation.scope import APP_ROLE, in_scope, system_scope
from archipel.foundation.tuning import for_one_long_run
from archipel.kernel.errors import Conflict

SCHEMA = "archipel_rebuild"
TABLES = (
    "flow_movementfact",
    "flow_ownerfact",
    "flow_movement",
    "flow_venue",
    "flow_segment",
    "identity_patient",
    "identity_mergefact",
    "journal_outcome",
)
_BATCH = 10_000
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found."""

    messages: int
    before: str
    after: str

    @property
    def same(self) -> bool:
        """Whether the live state was already what the journal says."""
        return self.before == self.after


@contextmanager
def _beside() -> Iterator[None]:
    """Make Django's connection see the schema being rebuilt before the live one."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {SCHEMA}, public")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")


def _create(owner: psycopg.Connection[Any]) -> None:
    owner.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    owner.execute(f"CREATE SCHEMA {SCHEMA}")
    for table in TABLES:
        owner.execute(f"CREATE UNLOGGED TABLE {SCHEMA}.{table} (LIKE public.{table} INCLUDING ALL)")
    owner.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {APP_ROLE}")
    owner.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {SCHEMA} TO {APP_ROLE}")
    owner.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {APP_ROLE}")


_EVERY = "SELECT id FROM journal_message WHERE id > %s ORDER BY id LIMIT %s"
_MISSING = """
SELECT id FROM journal_message m WHERE id > %s AND NOT EXISTS (SELECT FROM journal_outcome o WHERE o.message_id = m.id)
   AND NOT EXISTS (SELECT FROM journal_pending p WHERE p.message_id = m.id) ORDER BY id LIMIT %s
"""


def _next(query: str, after: int) -> list[Entry]:
    """The entries beyond ``after`` that the query gives, by its (after, how many) parameters."""
    with in_scope(system_scope("rebuild", establishments())):
        cursor = raw_cursor()
        cursor.execute(query, [after, _BATCH])
        numbers = [row[0] for row in cursor.fetchall()]
        return read_entries(cursor, numbers) if numbers else []


def _replay(applier: Applier, query: str, progress: Callable[[int], None]) -> int:
    """Apply the journal entries that the query gives; returns how many.

    While the database works on a batch, another thread interprets the next one.
    """
    done = 0
    applier.refresh()
    with for_one_long_run(), ThreadPoolExecutor(1) as ahead:
        entries = _next(query, 0)
        reading = ahead.submit(interpret_all, entries, applier.senders)
        while entries:
            batch, ready = entries, reading.result()
            entries = _next(query, batch[-1].id)
            reading = ahead.submit(interpret_all, entries, applier.senders)
            with in_scope(system_scope("rebuild", establishments())):
                applier.apply(batch, ready=ready)
            done += len(batch)
            progress(done)
    return done


def _drain(owner: psycopg.Connection[Any]) -> None:
    """Apply to the live state what waited when the replay ended: both states then stem from the same messages."""
    live = Applier()
    row = owner.execute("SELECT coalesce(max(message_id), 0) FROM journal_pending").fetchone()
    assert row is not None
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if not owner.execute("SELECT 1 FROM journal_pending WHERE message_id <= %s LIMIT 1", [row[0]]).fetchone():
            return
        if not live.apply_pending():
            time.sleep(0.02)
    raise Conflict("Des messages attendent encore d'être appliqués : un autre processus les tient.", code="occupe")


def _swap(owner: psycopg.Connection[Any]) -> None:
    for table in TABLES:
        columns = owner.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''"
            " AND attgenerated = ''",
            [f"public.{table}"],
        ).fetchone()
        assert columns is not None
        owner.execute(f"TRUNCATE public.{table}")
        owner.execute(f"INSERT INTO public.{table} ({columns[0]}) SELECT {columns[0]} FROM {SCHEMA}.{table}")
    owner.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def rebuild(*, verify_only: bool = False, progress: Callable[[int], None] = lambda done: None) -> Rebuilt:
    """Fold the journal again; swap the result in unless ``verify_only``.

    Needs the database's owner (``DATABASE_URL``), since ledgers refuse truncation to everyone else.
    """
    applier = Applier(rebuilding=True)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(%s, 1)", [REBUILD_LOCK])
        _create(owner)
        with _beside():
            count = _replay(applier, _EVERY, progress)
        _drain(owner)
        # Hold ingestion, catch up with what was applied meanwhile (a number may be committed after a greater one),
        # compare, swap. What is still waiting then is applied afterwards, as ever.
        owner.execute("SELECT pg_advisory_lock(%s, 2)", [REBUILD_LOCK])
        try:
            with _beside():
                late = _replay(applier, _MISSING, lambda done: progress(count + done))
                with transaction.atomic():
                    after = state_digest(establishments())
            with transaction.atomic():
                before = state_digest(establishments())
            with owner.transaction():
                if verify_only:
                    owner.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
                else:
                    _swap(owner)
        finally:
            owner.execute("SELECT pg_advisory_unlock_all()")
    return Rebuilt(count + late, before, after)
