"""The worker's part: sends what is due, tries again later and later, gives up and says so."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.accounts import crypto
from archipel.foundation.webhooks.addresses import vetted
from archipel.foundation.webhooks.models import Delivery, Subscription
from archipel.foundation.webhooks.sending import Answer, post
from archipel.foundation.webhooks.services import PURPOSE
from archipel.foundation.webhooks.signing import headers
from archipel.kernel.errors import ArchipelError

DELAYS = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1_800, 7_200, 21_600, 43_200))
"""Waits after each failure; when they are used up the delivery is given up (about a day)."""
AT_ONCE = 10
LEASE = timedelta(minutes=2)
"""What is being tried is nobody else's for this long; a worker that dies gives it back."""
KEEP = {Delivery.DONE: timedelta(days=30), Delivery.DEAD: timedelta(days=90)}
_CLEAN_EVERY = 3_600.0
_cleaned_at = -_CLEAN_EVERY
_log = logging.getLogger(__name__)
_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks")
"""Sending waits for others: it does not hold up the worker's loop."""
_running: list[Future[None]] = []


def webhooks_tick() -> None:
    """The worker's tick: take what is due and send it beside; clean once an hour."""
    global _cleaned_at
    _running[:] = [one for one in _running if not one.done()]
    for row in take(AT_ONCE - len(_running)):
        _running.append(_pool.submit(_beside, row))
    if time.monotonic() - _cleaned_at >= _CLEAN_EVERY:
        _cleaned_at = time.monotonic()
        clean(timezone.now())


def take(limit: int) -> list[Delivery]:
    """Reserve some of the deliveries that are due, the oldest first."""
    if limit <= 0:
        return []
    now = timezone.now()
    with transaction.atomic():
        found = Delivery.objects.filter(state=Delivery.WAITING, next_at__lte=now, subscription__active=True)
        rows = list(found.select_for_update(skip_locked=True, of=("self",)).order_by("next_at")[:limit])
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(next_at=now + LEASE)
    return rows


def deliver(row: Delivery) -> None:
    """Try one delivery that was taken, and write down what came of it."""
    subscription = Subscription.objects.filter(pk=row.subscription_id).first()
    if subscription is None:
        return
    settle(row, _sent(row, subscription), timezone.now())


def settle(row: Delivery, answer: Answer, now: datetime) -> None:
    """Delivered, to be tried again, or given up."""
    attempts = row.attempts + 1
    told: dict[str, object] = {"attempts": attempts, "status": answer.status, "error": answer.error}
    if answer.well:
        told |= {"state": Delivery.DONE, "done_at": now, "error": ""}
    elif attempts > len(DELAYS) or answer.status == 410:  # 410 Gone: the other side wants nothing any more
        told |= {"state": Delivery.DEAD, "done_at": now}
    else:
        told["next_at"] = now + DELAYS[attempts - 1]
    Delivery.objects.filter(pk=row.pk).update(**told)


def clean(now: datetime) -> int:
    """Remove what was delivered or given up long ago; returns how many."""
    gone = 0
    for state, span in KEEP.items():
        gone += Delivery.objects.filter(state=state, done_at__lt=now - span).delete()[0]
    return gone


def body_of(row: Delivery) -> bytes:
    """What is sent: topic, moment, keys of what changed."""
    told = {"type": row.topic, "timestamp": row.occurred_at.isoformat(), "data": row.payload}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _sent(row: Delivery, subscription: Subscription) -> Answer:
    try:
        target = vetted(subscription.url, settings.WEBHOOKS_NETWORKS)
        secret = crypto.decrypt(subscription.secret, purpose=PURPOSE)
    except ArchipelError as error:
        return Answer(None, error.message)
    body = body_of(row)
    signed = headers(secret, str(row.pk), int(time.time()), body)
    return post(target, body, signed, settings.WEBHOOKS_AUTHORITIES)


def _beside(row: Delivery) -> None:
    """In a thread of its own, with its own connection."""
    try:
        deliver(row)
    except Exception:
        _log.exception("webhook %s", row.pk)
    finally:
        connection.close()
