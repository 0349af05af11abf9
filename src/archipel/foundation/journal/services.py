"""What people do about messages and senders: open, replay, abandon, correct, set up. Each leaves a trace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction

from archipel.foundation.audit.services import record, record_many
from archipel.foundation.bulk import raw_cursor
from archipel.foundation.journal import decisions, queries
from archipel.foundation.journal.locks import hold_off_rebuild
from archipel.foundation.journal.models import Decision, Outcome, Sender
from archipel.foundation.journal.store import CHANNEL, Incoming, store_in
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound

MIN_REASON = 3
BULK_LIMIT = 10_000
"""Messages of a group replayed at once."""


@dataclass(frozen=True, slots=True)
class _Parked:
    """A parked message, its row locked."""

    id: int
    establishment: str


def checked_reason(reason: str) -> str:
    """The reason on one line.

    Raises:
        Invalid: too short to mean anything.
    """
    text = " ".join(reason.split())
    if len(text) < MIN_REASON:
        raise Invalid("Écrivez un motif : il sera relu.", code="motif")
    return text


def open_message(*, scope: Scope, number: int, action: str = "message.lire") -> queries.MessageDetail:
    """Read a message whole, identities included; the reading is traced.

    Raises:
        Denied: the account keeps no messages. NotFound: none of that number in its reach.
    """
    found = queries.message(scope=scope, number=number)
    record(
        scope=scope,
        action=action,
        establishment=found.row.establishment,
        object_type="message",
        object_key=str(number),
    )
    return found


def replay(*, scope: Scope, numbers: Sequence[int], reason: str = "") -> int:
    """Put parked (or abandoned) messages back in the queue, after the structure or a profile changed.

    Returns:
        How many were put back.

    Raises:
        Denied: the account keeps no messages. NotFound: one of them is not in its reach.
        Conflict: one was applied, corrected or is waiting already.
    """
    with transaction.atomic(), queries.reading(scope):
        hold_off_rebuild()
        found = _locked(sorted(set(numbers)), abandoned=True)
        _queue(found)
        _decide(scope, found, decisions.REPLAYED, " ".join(reason.split()), "message.rejouer")
    return len(found)


def replay_group(*, scope: Scope, filters: queries.MessageFilters) -> int:
    """Put back in the queue the parked messages of a group (reason, sender, establishment), up to BULK_LIMIT.

    Raises:
        Denied: the account keeps no messages. Invalid: no reason, sender nor establishment says which group.
    """
    if not (filters.reason or filters.sender_id or filters.establishment):
        raise Invalid("Dites quel groupe rejouer : un motif, un émetteur ou un établissement.", code="groupe")
    wanted = replace(filters, outcome=Outcome.PARKED)
    page = queries.messages(scope=scope, filters=wanted, limit=BULK_LIMIT)
    with transaction.atomic(), queries.reading(scope):
        hold_off_rebuild()
        found = _lock_parked([row.id for row in page.rows])
        _queue(found)
        _decide(scope, found, decisions.REPLAYED, "Rejeu du groupe", "message.rejouer")
    return len(found)


def abandon(*, scope: Scope, number: int, reason: str) -> None:
    """Put a parked message aside for good; a later replay takes it up again.

    Raises:
        Denied: the account keeps no messages. NotFound: not in its reach. Invalid: no reason.
        Conflict: it is not parked any more.
    """
    why = checked_reason(reason)
    with transaction.atomic(), queries.reading(scope):
        hold_off_rebuild()
        found = _locked([number])
        _put_aside(found, decisions.sentence(decisions.ABANDONED, scope.actor, why))
        _decide(scope, found, decisions.ABANDONED, why, "message.abandonner")


def correct(*, scope: Scope, number: int, incoming: Incoming, reason: str = "") -> int:
    """Store a corrected copy of a parked message, which stays as it came; returns the number of the copy.

    ``incoming`` carries the new content; its source and what it corrects are set here.

    Raises:
        Denied: the account keeps no messages. NotFound: not in its reach. Conflict: it is not parked any more,
        or the same content is in the journal already.
    """
    with transaction.atomic(), queries.reading(scope) as wider:
        hold_off_rebuild()
        found = _locked([number])
        scope.require(Capability.GERER_MESSAGES, incoming.establishment)
        if incoming.establishment not in wider.establishments:
            raise NotFound("Ce message est introuvable.", code="message-introuvable")
        copy = replace(incoming, source=f"correction:{scope.actor.replace(' ', '_')}", corrects=number)
        (stored,) = store_in(raw_cursor(), [copy])
        if stored.duplicate:
            raise Conflict(
                f"Ce contenu est déjà dans le journal, c'est le message n° {stored.message_id} : changez-le, ou "
                "abandonnez le message en attente.",
                code="correction-doublon",
            )
        why = f"Corrigé par le message n° {stored.message_id}."
        _put_aside(found, why)
        comment = " ".join(reason.split())
        _decide(scope, found, decisions.CORRECTED, f"{why} {comment}".strip(), "message.corriger")
    return stored.message_id


def _lock_parked(numbers: Sequence[int], *, abandoned: bool = False) -> list[_Parked]:
    """Lock the outcomes of those that are parked (or were abandoned last) and that are not waiting in the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.message_id, o.outcome FROM journal_outcome o WHERE o.message_id = ANY(%s::bigint[])"
            " AND NOT EXISTS (SELECT 1 FROM journal_pending p WHERE p.message_id = o.message_id)"
            " ORDER BY o.message_id FOR UPDATE OF o",
            [list(numbers)],
        )
        outcomes = dict(cursor.fetchall())
        # Read the queue again, the rows being locked: a replay may have just been committed.
        cursor.execute(
            "SELECT m.id, m.establishment FROM journal_message m WHERE m.id = ANY(%s::bigint[])"
            " AND NOT EXISTS (SELECT 1 FROM journal_pending p WHERE p.message_id = m.id) ORDER BY m.id",
            [list(outcomes)],
        )
        found = [_Parked(*row) for row in cursor.fetchall()]
    aside = decisions.put_aside(raw_cursor(), list(outcomes)) if abandoned else {}
    corrected = set(
        Decision.objects.filter(message_id__in=list(aside), kind=decisions.CORRECTED).values_list(
            "message_id", flat=True
        )
    )
    return [one for one in found if outcomes[one.id] == Outcome.PARKED or (one.id in aside and one.id not in corrected)]


