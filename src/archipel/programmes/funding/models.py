"""Tables of money: funded projects, their ledger, the questions put to the optimiser.

Personal data: the name of the account that wrote each line, and whatever people write in reasons. A project and its
lines are seen by the establishments of its perimeter; a question to the optimiser holds the activity of all its
establishments, and is seen by who may see them all.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Project(models.Model):
    """A project that a programme may fund. Its perimeter is that of the last line of the ledger that says one.

    Personal data: the account that opened it.
    """

    reference = models.TextField(unique=True, help_text="Who keeps it: dossier:<n°>, or projet:<n°> when nobody does.")
    pack = models.TextField()
    version = models.TextField()
    theme = models.TextField()
    title = models.TextField()
    establishments = ArrayField(models.TextField(), help_text="FINESS EJ of the perimeter.")
    opened_at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["pack"], name="funding_project_pack")]


class Line(models.Model):
    """A line of the ledger of a project. Personal data: who wrote it, and what they wrote as reason."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="lines")
    kind = models.TextField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    establishment = models.TextField(blank=True, help_text="FINESS EJ that receives or spends.")
    year = models.IntegerField(null=True, help_text="Exercise.")
    instalment = models.TextField(blank=True)
    reasons = models.JSONField(default=dict, help_text="Criterion of modulation → why.")
    perimeter = ArrayField(models.TextField(), default=list, help_text="FINESS PMSI, the bearer first.")
    text = models.TextField(blank=True)
    by_authority = models.BooleanField(default=False, help_text="Written by the ARS itself.")
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    source = models.TextField(blank=True, default="", help_text="What decided it: dossier:<n°>#<line>.")

    class Meta:
        indexes = [models.Index(fields=["project", "effective_on"], name="funding_line_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "source"], condition=~models.Q(source=""), name="funding_line_source"
            )
        ]


class Run(models.Model):
    """A question to the optimiser, its frozen inputs, how far it is, its answer. Personal data: who asked."""

    title = models.TextField()
    pack = models.TextField()
    version = models.TextField()
    establishments = ArrayField(models.TextField(), help_text="FINESS EJ whose figures it holds.")
    inputs = models.JSONField()
    digest = models.TextField()
    seconds = models.IntegerField(default=60)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    state = models.TextField(default="attente")
    progress = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    attempts = models.IntegerField(default=0)
    actor = models.TextField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "asked_at"], name="funding_run_waiting")]
