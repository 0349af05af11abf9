"""Tables of the RPU connector: the files made, each deposit with its answer, the files received and their outcome.

Personal data: an RPU file holds birth date, commune and diagnoses, without a name; ``File.raw``, ``Import.raw`` and the
explanations of ``ImportLine`` are filtered by establishment. Deposits and imports name the account that asked.
"""

from django.db import models


class File(models.Model):
    """A file made: the same content of the same days is one row, whose bytes never change; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    site = models.TextField(help_text="FINESS EG.")
    first_day = models.DateField()
    last_day = models.DateField()
    extracted_at = models.DateTimeField()
    name = models.TextField()
    raw = models.BinaryField()
    sha256 = models.TextField(help_text="Of the bytes.")
    body_sha256 = models.TextField(help_text="Of the content, whatever the moment of extraction.")
    passages = models.PositiveIntegerField()
    completeness = models.FloatField(null=True, help_text="All items together, in per cent.")
    errors = models.PositiveIntegerField(default=0, help_text="Passages with an impossible value.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "site", "first_day", "last_day", "body_sha256"], name="rpu_file_once"
            )
        ]
        indexes = [models.Index(fields=["establishment", "site", "-last_day"], name="rpu_file_day")]


class Deposit(models.Model):
    """One attempt to hand a file over, and the answer; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="deposits")
    at = models.DateTimeField()
    target = models.TextField(help_text="Where, without secrets.")
    outcome = models.TextField(help_text="accepte, deja, echec or refus.")
    answer = models.TextField(blank=True)
    actor = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["establishment", "-at"], name="rpu_deposit_at")]


class Import(models.Model):
    """A file received, kept as it came; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    site = models.TextField()
    name = models.TextField()
    raw = models.BinaryField()
    sha256 = models.TextField()
    encoding = models.TextField()
    at = models.DateTimeField()
    actor = models.TextField()
    remarks = models.JSONField(default=list)
    counts = models.JSONField(default=dict, help_text="outcome → passages.")

    class Meta:
        indexes = [models.Index(fields=["establishment", "-at"], name="rpu_import_at")]


class ImportLine(models.Model):
    """What became of one passage of a received file; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    source = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField(help_text="Rank of the passage in the file.")
    line = models.PositiveIntegerField()
    outcome = models.TextField()
    arrived_at = models.DateTimeField(null=True)
    problems = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["source", "number"], name="rpu_import_line_source")]
