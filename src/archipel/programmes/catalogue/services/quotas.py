"""Taking and giving back a right of a quota. One at a time for each share; the database refuses to go below zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection
from django.utils import timezone

from archipel.kernel.errors import Conflict
from archipel.programmes.catalogue.models import QuotaMovement


def move(
    *, quota: str, rights: int, request: int, take: bool, establishments: Sequence[str], effective_on: date
) -> int:
    """Take one right for a request, or give one back; what is left.

    The share is locked until the end of the transaction, so that two requests never take the same right; the ledger's
    own constraints stand behind the lock.

    Raises:
        Conflict: nothing is left.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7205330, hashtext(%s))", [quota])
    last = QuotaMovement.objects.filter(quota=quota).order_by("-rank").first()
    left = (rights if last is None else last.left + rights - last.rights) + (-1 if take else 1)
    if left < 0:
        raise Conflict(f"Quota épuisé : les {rights} droits de la région sont pris.", code="quota-epuise")
    QuotaMovement.objects.create(
        quota=quota,
        rank=1 if last is None else last.rank + 1,
        change=-1 if take else 1,
        left=left,
        rights=rights,
        request=request,
        establishments=list(establishments),
        effective_on=effective_on,
        recorded_at=timezone.now(),
    )
    return left
