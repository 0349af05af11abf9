"""The outbox table: events committed with the facts that they tell about."""

from django.db import models


class Event(models.Model):
    """One event; the payload never holds personal data, only keys of what changed."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    topic = models.TextField()
    establishment = models.TextField(blank=True)
    payload = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["topic", "id"], name="outbox_event_topic")]
