"""Tables of the passages through emergency departments: what is entered for the RPU, and daily counts.

Personal data: ``PassageFact`` holds health data (diagnoses, acts, severity) of a patient named by the key of the venue,
and its author; filtered by establishment, in a table of its own so that the boards of beds and emergencies never read
it. ``PastPassage`` holds passages read in RPU files (birth date, commune, diagnosis, no name). ``EdDay`` holds counts.
"""

from django.db import models


class PassageFact(models.Model):
    """What somebody entered about one item of the RPU of a passage; append-only, an undo is a new fact."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    venue = models.TextField()
    item = models.TextField(help_text="archipel.domains.flow.values.passages.Item; empty for an undo.")
    value = models.JSONField(default=list, help_text="Codes, a list; empty: the item is said to be without value.")
    effective_at = models.DateTimeField(help_text="Inside the passage concerned: a venue may have several.")
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    undoes = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["establishment", "venue"], name="flow_passage_fact_venue")]


class PastPassage(models.Model):
    """A passage read in an RPU file, of a site or a time that no message tells."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    site = models.TextField(help_text="FINESS EG.")
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    identity = models.TextField(help_text="Digest of site, arrival, birth, sex, postcode and rank.")
    items = models.JSONField(default=dict)
    source = models.TextField(help_text="Which file said so last.")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["establishment", "site", "identity"], name="flow_past_passage_once")
        ]
        indexes = [models.Index(fields=["establishment", "site", "arrived_at"], name="flow_past_passage_day")]


class EdDay(models.Model):
    """One day of one emergency department, counted: what HET indicators and BJML are computed from."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    site = models.TextField()
    day = models.DateField()
    passages = models.PositiveIntegerField()
    ended = models.PositiveIntegerField(help_text="Passages that ended.")
    hospitalised = models.PositiveIntegerField(help_text="Passages that ended by a mutation or a transfer.")
    hospitalised_minutes = models.PositiveIntegerField(help_text="Minutes of these passages, added up.")
    present_at_15 = models.PositiveIntegerField(null=True)
    source = models.TextField(help_text="mouvements, fichier or historique, the first prevails.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["establishment", "site", "day"], name="flow_ed_day_once")]
