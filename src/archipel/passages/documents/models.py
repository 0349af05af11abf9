"""Tables of the exit documents. Personal data: medical documents, and who validated, sent or abandoned them.

Every table is filtered on the establishment. ``Event``, ``Payload`` and ``Receipt`` are append-only.
"""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    """One version of one document about one passage."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    venue = models.TextField(help_text="Key of the venue.")
    venue_number = models.BigIntegerField(help_text="Number of the venue (see flow).")
    patient = models.TextField(help_text="Key of the patient when the document was prepared.")
    kind = models.TextField()
    site = models.TextField(blank=True, help_text="FINESS EG of the emergency department.")
    uid = models.TextField(unique=True, help_text="OID of this version.")
    set_uid = models.TextField(help_text="OID common to all versions.")
    version = models.PositiveIntegerField(default=1)
    replaces = models.TextField(blank=True, help_text="OID of the version replaced.")
    state = models.TextField(default="brouillon")
    left_at = models.DateTimeField(help_text="When the patient left the emergency department.")
    sections = models.JSONField(default=dict, help_text="Medical text, by section.")
    recipients = models.JSONField(default=list)
    wishes = models.JSONField(default=dict)
    flags = models.JSONField(default=dict)
    reasons = models.JSONField(default=list, help_text="Why each destination was kept or left out.")
    problem = models.TextField(blank=True, help_text="Why it was refused or failed, in one sentence.")
    sha256 = models.TextField(blank=True, help_text="Of the CDA, once validated.")
    automatic = models.BooleanField(default=False)
    validated_by = models.TextField(blank=True)
    validated_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True, help_text="When the official rules accepted it.")
    checked_with = models.JSONField(default=list, help_text="The official rules applied.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["establishment", "venue", "kind", "version"], name="documents_version_once")
        ]
        indexes = [
            models.Index(fields=["establishment", "-left_at"], name="documents_left"),
            models.Index(fields=["state"], name="documents_control", condition=models.Q(state="controle")),
        ]


class Event(models.Model):
    """Something that happened to a document; append-only."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="events")
    establishment = models.TextField()
    kind = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()
    channel = models.TextField(blank=True)
    text = models.TextField(blank=True, help_text="One French sentence, without a name.")


class Payload(models.Model):
    """The document as validated, to the byte; append-only."""

    document = models.OneToOneField(Document, on_delete=models.PROTECT, primary_key=True, related_name="payload")
    establishment = models.TextField()
    cda = models.BinaryField()
    pdf = models.BinaryField()
    content = models.JSONField(help_text="What the document says, as it was built.")


class Delivery(models.Model):
    """One message to one way out: the same bytes under the same number however often it is tried."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="deliveries")
    establishment = models.TextField()
    channel = models.TextField()
    control_id = models.TextField(unique=True)
    targets = models.JSONField(default=list)
    message = models.BinaryField()
    state = models.TextField(default="a_envoyer")
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, help_text="When the attempt under way began (clock of the database).")
    accepted_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"],
                name="documents_delivery_due",
                condition=models.Q(state__in=["a_envoyer", "en_cours"]),
            )
        ]


class Receipt(models.Model):
    """An acknowledgement as received, matched or not; append-only, each content once."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField(blank=True, help_text="Empty while nobody knows what it is about.")
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="receipts")
    kind = models.TextField()
    about = models.TextField(help_text="Control id that it tells about.")
    positive = models.BooleanField()
    target = models.TextField(blank=True)
    code = models.TextField(blank=True)
    sentence = models.TextField(blank=True)
    raw = models.BinaryField()
    digest = models.TextField(unique=True, help_text="SHA-256 of what makes it the same receipt again.")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["about"], name="documents_receipt_about")]


class Correspondent(models.Model):
    """Somebody to whom the establishment sends documents: nursing home, practice, service."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    name = models.TextField()
    kind = models.TextField(default="ps")
    address = models.TextField(help_text="MSSanté address.")
    identifier = models.TextField(blank=True, help_text="RPPS or FINESS.")
    active = models.BooleanField(default=True)
    created_by = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["establishment", "address"], name="documents_correspondent_once")
        ]
