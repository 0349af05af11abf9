"""From the journal to the domains: translate a batch of messages and fold what they say.

One transaction per batch: facts, projections, outcomes and the removal from the queue are committed together, so a
crash at any moment leaves either all or nothing. The order inside an establishment is that of the journal; two
workers never hold the same establishment at once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, transaction

from archipel.connectors.hl7v2_pam.ahead import Ahead
from archipel.connectors.hl7v2_pam.codec import CodecError, Translation
from archipel.connectors.hl7v2_pam.interpret import NOTHING, STRUCTURE, Entry, Ready, Verdict, interpret
from archipel.connectors.hl7v2_pam.senders import Sender, load_profiles
from archipel.connectors.hl7v2_pam.structure.receive import mfn_profile, receive
from archipel.connectors.hl7v2_pam.structure_index import StructureIndex
from archipel.domains.flow import public as flow
from archipel.foundation.bulk import BulkInsert, raw_cursor
from archipel.foundation.journal import decisions, locks
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import in_scope, system_scope
from archipel.identity import public as identity
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError
from archipel.territory.values import UNATTACHED

log = logging.getLogger(__name__)
_UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError)
LOCK_SPACE = locks.INGESTION_LOCK
REBUILD_LOCK = locks.REBUILD_LOCK
_OUTCOMES = BulkInsert(
    "journal_outcome",
    {
        "message_id": "bigint",
        "establishment": "text",
        "outcome": "text",
        "reason": "text",
        "segment": "text",
        "field": "text",
        "warnings": "jsonb",
        "applied_at": "timestamptz",
    },
    "ON CONFLICT (message_id) DO UPDATE SET {set}",
    ("message_id", "establishment"),
)


@dataclass(slots=True)
class Applied:
    """The result of a batch."""

    verdicts: list[Verdict] = field(default_factory=list)
    places: set[tuple[str, str]] = field(default_factory=set)


class Applier:
    """Applies messages; keeps the structure's index and the senders' profiles between batches."""

    def __init__(self, *, rebuilding: bool = False) -> None:
        self.rebuilding = rebuilding
        self.index = StructureIndex()
        self.senders: dict[int, Sender] = {}
        self.ahead = Ahead()

    def apply_pending(self, limit: int = 1000) -> int:
        """Apply up to ``limit`` messages of the queue; returns how many were handled (0: nothing to do).

        When more are waiting, another thread interprets the next ones while the database works on these.
        """
        with transaction.atomic():
            cursor = raw_cursor()
            cursor.execute(
                "SELECT message_id, establishment FROM journal_pending ORDER BY message_id LIMIT %s",
                [limit * 2],
                prepare=True,
            )
            listed = cursor.fetchall()
            waiting, beyond = listed[:limit], listed[limit:]
            if not waiting:
                return 0
            # A rebuild that swaps its result in holds this one alone.
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 2)", [REBUILD_LOCK], prepare=True)
            held = _lock(cursor, sorted({row[1] for row in waiting}))
            if not held:
                return 0
            # Read again under the locks: what another worker has just applied is gone.
            cursor.execute(
                "SELECT message_id, again FROM journal_pending"
                " WHERE message_id = ANY(%s::bigint[]) AND establishment = ANY(%s)",
                [[row[0] for row in waiting], held],
                prepare=True,
            )
            rows = cursor.fetchall()
            numbers = [row[0] for row in rows]
            if not numbers:
                return 0
            again = any(row[1] for row in rows)
            if again:  # somebody changed a profile or the structure, then asked to try again
                self.refresh()
            with in_scope(system_scope("worker", held)):
                ready = self.ahead.take(self.senders)
                entries = _entries(cursor, numbers, ready)
                following = [number for number, place in beyond if place in held]
                self.ahead.begin(read_entries(cursor, following) if following else (), self.senders)
                applied = self.apply(entries, decided=again, ready=ready)
                cursor.execute(
                    "DELETE FROM journal_pending WHERE message_id = ANY(%s::bigint[])", [numbers], prepare=True
                )
                _announce(applied, self.index)
        return len(numbers)

    def apply(self, entries: Sequence[Entry], *, decided: bool = True, ready: Ready = NOTHING) -> Applied:
        """Apply messages inside the caller's transaction and scope, and write their outcomes.

        If one message breaks the batch, halves are tried in turn until it stands alone; it is then parked, and
        the others go through. Those that somebody corrected or abandoned are put aside again; messages that were
        never applied (``decided`` False) have no decision. ``ready`` holds interpretations made ahead.
        """
        if {entry.sender_id for entry in entries} - self.senders.keys() or not self.senders:
            self.refresh()
            ready = NOTHING  # made without them
        aside = decisions.put_aside(raw_cursor(), [entry.id for entry in entries]) if decided else {}
        applied = self._attempt([entry for entry in entries if entry.id not in aside], ready)
        _warn_reused(raw_cursor(), applied.verdicts)
        applied.verdicts += [Verdict(entry, "ignored", aside[entry.id]) for entry in entries if entry.id in aside]
        _write_outcomes(raw_cursor(), applied.verdicts)
        return applied

    def refresh(self) -> None:
        """Read the senders and the structure again."""
        self.senders = load_profiles(raw_cursor())
        self.index.forget()

    def _placed(self, entry: Entry, sender: Sender | None) -> Entry:
        """What a sender wrote while its establishment was unknown goes, in a rebuild, to the one it was attached to."""
        if sender is None or not self.rebuilding or entry.establishment == sender.establishment:
            return entry
        return (
            replace(entry, establishment=sender.establishment) if entry.establishment.startswith(UNATTACHED) else entry
        )

    def _attempt(self, entries: list[Entry], ready: Ready) -> Applied:
        try:
            with transaction.atomic():
                return self._fold(entries, ready)
        except Exception as error:
            if _passing(error):
                raise
            self.index.forget()  # what was created is rolled back
            if len(entries) == 1:
                log.error("message %d mis en attente (%s)", entries[0].id, type(error).__name__)
                reason = (
                    f"Erreur interne pendant l'application ({type(error).__name__}) ; le message est gardé tel quel."
                )
                return Applied([Verdict(entries[0], "parked", reason)])
            middle = len(entries) // 2
            first, second = self._attempt(entries[:middle], ready), self._attempt(entries[middle:], ready)
            return Applied(first.verdicts + second.verdicts, first.places | second.places)

    def _fold(self, entries: list[Entry], ready: Ready) -> Applied:
        applied = Applied()
        batch = flow.Batch()
        asserted: list[identity.Asserted] = []
        for entry in entries:
            sender = self.senders.get(entry.sender_id)
            verdict, translation = ready.get(entry.id) or interpret(entry, sender)
            if translation is not None and sender is not None:
                try:
                    self._check(entry, sender, translation)
                except CodecError as error:
                    verdict = Verdict(entry, "parked", error.reason_fr, error.segment, error.field)
                    translation = None
            if verdict.reason == STRUCTURE and sender is not None and not self.rebuilding:
                verdict = _propose(entry, sender)
            applied.verdicts.append(verdict)
            if translation is not None:
                _collect(self._placed(entry, sender), translation, batch, asserted)
        cursor = raw_cursor()
        self.index.create_unknown(batch.movements)
        batch.refold_patients = identity.ingest(cursor, asserted)
        applied.places = set(flow.ingest(cursor, batch).places)
        return applied

    def _check(self, entry: Entry, sender: Sender, translation: Translation) -> None:
        """What the structure says of the places named. Raises Rejected."""
        if sender.profile.strict:
            self.index.require_known(entry.establishment, translation.movements)
        else:
            self.index.refuse_rejected(entry.establishment, translation.movements)


def _passing(error: Exception) -> bool:
    """Whether the database is the trouble, so that the same batch may well go through later; else a message is."""
    root = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
    return isinstance(error, _UNAVAILABLE) and not isinstance(root, psycopg.errors.ProgramLimitExceeded)


def _lock(cursor: psycopg.Cursor[Any], establishments: list[str]) -> list[str]:
    cursor.execute(
        "SELECT e FROM unnest(%s::text[]) AS e WHERE pg_try_advisory_xact_lock(%s, hashtext(e))",
        [establishments, LOCK_SPACE],
        prepare=True,
    )
    return [row[0] for row in cursor.fetchall()]


def read_entries(cursor: psycopg.Cursor[Any], numbers: Sequence[int]) -> list[Entry]:
    """Journal entries by number, in the order of the journal."""
    cursor.execute(
        "SELECT id, establishment, sender_id, received_at, event, source, raw FROM journal_message"
        " WHERE id = ANY(%s::bigint[]) ORDER BY id",
        [list(numbers)],
        prepare=True,
        binary=True,
    )
    return [
        Entry(number, place, sender, received, event, source, bytes(raw))
        for number, place, sender, received, event, source, raw in cursor.fetchall()
    ]


def _entries(cursor: psycopg.Cursor[Any], numbers: Sequence[int], ready: Ready) -> list[Entry]:
    """The entries by number, in the order of the journal; those interpreted ahead are not read again."""
    missing = [number for number in numbers if number not in ready]
    known = [ready[number][0].entry for number in numbers if number in ready]
    return sorted(known + (read_entries(cursor, missing) if missing else []), key=lambda entry: entry.id)


def _propose(entry: Entry, sender: Sender) -> Verdict:
    """Keep a structure message as a proposal, or publish it where the sender's profile says so."""
    try:
        with transaction.atomic():
            received = receive(
                scope=system_scope("structure", [entry.establishment]),
                raw=entry.raw,
                profile=mfn_profile(entry.establishment, sender.structure),
                charset=sender.profile.charset,
            )
    except ArchipelError as error:
        return Verdict(entry, "parked", error.message, "MFE")
    return Verdict(entry, "ignored" if received.publication is None else "applied", received.reason)


