"""Tables of the catalogue of help: regional offers, requests and what happens to them, quotas, feedback, search.

Personal data: the account that acted (``actor``), and whatever people write in requests and feedback. What a GHT asks
and writes is filtered by establishment; offers, quotas and published feedback are read by everybody.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Offer(models.Model):
    """A version of a form of help that an ARS adds to the catalogue. Personal data: who wrote it."""

    code = models.TextField(help_text="The same from version to version.")
    region = models.TextField(help_text="INSEE code.")
    version = models.PositiveIntegerField()
    establishments = ArrayField(models.TextField(), help_text="FINESS EJ of the region.")
    content = models.JSONField()
    withdrawn = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    actor = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["region", "code", "version"], name="catalogue_offer_version")]


class AnswerDelay(models.Model):
    """How many days a party gives itself to answer, as the region fixed it. Personal data: who fixed it."""

    region = models.TextField()
    establishments = ArrayField(models.TextField())
    party = models.TextField()
    days = models.PositiveIntegerField(null=True, help_text="None: no delay any more.")
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class Request(models.Model):
    """A request for help by a GHT (or an establishment). Personal data: who asked; the need is free text."""

    ght = models.TextField(blank=True)
    region = models.TextField()
    establishments = ArrayField(models.TextField(), help_text="FINESS EJ that it concerns.")
    pack = models.TextField(blank=True)
    version = models.TextField(blank=True)
    aid = models.TextField(help_text="Reference of the aid.")
    aid_name = models.TextField()
    theme = models.TextField(blank=True)
    session = models.TextField(blank=True)
    circuit = ArrayField(models.TextField())
    quota = models.TextField(blank=True, help_text="The share of the quota that it draws on; empty: none.")
    rights = models.PositiveIntegerField(null=True)
    subject = models.TextField()
    need = models.TextField(blank=True)
    contact = models.TextField(blank=True)
    asked_on = models.DateField()
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class RequestEvent(models.Model):
    """Something that happened to a request. Personal data: who did it, and what they wrote."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="events")
    establishments = ArrayField(models.TextField())
    kind = models.TextField()
    party = models.TextField(blank=True, help_text="In whose name.")
    opinion = models.TextField(blank=True)
    text = models.TextField(blank=True)
    piece = models.TextField(blank=True, help_text="Title or reference of the letter that says it.")
    effective_on = models.DateField()
    actor = models.TextField()
    recorded_at = models.DateTimeField()
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")


class QuotaMovement(models.Model):
    """A right taken from a share of a quota, or given back. No personal data.

    ``left`` is what remains after it. The database refuses a movement that does not follow the one before, that leaves
    less than nothing or more than the share: whatever the concurrency, a quota cannot go negative.
    """

    quota = models.TextField()
    rank = models.PositiveIntegerField(help_text="1, 2, 3… for each share.")
    change = models.SmallIntegerField(help_text="-1: taken; 1: given back.")
    left = models.IntegerField()
    rights = models.PositiveIntegerField()
    request = models.BigIntegerField(help_text="Number of the request.")
    establishments = ArrayField(models.TextField())
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quota", "rank"], name="catalogue_quota_rank"),
            models.CheckConstraint(condition=models.Q(change__in=(-1, 1)), name="catalogue_quota_change"),
            models.CheckConstraint(condition=models.Q(left__gte=0, left__lte=models.F("rights")),
                                   name="catalogue_quota_left"),
        ]  # fmt: skip


class FeedbackEvent(models.Model):
    """A step of a feedback on a mission: written, submitted, sent back, published, withdrawn; with its whole text.

    Personal data: who wrote or reviewed it.
    """

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="feedback")
    establishments = ArrayField(models.TextField())
    kind = models.TextField()
    content = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class Publication(models.Model):
    """A feedback that everybody may read, or its withdrawal. No personal data: authors are left out."""

    request = models.BigIntegerField()
    establishments = ArrayField(models.TextField())
    region = models.TextField()
    ght = models.TextField(blank=True)
    aid = models.TextField()
    aid_name = models.TextField()
    content = models.JSONField(default=dict)
    withdrawn = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()


class Document(models.Model):
    """What the search finds: an aid, an offer, a published feedback. Rebuilt from them. No personal data."""

    ref = models.TextField(primary_key=True)
    kind = models.TextField()
    region = models.TextField(blank=True)
    title = models.TextField()
    operators = models.TextField(blank=True)
    themes = ArrayField(models.TextField(), default=list)
    theme_words = models.TextField(blank=True)
    other_names = models.TextField(blank=True)
    body = models.TextField(blank=True)
    words = SearchVectorField()
    stems = ArrayField(models.TextField(), default=list, help_text="The words of title, names, themes and body.")
    batch = models.TextField(help_text="What it was built from.")

    class Meta:
        indexes = [GinIndex(fields=["words"], name="catalogue_document_found", fastupdate=False)]


class Word(models.Model):
    """A word that some document holds, for those who mistype it. No personal data."""

    word = models.TextField(primary_key=True)

    class Meta:
        indexes = [GinIndex(fields=["word"], name="catalogue_word_near", opclasses=["gin_trgm_ops"])]
