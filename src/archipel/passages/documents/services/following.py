"""What people do about a document under way: send again, say what happened to a doubtful one, give up."""

from __future__ import annotations

from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid
from archipel.passages.documents.models import Delivery, Document, Payload
from archipel.passages.documents.rules.coding import content_from_json
from archipel.passages.documents.services.dispatching import deliver
from archipel.passages.documents.services.keeping import acting, refresh, tell
from archipel.passages.documents.values import DeliveryState

_MAY = (Capability.VALIDER_DOCUMENTS, Capability.GERER_MESSAGES)


def resend(*, scope: Scope, document: int) -> None:
    """Send a failed document again, under a new number; a delivery that waits is tried at once.

    Raises:
        Denied, NotFound: no right, or out of the scope.
        Conflict: nothing failed, or a doubt must be lifted first.
    """
    with acting(scope, document, *_MAY) as row:
        latest = _latest(row)
        waiting = [one for one in latest if one.state == DeliveryState.A_ENVOYER.value]
        if any(one.state == DeliveryState.INCERTAIN.value for one in latest):
            raise Conflict("Dites d'abord si le message en doute est parti.", code="en-doute")
        if waiting:
            for one in waiting:
                one.next_at = clock.now()
                one.save(update_fields=["next_at"])
            tell(scope, row, "relance", "Nouvel essai demandé.")
            return
        if row.state != "echec":
            raise Conflict("Rien n'a échoué dans ce document.", code="rien-a-renvoyer")
        kept = Payload.objects.get(pk=row.pk)
        made = deliver(scope, row, content_from_json(kept.content), bytes(kept.cda))
        if not made:
            raise Conflict("Aucune voie d'envoi n'est configurée pour cet établissement.", code="sans-voie")
        tell(scope, row, "renvoye", "Renvoi demandé.")
        refresh(row)


def settle_doubt(*, scope: Scope, document: int, delivery: int, sent: bool) -> None:
    """Say whether a doubtful message left: if not, it is sent again, the same.

    Raises:
        Conflict: there is no doubt about it.
    """
    with acting(scope, document, *_MAY) as row:
        one = row.deliveries.select_for_update().filter(pk=delivery).first()
        if one is None or one.state != DeliveryState.INCERTAIN.value:
            raise Conflict("Ce message n'est pas en doute.", code="pas-de-doute")
        one.state = (DeliveryState.ACCEPTE if sent else DeliveryState.A_ENVOYER).value
        one.next_at, one.error = clock.now(), ""
        if sent:
            one.accepted_at = clock.now()
        one.save(update_fields=["state", "next_at", "error", "accepted_at"])
        words = "Vérifié : le message était parti." if sent else "Vérifié : le message n'était pas parti ; il repart."
        tell(scope, row, "doute_leve", words, channel=one.channel)
        refresh(row)


def abandon(*, scope: Scope, document: int, reason: str) -> None:
    """Give a document up: nothing more of it is sent; what is already gone stays gone.

    Raises:
        Invalid: no reason.
        Conflict: it was transmitted.
    """
    why = " ".join(reason.split())[:300]
    if len(why) < 5:
        raise Invalid("Dites pourquoi ce document est abandonné.", code="motif", field="motif")
    with acting(scope, document, *_MAY) as row:
        if row.state in ("transmis", "abandonne"):
            raise Conflict("Ce document ne s'abandonne plus.", code="trop-tard")
        pending = (DeliveryState.A_ENVOYER.value, DeliveryState.INCERTAIN.value)
        row.deliveries.filter(state__in=pending).update(state=DeliveryState.ANNULE.value)
        tell(scope, row, "abandonne", why)
        refresh(row)


def _latest(row: Document) -> list[Delivery]:
    found: dict[str, Delivery] = {}
    for one in row.deliveries.select_for_update().order_by("id").defer("message"):
        found[one.channel] = one
    return list(found.values())
