"""``archipel import hl7``: files and folders through the same path as the socket, with a report per message."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import transaction

from archipel.connectors.hl7v2_pam.apply import Applier
from archipel.connectors.hl7v2_pam.codec import FramingError, read_header
from archipel.connectors.hl7v2_pam.files import files_of, nothing_in, split
from archipel.connectors.hl7v2_pam.interpret import FRAMING
from archipel.connectors.hl7v2_pam.senders import Senders
from archipel.foundation.bulk import raw_cursor
from archipel.foundation.journal.store import Incoming, Stored, content_digest, store
from archipel.foundation.scope import APP_ROLE, in_scope, system_scope

_GROUP = 500
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one message of the import."""

    file: str
    control_id: str
    event: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole import."""

    messages: list[Line]

    def as_json(self) -> dict[str, Any]:
        """The report's published shape."""
        totals = {"applied": 0, "ignored": 0, "parked": 0}
        for line in self.messages:
            totals[line.outcome] = totals.get(line.outcome, 0) + 1
        files = len({line.file for line in self.messages})
        return {
            "messages": [asdict(line) for line in self.messages],
            "totals": {"files": files, "messages": len(self.messages), **totals},
        }


def _incoming(files: Iterable[Path], senders: Senders, unread: list[Line]) -> Iterator[tuple[str, Incoming]]:
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            cause = error.strerror or type(error).__name__
            unread.append(Line(str(path), "", "", "parked", f"Fichier non lu ({cause}) : vérifiez ses droits."))
            continue
        if nothing := nothing_in(path, content):
            unread.append(Line(str(path), "", "", *nothing))
            continue
        for piece in split(content):
            bad = piece if isinstance(piece, FramingError) else None
            raw = bad.raw if bad else piece
            assert isinstance(raw, bytes)
            header = read_header(raw)
            sender = senders.resolve(header)
            digest = content_digest(raw)
            event = FRAMING if bad else header.event or header.message_type or "?"
            source = f"file:{path.name.replace(' ', '_')}" + (f" {bad.reason_fr}" if bad else "")
            control = header.control_id[:199] or digest.hex()
            yield (
                str(path),
                Incoming(sender.id, sender.establishment, control, event[:20], raw, digest, source),
            )


def import_files(paths: Iterable[Path], *, progress: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """Store every message of the files, apply them, and say what became of each.

    Args:
        paths: files and folders.
        progress: called with (messages handled, messages found so far).
    """
    lines: list[tuple[str, Incoming, Stored]] = []
    files = files_of(paths)
    unread: list[Line] = []
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, options=f"-c role={APP_ROLE}") as connection:
        group: list[tuple[str, Incoming]] = []
        for item in _incoming(files, Senders(connection), unread):
            group.append(item)
            if len(group) >= _GROUP:
                lines.extend(_store(connection, group))
                progress(0, len(lines))
                group = []
        if group:
            lines.extend(_store(connection, group))
    _apply(lines, progress)
    rank = {str(path): number for number, path in enumerate(files)}
    return Report(sorted([*_report(lines), *unread], key=lambda line: rank[line.file]))


def _store(
    connection: psycopg.Connection[Any], group: list[tuple[str, Incoming]]
) -> list[tuple[str, Incoming, Stored]]:
    answers = store(connection, [incoming for _, incoming in group])
    return [(file, incoming, stored) for (file, incoming), stored in zip(group, answers, strict=True)]


def _apply(lines: list[tuple[str, Incoming, Stored]], progress: Callable[[int, int], None]) -> None:
    """Apply until none of ours is waiting; a worker may be doing it too, in which case we wait for it."""
    applier = Applier()
    numbers = [stored.message_id for _, _, stored in lines]
    deadline = time.monotonic() + _PATIENCE
    while True:
        with transaction.atomic():
            cursor = raw_cursor()
            cursor.execute("SELECT count(*) FROM journal_pending WHERE message_id = ANY(%s::bigint[])", [numbers])
            row = cursor.fetchone()
        waiting = row[0] if row else 0
        progress(len(numbers) - waiting, len(numbers))
        if not waiting:
            return
        if applier.apply_pending(2000):
            deadline = time.monotonic() + _PATIENCE
        elif time.monotonic() > deadline:
            return
        else:
            time.sleep(0.02)


def _report(lines: list[tuple[str, Incoming, Stored]]) -> list[Line]:
    establishments = {incoming.establishment for _, incoming, _ in lines}
    outcomes: dict[int, tuple[str, str]] = {}
    with in_scope(system_scope("import", establishments)):
        cursor = raw_cursor()
        cursor.execute(
            "SELECT message_id, outcome, reason, warnings FROM journal_outcome WHERE message_id = ANY(%s::bigint[])",
            [[stored.message_id for _, _, stored in lines]],
        )
        for number, outcome, reason, warnings in cursor.fetchall():
            outcomes[number] = (outcome, reason or " ".join(warnings))
    report: list[Line] = []
    for file, incoming, stored in lines:
        outcome, reason = outcomes.get(
            stored.message_id, ("parked", "Pas encore appliqué : un autre processus le tient.")
        )
        if stored.duplicate:
            outcome, reason = (
                "ignored",
                "Doublon : même émetteur, MSH-10 et contenu "
                + (f"que le message n° {stored.message_id}." if stored.message_id else "qu'un message plus ancien."),
            )
        event = "" if incoming.event == FRAMING else incoming.event
        report.append(Line(file, read_header(incoming.raw).control_id, event, outcome, reason))
    return report
