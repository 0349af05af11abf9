"""Sealing the trail and proving that nobody touched it.

Each entry, once committed, gets a position and ``hash = SHA-256(previous hash || canonical entry)``. Positions follow
the order of sealing, not the entries' numbers: numbers are taken before commit and may become visible out of order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.audit.anchor import Anchor
from archipel.foundation.audit.canonical import GENESIS, Sealed, link, parse_details
from archipel.foundation.scope import in_scope, system_scope

LOCK = (7205, 2)
"""Advisory lock of sealing: one at a time, whatever the number of workers."""
KEPT = 100
"""Faults listed in a report; the rest are counted."""
BATCH = 2_000
_COLUMNS = (
    "e.id, e.at, e.actor, e.user_id, e.establishment, e.action, e.object_type, e.object_key, e.reason, e.details::text"
)
_WRITERS = """
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'audit_entry'::regclass AND mode = 'RowExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was sealed."""

    position: int
    kind: str
    """``modifie``, ``acte-absent``, ``position-absente``, ``ancre``, ``ancre-signature``."""
    message: str


@dataclass(frozen=True, slots=True)
class SealingState:
    """The end of the chain."""

    position: int
    hash: bytes
    sealed_at: datetime | None


@dataclass(slots=True)
class VerifyReport:
    """What the verification of the whole chain found."""

    verified: int = 0
    """Positions read."""
    changed: int = 0
    missing: int = 0
    faults: list[Fault] = field(default_factory=list)
    """The first ones, in order; the first is the first broken position."""
    last_position: int = 0
    last_hash: bytes = GENESIS
    unsealed: int = 0
    oldest_unsealed: timedelta | None = None
    anchor_position: int | None = None

    @property
    def ok(self) -> bool:
        """Whether everything sealed is as it was."""
        return not self.faults

    def add(self, fault: Fault) -> None:
        """Keep a fault, within the limit."""
        if len(self.faults) < KEPT:
            self.faults.append(fault)


def seal(limit: int = 10_000) -> int:
    """Seal the committed entries that are not, in the order of their numbers; returns how many.

    Safe from several workers at once: the second waits, then finds nothing left to do. Call it outside of any
    transaction that stays open.

    Args:
        limit: entries sealed at most.
    """
    with in_scope(system_scope("chaine", [])), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", LOCK)
        cursor.execute(
            "SELECT settled_id, candidate_id, candidate_writers::text FROM audit_progress ORDER BY id LIMIT 1"
        )
        settled, candidate, writers = cursor.fetchone() or (0, 0, "[]")
        # The order matters: numbers first, then who may still write a smaller one, then what is visible.
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_entry_id_seq")
        newest = int((cursor.fetchone() or (0,))[0])
        cursor.execute(_WRITERS)
        writing = {vxid for (vxid,) in cursor.fetchall()}
        cursor.execute(
            f"SELECT {_COLUMNS} FROM audit_entry e WHERE e.id > %s AND NOT EXISTS"
            " (SELECT 1 FROM audit_seal s WHERE s.entry_id = e.id) ORDER BY e.id LIMIT %s",
            [settled, limit],
        )
        rows = cursor.fetchall()
        _append(cursor, rows)
        if len(rows) < limit and not writing & set(json.loads(writers)):
            cursor.execute(
                "UPDATE audit_progress SET settled_id = %s, candidate_id = %s, candidate_writers = %s::jsonb",
                [candidate, newest, json.dumps(sorted(writing))],
            )
    return len(rows)


def seal_tick() -> None:
    """Seal what waits, for a worker's regular round."""
    seal()


def _append(cursor: Any, rows: list[tuple[Any, ...]]) -> None:
    cursor.execute("SELECT position, hash FROM audit_seal ORDER BY position DESC LIMIT 1")
    last = cursor.fetchone()
    position, previous = (int(last[0]), bytes(last[1])) if last else (0, GENESIS)
    positions, entries, hashes = [], [], []
    for row in rows:
        position += 1
        previous = link(previous, _sealed(row))
        positions.append(position)
        entries.append(row[0])
        hashes.append(previous)
    if rows:
        cursor.execute(
            "INSERT INTO audit_seal (position, entry_id, hash, sealed_at)"
            " SELECT *, now() FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[])",
            [positions, entries, hashes],
        )


