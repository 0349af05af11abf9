"""What was said to the ROR and what it answered.

No personal data: offers, figures, codes and answers about them. Who asked to send again is in the trail, not here.

Ledgers (append-only): ``Exchange`` (each operation, written before it leaves), ``Answer`` (what became of it),
``Agreed`` (each time that the whole of an offer was accepted). ``Dispatch`` and ``Link`` are the present.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Dispatch(models.Model):
    """Where an offer stands with the ROR."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    structure = models.TextField()
    code = models.TextField()
    accepted = models.JSONField(default=dict, help_text="indicator → [count, moment], as last accepted.")
    accepted_at = models.DateTimeField(null=True, help_text="Date of the oldest figure, once all were accepted.")
    agreed_at = models.DateTimeField(null=True, help_text="When all of the offer was last accepted.")
    sent_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True, help_text="When all of it was last sent and something was refused.")
    blocked = models.JSONField(default=dict, help_text="indicator → why the ROR refuses it.")
    differs_since = models.DateTimeField(null=True, help_text="Since when what should be said is not what they have.")
    pending = ArrayField(models.BigIntegerField(), default=list, help_text="Exchanges that left without an answer.")
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    refused = models.BooleanField(default=False)
    problem = models.TextField(blank=True)
    who = ArrayField(models.TextField(), default=list)
    asked = models.BooleanField(default=False)
    late_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["structure", "code"], name="ror_dispatch_offer")]


class Exchange(models.Model):
    """One operation, written down before it leaves; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    structure = models.TextField()
    code = models.TextField()
    reason = models.TextField(help_text="changement, cadence, demande, reprise.")
    operation = models.TextField()
    indicator = models.TextField()
    count = models.IntegerField()
    told_at = models.DateTimeField(help_text="capacityUpdateDate.")
    request = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["structure", "code", "-id"], name="ror_exchange_offer")]


class Answer(models.Model):
    """What became of an operation; append-only."""

    id = models.BigAutoField(primary_key=True)
    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="answers")
    establishment = models.TextField()
    kind = models.TextField(help_text="reponse, sans-reponse, non-envoye, relecture.")
    status = models.IntegerField(default=0, help_text="HTTP; 0: none.")
    verdict = models.TextField()
    body = models.JSONField(null=True)
    sentence = models.TextField(blank=True)
    seconds = models.FloatField(default=0.0)
    at = models.DateTimeField()


class Agreed(models.Model):
    """All of an offer was accepted at that moment; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    structure = models.TextField()
    code = models.TextField()
    filiere = models.TextField()
    tension = models.BooleanField(default=False, help_text="Whether tension was declared where the offer is.")
    oldest = models.DateTimeField(help_text="Date of the oldest figure that the ROR then had of the offer.")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["structure", "code", "at"], name="ror_agreed_offer")]


class Link(models.Model):
    """One way to the ROR: does it pass, since when not, and how far the reading has got."""

    name = models.TextField(primary_key=True)
    last_ok_at = models.DateTimeField(null=True)
    last_try_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)
    access = models.BooleanField(default=False, help_text="A person must act: certificate, token, rights.")
    down_since = models.DateTimeField(null=True)
    cursor = models.DateTimeField(null=True, help_text="The reading has everything up to this moment.")
    total = models.IntegerField(null=True, help_text="Places in the last whole reading.")
    problems = models.JSONField(default=list, help_text="What the last reading could not read.")