def _locked(numbers: Sequence[int], *, abandoned: bool = False) -> list[_Parked]:
    found = _lock_parked(numbers, abandoned=abandoned)
    missing = set(numbers) - {one.id for one in found}
    if missing:
        first = min(missing)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM journal_message WHERE id = %s", [first])
            if cursor.fetchone() is None:
                raise NotFound("Ce message est introuvable.", code="message-introuvable")
        raise Conflict(
            f"Le message n° {first} n'attend plus de décision : il a été rejoué, corrigé ou appliqué entre-temps.",
            code="message-decide",
        )
    return found


def _queue(found: Sequence[_Parked]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_pending (message_id, establishment, again)"
            " SELECT *, true FROM unnest(%s::bigint[], %s::text[]) ON CONFLICT DO NOTHING",
            [[one.id for one in found], [one.establishment for one in found]],
        )
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _put_aside(found: Sequence[_Parked], reason: str) -> None:
    Outcome.objects.filter(message_id__in=[one.id for one in found]).update(
        outcome=Outcome.IGNORED, reason=reason, segment="", field="", applied_at=clock.now()
    )


def _decide(scope: Scope, found: Sequence[_Parked], kind: str, reason: str, action: str) -> None:
    now = clock.now()
    Decision.objects.bulk_create(
        [
            Decision(
                message_id=one.id,
                establishment=one.establishment,
                kind=kind,
                reason=reason,
                actor=scope.actor,
                recorded_at=now,
            )
            for one in found
        ],
        batch_size=1000,
    )
    for place in sorted({one.establishment for one in found}):
        keys = [str(one.id) for one in found if one.establishment == place]
        record_many(
            scope=scope, action=action, establishment=place, object_type="message", object_keys=keys, reason=reason
        )
        publish("journal.changed", {"establishment": place}, establishment=place)


