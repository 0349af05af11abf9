"""Tables of the audit trail. Personal data: the actor, and the key of the patient or venue read."""

from django.db import models


class Entry(models.Model):
    """One act: a read of patient data, a change, a login, a refusal. Append-only."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.TextField()
    user_id = models.BigIntegerField(null=True)
    establishment = models.TextField(blank=True)
    action = models.TextField()
    object_type = models.TextField(blank=True)
    object_key = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_key"], name="audit_entry_object"),
            models.Index(fields=["establishment", "-id"], name="audit_entry_place"),
        ]


class Seal(models.Model):
    """The chain: ``hash = SHA-256(previous hash || canonical entry)``, in sealing order. Append-only."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT)
    hash = models.BinaryField()
    sealed_at = models.DateTimeField()