def _collect(entry: Entry, translation: Translation, batch: flow.Batch, asserted: list[identity.Asserted]) -> None:
    place, number, moment = entry.establishment, entry.id, entry.received_at
    for movement in translation.movements:
        batch.movements.append(flow.Received(place, number, moment, movement))
    for owner in translation.owners:
        batch.owners.append(flow.Received(place, number, moment, owner))
    identities = translation.identities
    if "deces" in translation.attributes and identities:  # PID-30 without a date is said of the person, too
        dead = "oui" if translation.attributes["deces"] else None
        identities = (replace(identities[0], traits={**identities[0].traits, "deces": dead}), *identities[1:])
    asserted.extend(identity.Asserted(place, number, moment, fact) for fact in identities)
    asserted.extend(identity.Asserted(place, number, moment, fact) for fact in translation.merges)
    if translation.attributes:
        target = translation.movements or translation.owners
        if target:
            stamp = target[0].stamp
            received = flow.Received(place, number, moment, target[0].venue)
            batch.attributes.append((received, stamp, translation.attributes))


def _warn_reused(cursor: psycopg.Cursor[Any], verdicts: Sequence[Verdict]) -> None:
    """ADR 0007: a control id that already served for another content is told, and both are applied."""
    cursor.execute(
        "SELECT m.id, min(o.id) FROM journal_message m JOIN journal_message o ON o.sender_id = m.sender_id"
        " AND o.control_id = m.control_id AND o.id < m.id WHERE m.id = ANY(%s::bigint[]) AND m.corrects IS NULL"
        " GROUP BY m.id",
        [[verdict.entry.id for verdict in verdicts]],
        prepare=True,
    )
    first = dict(cursor.fetchall())
    if not first:
        return
    for verdict in verdicts:
        if number := first.get(verdict.entry.id):
            warning = f"MSH-10 : identifiant déjà utilisé par le message n° {number}, dont le contenu est autre."
            verdict.warnings = (*verdict.warnings, warning)


def _write_outcomes(cursor: psycopg.Cursor[Any], verdicts: Sequence[Verdict]) -> None:
    now = clock.now()
    _OUTCOMES.run(
        cursor,
        [
            (
                v.entry.id,
                v.entry.establishment,
                v.outcome,
                v.reason,
                v.segment,
                v.field,
                json.dumps(v.warnings, ensure_ascii=False) if v.warnings else "[]",
                now,
            )
            for v in verdicts
        ],
    )


def _announce(applied: Applied, index: StructureIndex) -> None:
    if applied.places:
        ufs = sorted(f"{place}:{uf}" for place, uf in applied.places)
        publish("flow.changed", {"uf": ufs, "sites": sorted(index.sites_of(applied.places))})
    parked = {v.entry.establishment for v in applied.verdicts if v.outcome == "parked"}
    for establishment in sorted(parked):
        publish("journal.changed", {"establishment": establishment}, establishment=establishment)
