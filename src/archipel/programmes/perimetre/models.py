"""Tables of the graph of establishments. No personal data but the name of the account that made a change.

``Change`` is one load, import or correction; ``Statement`` is what it says, over a period. Both are append-only: a
statement that no longer holds as it was is replaced by new ones, and the graph at a date is read from the statements
that nothing replaces. ``Received`` keeps the files. FINESS and the membership of GHT are public: the tables are not
filtered by establishment.
"""

from django.db import models


class Received(models.Model):
    """A file received, as it came: tried, then applied or left."""

    at = models.DateTimeField()
    actor = models.TextField()
    name = models.TextField()
    sha256 = models.TextField()
    raw = models.BinaryField()


class Change(models.Model):
    """Who said what of the graph, from which source, from which file."""

    at = models.DateTimeField()
    actor = models.TextField()
    source = models.TextField()
    reason = models.TextField(blank=True)
    file = models.TextField(blank=True)
    received = models.ForeignKey(Received, on_delete=models.PROTECT, null=True)
    mark = models.TextField(blank=True, help_text="What was copied, so that it is not copied again.")
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")


class Statement(models.Model):
    """A node's name and attributes (``link`` empty), or one of its relations, over [valid_from, valid_to)."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="statements")
    recorded_at = models.DateTimeField()
    child_kind = models.TextField()
    child = models.TextField()
    link = models.TextField(blank=True)
    parent_kind = models.TextField(blank=True)
    parent = models.TextField(blank=True)
    name = models.TextField(blank=True)
    attributes = models.JSONField(default=dict)
    certainty = models.TextField()
    source = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    withdrawn = models.BooleanField(default=False, help_text="Says nothing any more: it only replaces.")
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")

    class Meta:
        indexes = [models.Index(fields=["child_kind", "child"], name="perimetre_child")]
