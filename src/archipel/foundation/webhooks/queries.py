"""What is subscribed, and what became of the events."""

from __future__ import annotations

from django.db.models import Count, Max, Q

from archipel.foundation.scope import Scope
from archipel.foundation.webhooks.models import Delivery, Subscription
from archipel.foundation.webhooks.services import require

SHOWN = 100


def subscriptions(scope: Scope) -> list[Subscription]:
    """The subscriptions, each with ``waiting``, ``dead`` and ``last`` (moment of its last delivery). Raises Denied."""
    require(scope)
    return list(
        Subscription.objects.annotate(
            waiting=Count("deliveries", filter=Q(deliveries__state=Delivery.WAITING)),
            dead=Count("deliveries", filter=Q(deliveries__state=Delivery.DEAD)),
            last=Max("deliveries__done_at", filter=Q(deliveries__state=Delivery.DONE)),
        ).order_by("name", "id")
    )


def deliveries(scope: Scope, state: str = "", subscription: int | None = None) -> list[Delivery]:
    """The latest deliveries, of one state and one subscription when they are given. Raises Denied."""
    require(scope)
    rows = Delivery.objects.select_related("subscription").order_by("-occurred_at")
    if state:
        rows = rows.filter(state=state)
    if subscription is not None:
        rows = rows.filter(subscription_id=subscription)
    return list(rows[:SHOWN])
