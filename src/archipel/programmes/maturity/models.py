"""Tables of maturity: campaigns, answers, stated efforts. All are ledgers: a correction is a new fact.

Personal data: the account that wrote (``actor``), and whatever people write in comments and evidence titles. Rows are
filtered by establishment; an answer of the group belongs to all its members.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Campaign(models.Model):
    """A grid to be answered by the members of a group before a deadline. Personal data: who opened it."""

    title = models.TextField()
    pack = models.TextField()
    version = models.TextField()
    grid = models.TextField()
    ght = models.TextField(blank=True)
    establishments = ArrayField(models.TextField(), help_text="FINESS EJ of the members that answer.")
    opens_on = models.DateField()
    due_on = models.DateField()
    reminders = ArrayField(models.IntegerField(), help_text="Days before the deadline; negative: after it.")
    note = models.TextField(blank=True)
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class CampaignFact(models.Model):
    """A deadline put off, a reminder, a closing, a reopening. Personal data: who did it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="facts")
    establishments = ArrayField(models.TextField())
    kind = models.TextField()
    due_on = models.DateField(null=True)
    establishment = models.TextField(blank=True, help_text="Who is reminded; empty: all of them.")
    automatic = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class Answer(models.Model):
    """What was answered to an indicator, for an entity (a FINESS number) or for the group (``ght:code``).

    Personal data: who answered; comments and evidence titles are free text.
    """

    establishments = ArrayField(models.TextField(), help_text="FINESS EJ that the answer concerns.")
    entity = models.TextField()
    pack = models.TextField()
    version = models.TextField()
    grid = models.TextField()
    indicator = models.TextField()
    state = models.TextField()
    value = models.DecimalField(max_digits=16, decimal_places=6, null=True)
    categories = models.JSONField(default=list, help_text="[[category, how many, out of how many], …].")
    comment = models.TextField(blank=True)
    evidence = models.JSONField(default=list, help_text="[{titre, reference, date}, …].")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, related_name="answers")
    source = models.TextField(default="saisie", help_text="saisie, or import:<file>.")
    actor = models.TextField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        indexes = [models.Index(fields=["pack", "grid", "entity"], name="maturity_answer_of")]


class Effort(models.Model):
    """Person-days stated to bring an indicator to a level from the one below. Personal data: who stated them."""

    establishments = ArrayField(models.TextField())
    entity = models.TextField()
    pack = models.TextField()
    grid = models.TextField()
    indicator = models.TextField()
    level = models.IntegerField(help_text="The level that the step reaches; 0: every step of the indicator.")
    days = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    reason = models.TextField(blank=True)
    actor = models.TextField()
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        indexes = [models.Index(fields=["pack", "grid", "entity"], name="maturity_effort_of")]


class Import(models.Model):
    """A file of answers as it was received. Personal data: who sent it; its comments are free text."""

    establishments = ArrayField(models.TextField())
    pack = models.TextField()
    version = models.TextField()
    grid = models.TextField()
    name = models.TextField()
    raw = models.BinaryField()
    actor = models.TextField()
    recorded_at = models.DateTimeField()
