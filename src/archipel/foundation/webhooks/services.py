"""Subscribing, suspending, trying, replaying: for an administrator of the whole territory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from archipel.foundation.accounts import crypto
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import EVERYWHERE, Capability, Scope
from archipel.foundation.webhooks.addresses import vetted
from archipel.foundation.webhooks.models import Delivery, Subscription
from archipel.foundation.webhooks.signing import new_secret
from archipel.foundation.webhooks.topics import OFFERED
from archipel.kernel.errors import Conflict, Invalid, NotFound

PURPOSE = "webhooks"
MOST = 50
"""Subscriptions of an installation."""


@dataclass(frozen=True, slots=True)
class Created:
    """A new subscription; its secret is shown once."""

    number: int
    secret: str


def require(scope: Scope) -> None:
    """Raise Denied unless the account administers the whole territory: events come from every establishment."""
    scope.require(Capability.GERER_COMPTES, EVERYWHERE)


@transaction.atomic
def subscribe(*, scope: Scope, name: str, url: str, topics: Sequence[str]) -> Created:
    """Have the events of some topics sent to an address.

    Raises:
        Denied. Invalid: no name, an unknown topic, an address that may not be used. Conflict: too many of them.
    """
    require(scope)
    name, url = name.strip(), url.strip()
    if not name or len(name) > 100:
        raise Invalid("Donnez un nom à l'abonnement (100 caractères au plus).", code="nom", field="nom")
    unknown = [one for one in topics if one not in OFFERED]
    if unknown or not topics:
        raise Invalid(f"Sujets attendus : {', '.join(OFFERED)}.", code="sujet", field="sujets")
    vetted(url, settings.WEBHOOKS_NETWORKS)
    if Subscription.objects.count() >= MOST:
        raise Conflict(f"Il y a déjà {MOST} abonnements : supprimez-en un.", code="abonnements")
    secret = new_secret()
    row = Subscription.objects.create(
        name=name, url=url, topics=sorted(set(topics)), secret=crypto.encrypt(secret, purpose=PURPOSE),
        created_at=timezone.now(), created_by=scope.actor,
    )  # fmt: skip
    _trace(scope, "webhooks.abonnement", row, {"sujets": row.topics})
    return Created(row.pk, secret)


@transaction.atomic
def suspend(*, scope: Scope, number: int, active: bool) -> None:
    """Stop sending, or send again. What happens meanwhile is not sent later. Raises Denied, NotFound."""
    row = _row(scope, number)
    row.active = active
    row.save(update_fields=["active"])
    _trace(scope, "webhooks.reprise" if active else "webhooks.suspension", row)


@transaction.atomic
def renew_secret(*, scope: Scope, number: int) -> str:
    """A new secret, shown once; the old one signs no more. Raises Denied, NotFound."""
    row, secret = _row(scope, number), new_secret()
    row.secret = crypto.encrypt(secret, purpose=PURPOSE)
    row.save(update_fields=["secret"])
    _trace(scope, "webhooks.secret", row)
    return secret


@transaction.atomic
def unsubscribe(*, scope: Scope, number: int) -> None:
    """Remove a subscription and what waits for it. Raises Denied, NotFound."""
    row = _row(scope, number)
    _trace(scope, "webhooks.suppression", row)
    row.delete()


@transaction.atomic
def try_out(*, scope: Scope, number: int) -> UUID:
    """Send an event of trial to one subscription, by the same way as the others. Raises Denied, NotFound, Conflict."""
    row = _row(scope, number)
    if not row.active:
        raise Conflict("Cet abonnement est suspendu : reprenez-le d'abord.", code="abonnement-suspendu")
    now = timezone.now()
    made = Delivery.objects.create(
        subscription=row, topic="webhooks.essai", payload={"abonnement": row.pk}, occurred_at=now, next_at=now
    )
    _trace(scope, "webhooks.essai", row)
    publish("webhooks.essai", {"livraison": str(made.pk)})
    return made.pk


@transaction.atomic
def replay(*, scope: Scope, delivery: UUID) -> None:
    """Try again what was given up, or send again what was delivered. Raises Denied, NotFound, Conflict (it waits)."""
    require(scope)
    row = Delivery.objects.select_for_update().select_related("subscription").filter(pk=delivery).first()
    if row is None:
        raise NotFound("Cette livraison n'existe pas.", code="livraison")
    if row.state == Delivery.WAITING:
        raise Conflict("Cette livraison est déjà en attente.", code="livraison-en-attente")
    row.state, row.attempts, row.next_at, row.done_at = Delivery.WAITING, 0, timezone.now(), None
    row.save(update_fields=["state", "attempts", "next_at", "done_at"])
    _trace(scope, "webhooks.rejeu", row.subscription, {"livraison": str(delivery)})


def _row(scope: Scope, number: int) -> Subscription:
    require(scope)
    row = Subscription.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise NotFound("Cet abonnement n'existe pas.", code="abonnement")
    return row


def _trace(scope: Scope, action: str, row: Subscription, details: dict[str, object] | None = None) -> None:
    record(scope=scope, action=action, object_type="abonnement", object_key=str(row.pk), details=details)
