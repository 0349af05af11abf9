"""Tables of the patient's page. Personal data: which passages have one, and until when; never a name nor a contact.

``Thread`` and ``Told`` are erased after the passage. ``Opening`` is append-only: it counts, and holds no token.
"""

from django.db import models


class Thread(models.Model):
    """The page of one passage. Only the hash of its token is kept: nobody can find the address again."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    venue_number = models.BigIntegerField(help_text="Number of the venue (see flow).")
    token_hash = models.TextField(unique=True, help_text="SHA-256 of the token, hexadecimal; the token has 256 bits.")
    language = models.TextField(default="fr")
    secret = models.BooleanField(default=False, help_text="Secret stay: the page shows nothing.")
    opened_by = models.TextField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue_number"], name="pathway_thread_once")]
        indexes = [models.Index(fields=["expires_at"], name="pathway_thread_expires")]


class Told(models.Model):
    """What the team told by a click (tests begun, results in, decision)."""

    id = models.BigAutoField(primary_key=True)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="told")
    establishment = models.TextField()
    mark = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()


class Opening(models.Model):
    """A passage had a page; append-only, to count."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    venue_number = models.BigIntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue_number"], name="pathway_opening_once")]
        indexes = [models.Index(fields=["establishment", "opened_at"], name="pathway_opening_when")]
