"""Tables of the journal.

``Message`` is the ledger: what arrived, byte for byte. ``Pending`` is the queue of what is still to be applied,
``Outcome`` says what became of each message (a projection: a replay rewrites it), ``Decision`` is the ledger of what
people decided about parked messages. Personal data: the raw message holds identities, hence row-level security.
"""

from django.db import models


class Sender(models.Model):
    """An application that sends us messages (MSH-3, MSH-4), and how to read it."""

    application = models.TextField()
    facility = models.TextField()
    establishment = models.TextField(db_index=True)
    name = models.TextField(blank=True)
    provisional = models.BooleanField(default=True)
    profile = models.JSONField(default=dict, help_text="Profil de lecture : voir docs/domaines/emetteurs.md.")
    silence_minutes = models.PositiveIntegerField(default=60, help_text="Alarme après ce silence, en minutes.")
    created_at = models.DateTimeField(auto_now_add=True)
    silence_announced_at = models.DateTimeField(null=True, help_text="When its present silence was announced.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "facility"], name="journal_sender_unique"),
        ]


class Message(models.Model):
    """One message as it arrived; append-only."""

    id = models.BigAutoField(primary_key=True)
    received_at = models.DateTimeField()
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    establishment = models.TextField()
    control_id = models.TextField()
    event = models.TextField()
    digest = models.BinaryField(help_text="First 16 bytes of the SHA-256 of the raw content.")
    raw = models.BinaryField()
    source = models.TextField(help_text="mllp:<peer>, file:<name>, correction:<actor>.")
    corrects = models.BigIntegerField(null=True, help_text="The parked message that this one replaces.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sender", "control_id", "digest"], name="journal_message_once"),
        ]
        indexes = [
            models.Index(fields=["sender", "-id"], name="journal_message_by_sender"),
            models.Index(
                fields=["corrects"], name="journal_message_corrects", condition=models.Q(corrects__isnull=False)
            ),
        ]


class Duplicate(models.Model):
    """A message received again, same sender, control id and content."""

    id = models.BigAutoField(primary_key=True)
    message_id = models.BigIntegerField(db_index=True)
    establishment = models.TextField()
    received_at = models.DateTimeField()


class Pending(models.Model):
    """A message still to be applied; the row goes away in the transaction that applies it."""

    message_id = models.BigIntegerField(primary_key=True)
    establishment = models.TextField()
    again = models.BooleanField(db_default=False, help_text="It was applied once, and somebody asked to try again.")


class Outcome(models.Model):
    """What became of a message."""

    APPLIED, IGNORED, PARKED = "applied", "ignored", "parked"

    message_id = models.BigIntegerField(primary_key=True)
    establishment = models.TextField()
    outcome = models.TextField()
    reason = models.TextField(blank=True)
    segment = models.TextField(blank=True)
    field = models.TextField(blank=True)
    warnings = models.JSONField(default=list)
    applied_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["establishment", "-message_id"],
                name="journal_outcome_open",
                condition=models.Q(outcome="parked"),
            )
        ]


class Decision(models.Model):
    """What a person decided about a parked message: corrige, rejoue, abandonne; append-only."""

    id = models.BigAutoField(primary_key=True)
    message_id = models.BigIntegerField(db_index=True)
    establishment = models.TextField()
    kind = models.TextField()
    reason = models.TextField(blank=True)
    actor = models.TextField()
    recorded_at = models.DateTimeField()
