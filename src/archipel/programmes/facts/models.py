"""Tables of facts. Personal data: the name of the account that recorded; free texts may name a signatory.

``Fact`` and ``Payment`` are ledgers: a correction or a retraction is one more row that replaces another, and what
holds is what nothing replaces. ``Attachment`` keeps the documents that prove; ``Import`` the files received, whole.
``establishments`` are the FINESS EJ concerned: one of them in the account's scope makes a row visible; a file received
is visible to who holds all those it speaks of.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Attachment(models.Model):
    """A document that proves; its SHA-256 tells whether it is the same one."""

    establishments = ArrayField(models.TextField())
    name = models.TextField()
    content_type = models.TextField()
    size = models.PositiveIntegerField()
    sha256 = models.TextField()
    content = models.BinaryField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()


class Import(models.Model):
    """A file received: examined, then applied or set aside; the raw bytes are kept as they came."""

    TRIED, APPLIED, REJECTED, UNDONE = "essai", "applique", "ecarte", "annule"

    kind = models.TextField(help_text="faits or versements.")
    establishments = ArrayField(models.TextField())
    name = models.TextField()
    sha256 = models.TextField()
    raw = models.BinaryField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    status = models.TextField(default=TRIED)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    kept = models.PositiveIntegerField(default=0, help_text="Lines written when it was applied.")


class Entry(models.Model):
    """What the two ledgers share: about whom, who says it, what backs it, and what it replaces."""

    maille = models.TextField(help_text="finess_pmsi, ej, eg or ght.")
    subject = models.TextField()
    establishments = ArrayField(models.TextField())
    source = models.TextField()
    source_key = models.TextField()
    proof = models.TextField(blank=True)
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True)
    batch = models.ForeignKey(Import, on_delete=models.PROTECT, null=True)
    recorded_at = models.DateTimeField()
    author = models.TextField()
    reason = models.TextField(blank=True)
    retracted = models.BooleanField(default=False, help_text="Says nothing any more: it only replaces.")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        abstract = True


class Fact(Entry):
    """One statement: true from ``effective_at`` to ``valid_until`` included, known here since ``recorded_at``."""

    fact = models.TextField(help_text="Id in the vocabulary of the packs.")
    type = models.TextField(help_text="booleen, nombre, date or choix.")
    value = models.TextField(help_text="oui/non, 8000.5, 2026-05-29, the id of a choice.")
    effective_at = models.DateField()
    valid_until = models.DateField(null=True)
    mode = models.TextField(help_text="saisi, declare, importe or derive.")

    class Meta:
        indexes = [
            models.Index(fields=["subject", "fact", "source_key", "-effective_at"], name="facts_fact_reading"),
            models.Index(fields=["fact"], name="facts_fact_fact"),
        ]


class Payment(Entry):
    """Money received from a programme, in euros."""

    programme = models.TextField()
    kind = models.TextField(help_text="usage or autre.")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    paid_on = models.DateField()
    label = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["programme", "subject", "paid_on"], name="facts_payment_reading")]
