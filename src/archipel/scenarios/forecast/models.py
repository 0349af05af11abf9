"""Tables of forecasts: imported past counts (append-only), refreshes, and the curves of each refresh.

No personal data but the account that sent a file or asked for a refresh (``actor``): counts by day and place only.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class HistoryFile(models.Model):
    """A file of past counts as it was received. Personal data: who sent it."""

    establishments = ArrayField(models.TextField(), help_text="FINESS EJ of its lines.")
    name = models.TextField()
    raw = models.BinaryField()
    synthetic = models.BooleanField(default=False)
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class HistoryDay(models.Model):
    """What a file says of one day of one series: one count, or 24. No personal data."""

    file = models.ForeignKey(HistoryFile, on_delete=models.PROTECT, related_name="days")
    establishment = models.TextField()
    site = models.TextField(help_text="FINESS EG.")
    measure = models.TextField()
    filiere = models.TextField(blank=True)
    day = models.DateField()
    values = ArrayField(models.IntegerField(), help_text="One value, or one for each local hour.")

    class Meta:
        indexes = [models.Index(fields=["day"], name="forecast_history_day")]


class Refresh(models.Model):
    """A refresh asked for, running or done. Personal data: who asked."""

    ASKED, RUNNING, DONE, FAILED = "demande", "en_cours", "fait", "echec"

    establishments = ArrayField(models.TextField())
    state = models.TextField(default=ASKED)
    actor = models.TextField()
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(help_text="Last sign of life.")
    ended_at = models.DateTimeField(null=True)
    at = models.DateTimeField(null=True, help_text="The present from which it looks ahead.")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)


class Curve(models.Model):
    """One series of one refresh: forecast, measured error, calibration. No personal data."""

    refresh = models.ForeignKey(Refresh, on_delete=models.CASCADE, related_name="curves")
    establishments = ArrayField(models.TextField())
    level = models.TextField()
    code = models.TextField()
    measure = models.TextField()
    filiere = models.TextField(blank=True)
    grain = models.TextField()
    at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["level", "code", "measure", "filiere", "grain", "-at"], name="forecast_curve_of")
        ]
