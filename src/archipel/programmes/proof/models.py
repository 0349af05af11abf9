"""Tables of proof.

Ledgers, append-only: ``Entry`` (documents, decisions, declarations, comments, takings back), ``File``, ``Reading``
(what a live metric said), ``Change`` (a requirement changed status), ``Archive`` and its ``Content``, ``SigningKey``
(public halves), ``Round``. ``Freezing`` is work asked for. Each row carries the FINESS EJ that it concerns: one of them
in the scope of programmes shows it; an archive needs them all.

Personal data: the name of the account behind each act. Measures are sums, hidden under 11 patients outside of the
establishment. A document deposited may name people: the screen asks that it does not name patients.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Concerned(models.Model):
    """Whom a row is about."""

    establishments = ArrayField(models.TextField(), help_text="FINESS EJ whose accounts it concerns.")
    level = models.TextField(help_text="ght, ej, eg or finess_pmsi.")
    subject = models.TextField(help_text="FINESS number, or code of the GHT.")

    class Meta:
        abstract = True


class File(models.Model):
    """The content of a document, as it was deposited; the same content deposited by others is another row."""

    id = models.BigAutoField(primary_key=True)
    establishments = ArrayField(models.TextField())
    sha256 = models.TextField()
    media = models.TextField(help_text="Read from the content, not from the name.")
    name = models.TextField()
    size = models.PositiveBigIntegerField()
    content = models.BinaryField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()


class Entry(Concerned):
    """Something said or deposited about a requirement, for a subject."""

    id = models.BigAutoField(primary_key=True)
    pack = models.TextField()
    requirement = models.TextField(help_text="theme/objectif/resultat[/exigence]: the same from version to version.")
    kind = models.TextField(help_text="piece, decision, declaration, commentaire, liaison or retrait.")
    effective_on = models.DateField(help_text="Date of the document, meeting or declaration, not of its deposit.")
    expires_on = models.DateField(null=True, help_text="First day on which it no longer holds.")
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    title = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    file = models.ForeignKey(File, on_delete=models.PROTECT, null=True)
    undoes = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["pack", "subject", "requirement"], name="proof_entry_requirement")]


class Query(models.Model):
    """The text of a statement that gave readings, once; no personal data."""

    sha256 = models.TextField(primary_key=True)
    text = models.TextField()


class Reading(Concerned):
    """What a live metric said: kept, so that a day past can be read when the facts themselves forget."""

    id = models.BigAutoField(primary_key=True)
    metric = models.TextField()
    at = models.DateTimeField(help_text="The moment described.")
    known_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    measures = models.JSONField(help_text="List of {code, libelle, valeur, unite, effectif, dont, plus_petit, raison}.")
    newest = models.DateTimeField(null=True, help_text="Moment of the most recent fact used.")
    rows = models.PositiveBigIntegerField()
    rows_sha256 = models.TextField()
    query = models.ForeignKey(Query, on_delete=models.PROTECT)

    class Meta:
        indexes = [models.Index(fields=["metric", "subject", "level", "-at"], name="proof_reading_latest")]


class Change(Concerned):
    """A requirement took another status, or the same for another reason."""

    id = models.BigAutoField(primary_key=True)
    pack = models.TextField()
    version = models.TextField()
    requirement = models.TextField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    status = models.TextField()
    reason = models.TextField()
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True, help_text="Of the measure, if any.")

    class Meta:
        indexes = [models.Index(fields=["pack", "subject", "requirement", "-at"], name="proof_change_latest")]


class Round(models.Model):
    """Every reading and status computed once; several a day. No personal data."""

    id = models.BigAutoField(primary_key=True)
    finished_at = models.DateTimeField()
    readings = models.PositiveIntegerField()
    changes = models.PositiveIntegerField()


class SigningKey(models.Model):
    """The public half of a key that signed archives. Public, append-only; no personal data."""

    fingerprint = models.TextField(primary_key=True, help_text="SHA-256 of the 32 bytes of the key.")
    pem = models.TextField()
    since = models.DateTimeField()


class Archive(Concerned):
    """The register of the archives issued."""

    id = models.BigAutoField(primary_key=True)
    pack = models.TextField()
    version = models.TextField()
    at = models.DateTimeField()
    known_at = models.DateTimeField()
    issued_at = models.DateTimeField()
    actor = models.TextField()
    sha256 = models.TextField()
    size = models.PositiveBigIntegerField()
    members = models.PositiveIntegerField()
    counts = models.JSONField(help_text="Status → how many requirements.")
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT)


class Content(models.Model):
    """The bytes of an archive."""

    archive = models.OneToOneField(Archive, on_delete=models.PROTECT, primary_key=True, related_name="content")
    establishments = ArrayField(models.TextField())
    content = models.BinaryField()


class Freezing(Concerned):
    """An archive asked for from a page: made by the worker, followed, left and found again."""

    ASKED, RUNNING, DONE, FAILED = "demandee", "en_cours", "faite", "echouee"

    id = models.BigAutoField(primary_key=True)
    pack = models.TextField()
    version = models.TextField()
    at = models.DateTimeField()
    known_at = models.DateTimeField()
    actor = models.TextField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    state = models.TextField(default=ASKED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    archive = models.ForeignKey(Archive, on_delete=models.PROTECT, null=True)