# --- senders ------------------------------------------------------------------------------------------


def update_sender(
    *, scope: Scope, number: int, name: str, silence_minutes: int, profile: Mapping[str, Any], reason: str = ""
) -> None:
    """Change how a sender is read; the worker takes it up within ten seconds.

    The caller has checked ``profile`` (the journal does not know what a connector puts in it).

    Raises:
        Denied: the account does not keep its messages. NotFound: none of that number.
        Invalid: no name, or an impossible silence.
    """
    with transaction.atomic():
        row = _sender(scope, number)
        if not name.strip():
            raise Invalid("Donnez un nom à l'émetteur.", code="emetteur-nom")
        if not 0 <= silence_minutes <= 10_080:
            raise Invalid("L'alarme de silence va de 1 minute à 7 jours (10 080 minutes) ; 0 l'éteint.", code="silence")
        before = {"nom": row.name, "silence": row.silence_minutes, "profil": row.profile}
        row.name, row.silence_minutes, row.profile = name.strip(), silence_minutes, dict(profile)
        row.provisional = False
        row.silence_announced_at = None
        row.save(update_fields=["name", "silence_minutes", "profile", "provisional", "silence_announced_at"])
        after = {"nom": row.name, "silence": silence_minutes, "profil": row.profile}
        changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        record(
            scope=scope,
            action="emetteur.regler",
            establishment=row.establishment,
            object_type="emetteur",
            object_key=str(number),
            reason=" ".join(reason.split()),
            details=json.loads(json.dumps(changed, default=str)),
        )
        publish("journal.changed", {"establishment": row.establishment}, establishment=row.establishment)


def attach_sender(*, scope: Scope, number: int, establishment: str, reason: str) -> None:
    """Say which establishment a sender belongs to; its coming messages go there.

    Those that came before stay in the journal under the establishment of the time; a rebuild folds those that were
    provisional into the new one.

    Raises:
        Denied: the account does not keep the messages of both establishments. NotFound: unknown sender or
        establishment. Invalid: no reason, or a provisional establishment. Conflict: it is there already.
    """
    why = checked_reason(reason)
    with transaction.atomic():
        hold_off_rebuild()
        row = _sender(scope, number)
        scope.require(Capability.GERER_MESSAGES, establishment)
        if establishment.startswith(queries.PROVISIONAL):
            raise Invalid("Choisissez un établissement du groupement, pas un code provisoire.", code="etablissement")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM territory_etablissement WHERE code = %s", [establishment])
            if cursor.fetchone() is None:
                raise NotFound(f"L'établissement {establishment} n'est pas du groupement.", code="etablissement")
        before = row.establishment
        if before == establishment:
            raise Conflict("Cet émetteur est déjà rattaché à cet établissement.", code="deja-rattache")
        row.establishment, row.provisional = establishment, False
        row.save(update_fields=["establishment", "provisional"])
        for place in (before, establishment):
            record(
                scope=scope,
                action="emetteur.rattacher",
                establishment=place,
                object_type="emetteur",
                object_key=str(number),
                reason=why,
                details={"de": before, "vers": establishment},
            )
            publish("journal.changed", {"establishment": place}, establishment=place)


def _sender(scope: Scope, number: int) -> Sender:
    """The sender, locked.

    Raises:
        Denied: the account keeps no messages at all. NotFound: not in its reach.
    """
    scope.require(Capability.GERER_MESSAGES)
    row = Sender.objects.select_for_update().filter(pk=number).first()
    if row is None or not queries.keeps(scope, row.establishment):
        raise NotFound("Cet émetteur est introuvable.", code="emetteur-introuvable")
    return row
