"""Tables of the inventory. Personal data: the names of accounts; ``responsable`` may name a professional.

``Statement`` is an append-only ledger: what is said of a thing from a day on. Of two statements on the same thing and
the same day the later one counts; ``void`` says nothing any more, ``withdrawn`` says that the thing is no longer there.
``Alias`` brings written names to the golden list, ``Mapping`` remembers what the columns of a source mean, ``Received``
keeps files. What has no establishment is common to the group, readable by whoever sees an inventory.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Received(models.Model):
    """A file received: examined, then applied, set aside, or taken back; the raw bytes are kept."""

    TRIED, APPLIED, REJECTED, UNDONE = "essai", "applique", "ecarte", "annule"

    establishments = ArrayField(models.TextField())
    source = models.TextField(help_text="Who keeps the spreadsheet: its columns are remembered under this name.")
    name = models.TextField()
    sha256 = models.TextField()
    raw = models.BinaryField()
    establishment = models.TextField(blank=True, help_text="Of the lines that do not say theirs.")
    effective_on = models.DateField()
    columns = models.JSONField(default=dict, help_text="Sheet → heading → field, as a person corrected it.")
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    status = models.TextField(default=TRIED)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    kept = models.PositiveIntegerField(default=0)


class Statement(models.Model):
    """What is said of one thing from ``valid_from`` on."""

    kind = models.TextField()
    establishment = models.TextField(blank=True)
    code = models.TextField()
    valid_from = models.DateField()
    content = models.JSONField(default=dict)
    withdrawn = models.BooleanField(default=False)
    void = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    reason = models.TextField(blank=True)
    batch = models.ForeignKey(Received, on_delete=models.PROTECT, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "establishment", "code", "valid_from", "-id"], name="systems_statement_fold"),
            models.Index(fields=["batch"], name="systems_statement_batch"),
        ]


class Alias(models.Model):
    """A written name and the golden record that it means; an empty ``code`` says that it means none."""

    kind = models.TextField()
    text = models.TextField(help_text="Normalised.")
    code = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    actor = models.TextField()


class Mapping(models.Model):
    """What a heading of a source means; an empty ``field`` says that the column is left aside."""

    source = models.TextField()
    kind = models.TextField()
    heading = models.TextField(help_text="Normalised.")
    field = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["source", "kind", "-id"], name="systems_mapping_source")]


class Reminder(models.Model):
    """A reminder of a campaign to a member: a ledger. Addresses are not kept, only how many were written to."""

    campaign = models.TextField()
    establishment = models.TextField()
    planned_on = models.DateField()
    recorded_at = models.DateTimeField()
    state = models.TextField(help_text="envoye, sans_serveur, sans_destinataire or echec.")
    recipients = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(help_text="Applications still to look at.")
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "establishment", "planned_on"],
                condition=~models.Q(state="echec"),
                name="systems_reminder_once",
            )
        ]
