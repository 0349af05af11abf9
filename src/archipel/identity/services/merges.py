"""Undoing a merge of patients, and doing it again: a decision in a ledger, and who represents whom worked out again."""

from __future__ import annotations

from django.db import transaction

from archipel.foundation.audit.services import record
from archipel.foundation.bulk import raw_cursor
from archipel.foundation.journal.locks import hold_ingestion, hold_off_rebuild
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.identity.models import MergeDecision, MergeFact
from archipel.identity.services.ingest import refresh_representatives
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound

MIN_REASON = 3


def undo_merge(*, scope: Scope, establishment: str, loser: str, survivor: str, reason: str) -> None:
    """Separate two patients that a message merged; it holds against a repetition of the message.

    Args:
        scope: the account; it needs ``identites.gerer`` for the establishment.
        establishment: whose patients they are.
        loser: the patient key that was merged.
        survivor: the one it was merged into.
        reason: why, read later.

    Raises:
        Denied: no such right. NotFound: no such merge in scope. Invalid: no reason. Conflict: undone already, or
        a rebuild is under way.
    """
    _decide(scope, establishment, loser, survivor, reason, undone=True)


def redo_merge(*, scope: Scope, establishment: str, loser: str, survivor: str, reason: str) -> None:
    """Take back an undo. Same arguments and errors as :func:`undo_merge`."""
    _decide(scope, establishment, loser, survivor, reason, undone=False)


def _decide(scope: Scope, establishment: str, loser: str, survivor: str, reason: str, *, undone: bool) -> None:
    if not scope.sees_names(establishment):
        raise NotFound("Cette fusion est introuvable.", code="fusion-introuvable")
    scope.require(Capability.GERER_IDENTITES, establishment)
    why = " ".join(reason.split())
    if len(why) < MIN_REASON:
        raise Invalid("Écrivez un motif : il sera relu.", code="motif")
    with transaction.atomic(), in_scope(scope):
        hold_off_rebuild()
        hold_ingestion(establishment)
        if not MergeFact.objects.filter(establishment=establishment, loser=loser, survivor=survivor).exists():
            raise NotFound("Cette fusion est introuvable.", code="fusion-introuvable")
        pair = {"establishment": establishment, "loser": loser, "survivor": survivor}
        latest = MergeDecision.objects.filter(**pair).order_by("-id").first()
        if (latest.undone if latest else False) == undone:
            raise Conflict(
                "Cette fusion est déjà défaite." if undone else "Cette fusion est déjà en vigueur.",
                code="fusion-decidee",
            )
        MergeDecision.objects.create(**pair, undone=undone, actor=scope.actor, reason=why, recorded_at=clock.now())
        group = refresh_representatives(raw_cursor(), establishment, {loser, survivor})
        record(
            scope=scope,
            action="identite.defusion" if undone else "identite.refusion",
            establishment=establishment,
            object_type="patient",
            object_key=loser,
            reason=why,
            details={"survivant": survivor, "groupe": len(group)},
        )
        publish("identity.changed", {"establishment": establishment}, establishment=establishment)
