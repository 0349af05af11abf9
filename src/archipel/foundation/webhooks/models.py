"""Subscriptions and deliveries. Personal data: the names of the accounts that subscribe; an event holds keys only.

A row of ``Delivery`` is written by a trigger on the outbox, in the transaction of the facts: an event is delivered if
and only if they were committed, at least once, in an order that may differ.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Subscription(models.Model):
    """Where the events of some topics are sent; ``secret`` is encrypted."""

    name = models.TextField()
    url = models.TextField()
    topics = ArrayField(models.TextField())
    secret = models.TextField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.TextField()


class Delivery(models.Model):
    """One event for one subscription."""

    WAITING, DONE, DEAD = "attente", "livre", "abandonne"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    topic = models.TextField()
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    state = models.TextField(default=WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(help_text="When it is tried next; a moment ahead while it is being tried.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Last HTTP status; null: none came.")
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="webhooks_due", condition=models.Q(state="attente")),
            models.Index(fields=["subscription", "-occurred_at"], name="webhooks_of"),
        ]