def sealing_state() -> SealingState:
    """The last sealed position; position 0 when nothing is sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, hash, sealed_at FROM audit_seal ORDER BY position DESC LIMIT 1")
        row = cursor.fetchone()
    return SealingState(0, GENESIS, None) if row is None else SealingState(int(row[0]), bytes(row[1]), row[2])


def current_anchor() -> Anchor:
    """A signed statement of the end of the chain, to be kept elsewhere (paper, another server, an e-mail)."""
    state = sealing_state()
    return Anchor.sign(position=state.position, hash_=state.hash, at=timezone.now())


def verify(anchor: Anchor | None = None) -> VerifyReport:
    """Recompute the whole chain; memory does not grow with it.

    Args:
        anchor: a statement kept elsewhere: without one, a chain cut at its end still looks whole.
    """
    report = VerifyReport(anchor_position=anchor.position if anchor else None)
    if anchor and not anchor.is_genuine():
        report.add(Fault(anchor.position, "ancre-signature", "La signature de l'ancre n'est pas celle d'Archipel."))
    with transaction.atomic(), in_scope(system_scope("verification", [])):
        anchored = anchor is None or (anchor.position == 0 and anchor.hash == GENESIS)
        for position, stored, row in _chain():
            _check(report, position, stored, row)
            if anchor and position == anchor.position:
                anchored = True
                if stored != anchor.hash:
                    report.add(
                        Fault(position, "ancre", f"Position {position} : l'empreinte n'est pas celle de l'ancre.")
                    )
        if anchor and not anchored:
            report.missing += max(0, anchor.position - report.last_position)
            report.add(
                Fault(
                    min(anchor.position, report.last_position + 1),
                    "ancre",
                    f"La chaîne s'arrête à la position {report.last_position} ; "
                    f"l'ancre du {anchor.at:%d/%m/%Y à %H:%M} connaissait la position {anchor.position}.",
                )
            )
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), min(e.at) FROM audit_entry e"
                " WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.entry_id = e.id)"
            )
            count, oldest = cursor.fetchone() or (0, None)
    report.unsealed = int(count)
    report.oldest_unsealed = timezone.now() - oldest if oldest else None
    return report


def _chain() -> Iterator[tuple[int, bytes, tuple[Any, ...]]]:
    """Every seal in order with its entry (whose id is None when it is gone), read by batches."""
    cursor = connection.chunked_cursor()
    try:
        cursor.execute(
            f"SELECT s.position, s.hash, {_COLUMNS}, s.entry_id FROM audit_seal s"
            " LEFT JOIN audit_entry e ON e.id = s.entry_id ORDER BY s.position"
        )
        while batch := cursor.fetchmany(BATCH):
            for position, stored, *row in batch:
                yield int(position), bytes(stored), tuple(row)
    finally:
        cursor.close()


def _check(report: VerifyReport, position: int, stored: bytes, row: tuple[Any, ...]) -> None:
    expected = report.last_position + 1
    if position != expected:
        gone = position - expected
        report.missing += max(0, gone)
        where = f"{expected} à {position - 1}" if gone > 1 else f"{expected}"
        report.add(Fault(expected, "position-absente", f"Position(s) {where} : absente(s) de la chaîne."))
    elif row[0] is None:
        report.missing += 1
        report.add(Fault(position, "acte-absent", f"Position {position} : l'acte n° {row[-1]} a été effacé."))
    elif link(report.last_hash, _sealed(row)) != stored:
        report.changed += 1
        report.add(Fault(position, "modifie", f"Position {position} : l'acte n° {row[0]} ou son sceau a été modifié."))
    report.verified += 1
    report.last_position, report.last_hash = position, stored


def _sealed(row: tuple[Any, ...]) -> Sealed:
    number, at, actor, user_id, establishment, action, object_type, object_key, reason, details = row[:10]
    return Sealed(
        int(number), at, actor, user_id, establishment, action, object_type, object_key, reason, parse_details(details)
    )
