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


class Progress(models.Model):
    """How far sealing has settled the trail (one row); a hint for speed, never a proof.

    Every entry up to ``settled_id`` is sealed or will never exist. ``candidate_id`` becomes settled once the
    transactions that could still commit a smaller number (``candidate_writers``) have all ended.
    """

    settled_id = models.BigIntegerField(default=0)
    candidate_id = models.BigIntegerField(default=0)
    candidate_writers = models.JSONField(default=list)
