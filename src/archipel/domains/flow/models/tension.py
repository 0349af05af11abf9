"""Tables of tension: what is computed, and the journal of levels.

No personal data about patients: counts by site. ``TensionFact`` names the account that declared, confirmed or lifted,
with its reason.
"""

from django.db import models


class TensionReading(models.Model):
    """The indicators of one site at one moment, and the raw level that they give; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    site = models.TextField()
    at = models.DateTimeField()
    raw = models.PositiveSmallIntegerField(help_text="Level that these indicators give by themselves.")
    level = models.PositiveSmallIntegerField(help_text="Level kept: a fall waits for the time set.")
    indicators = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["establishment", "site", "-at"], name="flow_tension_reading_site"),
            models.Index(fields=["-at"], name="flow_tension_reading_at"),
        ]


class TensionFact(models.Model):
    """A change of computed level, or what a person said of it; append-only: the journal of tension."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField(help_text="FINESS EJ of the site; of the supporting establishment for a GHT.")
    subject = models.TextField(help_text="site:<FINESS EG> or ght:<code>.")
    kind = models.TextField()
    level = models.PositiveSmallIntegerField()
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    actor = models.TextField()
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["establishment", "subject", "-recorded_at"], name="flow_tension_fact_subject")]
