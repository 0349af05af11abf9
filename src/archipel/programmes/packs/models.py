"""Tables of packs: the versions received, as their files say them, and what was decided of each.

Packs are public: no row belongs to an establishment. Personal data: the accounts of those who proposed and decided,
and the contacts that a pack may name (people's professional details, published by their institution).
"""

from django.db import models


class Version(models.Model):
    """The file of one version of a pack, or of a regional overlay (``region`` not empty), kept as received.

    Never changed. ``sha256`` is that of the file's text; the other columns repeat what it says, to find it.
    """

    pack = models.TextField()
    version = models.TextField()
    region = models.TextField(blank=True, help_text="INSEE code of the region of an overlay; empty for a pack.")
    nature = models.TextField(blank=True)
    title = models.TextField()
    bearer = models.TextField(blank=True)
    published_on = models.DateField(help_text="« publie_le » of the file: it orders the versions.")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    content = models.TextField()
    sha256 = models.TextField()
    file = models.TextField(blank=True)
    shipped = models.BooleanField(default=False, help_text="Came with the software.")
    proposed_at = models.DateTimeField()
    proposed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack", "version", "region", "sha256"], name="packs_version_once"),
        ]
        indexes = [models.Index(fields=["sha256"], name="packs_version_sha")]


class Decision(models.Model):
    """What somebody decided of a version: « publiee », « refusee », « retiree ». The last one counts."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="decisions")
    decision = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()
    reason = models.TextField(blank=True)
