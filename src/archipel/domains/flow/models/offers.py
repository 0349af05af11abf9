"""What is told to the nation's directory of offers (ROR), and what it tells of others.

No personal data: units, beds counted and codes; who declared or validated is the account's key, as everywhere.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Offer(models.Model):
    """An offer of the ROR and the units that it counts, during [valid_from, valid_to)."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    structure = models.TextField(help_text="IdNatStruct of the geographic entity.")
    code = models.TextField(help_text="External code (idExterneSynchro).")
    name = models.TextField()
    filiere = models.TextField()
    nature = models.TextField(default="01", help_text="R329.")
    units = ArrayField(models.TextField(), default=list)
    closed = models.BooleanField(default=False)
    extra_without_staff = models.PositiveIntegerField(default=0)
    extra_with_staff = models.PositiveIntegerField(default=0)
    crisis = models.TextField(blank=True, help_text="R336.")
    assignment = models.TextField(default="01", help_text="R337.")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    actor = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["structure", "code", "valid_from"], name="flow_offer_version"),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="flow_offer_period",
            ),
        ]
        indexes = [models.Index(fields=["establishment"], name="flow_offer_establishment")]


class ForecastCapacity(models.Model):
    """Beds that a person validated as expected to be available at a horizon; append-only, the last one prevails."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    structure = models.TextField()
    code = models.TextField()
    temporality = models.TextField(help_text="R331, 02 to 05.")
    gender = models.TextField(default="04", help_text="R332.")
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField()
    basis = models.TextField(blank=True, help_text="What the figure rests on, in words.")
    actor = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["structure", "code", "temporality"], name="flow_forecast_offer")]


class RegionalCapacity(models.Model):
    """What the ROR says of an offer of the region, as last read; not ours, nobody's patients."""

    id = models.BigAutoField(primary_key=True)
    location = models.TextField(unique=True, help_text="Technical identifier of the Location in the ROR.")
    structure = models.TextField(blank=True)
    code = models.TextField(blank=True)
    name = models.TextField()
    organisation = models.TextField(blank=True)
    service = models.TextField(blank=True)
    specialties = ArrayField(models.TextField(), default=list)
    filiere = models.TextField(blank=True)
    commune = models.TextField(blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    region = models.TextField(blank=True)
    figures = models.JSONField(default=list, help_text="[indicator, count, moment of the figure].")
    told_at = models.DateTimeField(null=True, help_text="The most recent figure, by its own date.")
    updated_at = models.DateTimeField(help_text="Last change in the ROR.")
    read_at = models.DateTimeField(help_text="When it was read.")
