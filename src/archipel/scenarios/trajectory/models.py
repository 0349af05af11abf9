"""Tables of trajectories. Personal data: the name of the account that did each thing, and what people write in notes.

A scenario holds the costs of all its establishments: it is seen by who sees the inventory of them all. ``Snapshot``,
``Version``, ``Answer`` and ``Publication`` are only added to; a ``Run`` is a search under way, until it is over.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Snapshot(models.Model):
    """What the inventory said, frozen. Personal data: the account that froze it."""

    establishments = ArrayField(models.TextField(), help_text="FINESS EJ.")
    day = models.DateField(help_text="The day that the inventory describes.")
    ledger = models.BigIntegerField(help_text="Number of the last statement that was read.")
    facts = models.JSONField()
    digest = models.TextField()
    actor = models.TextField()
    made_at = models.DateTimeField()


class Scenario(models.Model):
    """One way to go; its settings are those of its last version. Personal data: the account that began it."""

    title = models.TextField()
    establishments = ArrayField(models.TextField(), help_text="FINESS EJ.")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="scenarios")
    copied_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="copies")
    actor = models.TextField()
    made_at = models.DateTimeField()


class Version(models.Model):
    """The settings of a scenario at some point. Personal data: who changed them."""

    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="versions")
    settings = models.JSONField()
    change = models.TextField(help_text="What changed, in French.")
    undone = models.BooleanField(default=False, help_text="It takes the version before back.")
    restores = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["scenario", "-id"], name="trajectory_version_last")]


class Run(models.Model):
    """A search on a version: waiting, under way, over. Personal data: who asked for it."""

    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="runs")
    state = models.TextField(default="attente")
    progress = models.JSONField(default=dict)
    stopping = models.BooleanField(default=False, help_text="Stop, and keep the best plan found.")
    error = models.TextField(blank=True)
    attempts = models.IntegerField(default=0)
    actor = models.TextField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "asked_at"], name="trajectory_run_waiting")]
        constraints = [
            models.UniqueConstraint(
                fields=["scenario"], condition=models.Q(state__in=("attente", "en_cours")), name="trajectory_run_alone"
            )
        ]


class Answer(models.Model):
    """What a search found: ``plan``, ``conflit``, or ``prix`` (what a constraint costs). No personal data."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="answers")
    kind = models.TextField()
    body = models.JSONField()
    digest = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["run", "kind"], name="trajectory_answer_of")]


class Publication(models.Model):
    """A plan chosen by the group, or taken back. Personal data: who chose, and why."""

    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="publications")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="publications")
    withdrawn = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    actor = models.TextField()
    made_at = models.DateTimeField()
