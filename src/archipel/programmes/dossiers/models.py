"""Tables of dossiers.

Ledgers (append-only): ``Event`` (what happened to a dossier), ``Revision`` (every version of every rubric), ``Fork``
(a text written at the same time as another), ``Comment``, ``Attachment``, ``Blob``, ``Deposit`` (what was deposited,
frozen), ``Note`` (instruction). ``Dossier`` and ``Participation`` are the state of now, rebuilt from the ledger.

Who reads a row is said by the dossier it belongs to: its establishments while it is being written, the agency of their
region once it is deposited. Comments, versions and drafts stay with the establishments; notes with the agency.

Personal data: names of the team, authors, comments and mentions, all about professionals.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Dossier(models.Model):
    """An application to a programme, or the idea of one; it keeps the version of the pack it was opened under."""

    programme = models.TextField(help_text="Identifier of the pack.")
    pack_version = models.TextField()
    theme = models.TextField(blank=True)
    title = models.TextField()
    status = models.TextField()
    bearer_finess = models.TextField(help_text="FINESS PMSI of the lead.")
    bearer_ej = models.TextField(help_text="FINESS EJ of the lead.")
    establishments = ArrayField(models.TextField(), help_text="FINESS EJ of the lead and of every party.")
    ght = models.TextField(blank=True)
    region = models.TextField(blank=True)
    deposited = models.BooleanField(default=False)
    granted = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="Euros.")
    paid = models.DecimalField(max_digits=12, decimal_places=2, default=0, help_text="Euros.")
    created_at = models.DateTimeField()
    created_by = models.TextField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["programme", "status"], name="dossiers_by_state"),
            models.Index(fields=["bearer_finess"], name="dossiers_by_bearer"),
        ]


class Event(models.Model):
    """One thing that happened; append-only. ``rank`` numbers the lines of a dossier from 1, without a hole."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="events")
    rank = models.PositiveIntegerField()
    kind = models.TextField()
    code = models.TextField(blank=True)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    undoes = models.IntegerField(null=True, help_text="Rank of the line that this one takes back.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "rank"], name="dossiers_event_rank")]


class Participation(models.Model):
    """An establishment of a dossier's perimeter.

    ``slot`` is its place among the projects that the programme allows to one FINESS: taken while the dossier counts and
    the establishment agreed, and unique: the database itself refuses a project too many.
    """

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="parties")
    programme = models.TextField()
    finess = models.TextField(help_text="FINESS PMSI.")
    ej = models.TextField(help_text="FINESS EJ.")
    name = models.TextField()
    role = models.TextField(help_text="porteur or partie.")
    sites = ArrayField(models.TextField(), default=list, help_text="FINESS EG.")
    public_member = models.BooleanField(default=False)
    legal_status = models.TextField(default="inconnu", help_text="public, espic, prive or inconnu.")
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.TextField(blank=True)
    slot = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier", "finess"], name="dossiers_party_once"),
            models.UniqueConstraint(
                fields=["programme", "finess", "slot"], condition=Q(slot__isnull=False), name="dossiers_slot_once"
            ),
            models.UniqueConstraint(fields=["dossier"], condition=Q(role="porteur"), name="dossiers_one_bearer"),
        ]


class Fork(models.Model):
    """A content saved from an older version than the one in force, that could not be merged: both are kept."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="forks")
    rubric = models.TextField()
    base = models.PositiveIntegerField(help_text="Version from which it was written; 0: none.")
    against = models.PositiveIntegerField(help_text="Version in force when it was saved.")
    content = models.JSONField()
    disagreements = models.JSONField(default=list)
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class Revision(models.Model):
    """A version of a rubric; append-only, numbered from 1. The highest is in force."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="revisions")
    rubric = models.TextField()
    number = models.PositiveIntegerField()
    content = models.JSONField()
    base = models.PositiveIntegerField(help_text="Version from which it was written; 0: none.")
    kind = models.TextField(help_text="saisie, fusion, restauration or choix.")
    resolves = models.OneToOneField(Fork, on_delete=models.PROTECT, null=True, related_name="resolution")
    actor = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "rubric", "number"], name="dossiers_revision_once")]


class Draft(models.Model):
    """What somebody is writing and has not saved yet, kept as they type; and where they are."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="drafts")
    rubric = models.TextField()
    author = models.TextField(help_text="Username.")
    base = models.PositiveIntegerField(default=0)
    content = models.JSONField(null=True, help_text="Null: the person reads, nothing is unsaved.")
    seen_at = models.DateTimeField()
    saved_at = models.DateTimeField(null=True, help_text="When the content was last kept.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "rubric", "author"], name="dossiers_draft_once")]


class Comment(models.Model):
    """A remark on a rubric, an answer to it, its resolution or reopening; append-only."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="comments")
    rubric = models.TextField()
    thread = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replies")
    kind = models.TextField(help_text="remarque, reponse, resolution or reouverture.")
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0, help_text="Version of the rubric that was in force.")
    mentions = ArrayField(models.TextField(), default=list, help_text="Usernames.")
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class Attachment(models.Model):
    """A file of a dossier; append-only. Withdrawing it is an event, its content is kept."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="attachments")
    nature = models.TextField()
    name = models.TextField()
    media_type = models.TextField(help_text="Read from the content, never from the name.")
    size = models.PositiveIntegerField(help_text="Octets.")
    sha256 = models.TextField()
    details = models.JSONField(default=dict, help_text="Partner, instance, date, as its nature asks.")
    scanned = models.TextField(help_text="What looked at it: contenu, or contenu+antivirus.")
    after_deposit = models.BooleanField(default=False, help_text="Sent to the agency as soon as it is there.")
    by_agency = models.BooleanField(default=False)
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class Blob(models.Model):
    """The bytes of an attachment; append-only."""

    attachment = models.OneToOneField(Attachment, on_delete=models.PROTECT, primary_key=True, related_name="blob")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    content = models.BinaryField()


class Deposit(models.Model):
    """What was deposited, frozen: the document, its hash, the attachments; append-only."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="deposits")
    rank = models.PositiveIntegerField(help_text="Rank of the event.")
    content = models.JSONField()
    sha256 = models.TextField(help_text="Of the content in canonical JSON.")
    attachments = ArrayField(models.BigIntegerField(), default=list)
    recorded_at = models.DateTimeField()


class Note(models.Model):
    """What the agency writes of a dossier under a criterion; append-only, the last one counts."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="notes")
    bearer_ej = models.TextField()
    criterion = models.TextField()
    score = models.PositiveSmallIntegerField(null=True, help_text="0 to 4; null: not scored.")
    text = models.TextField(blank=True)
    actor = models.TextField()
    recorded_at = models.DateTimeField()


class Notification(models.Model):
    """Something that an account is told about a dossier: a mention, a deadline, a decision."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="notifications")
    recipient = models.TextField(help_text="Username.")
    key = models.TextField(help_text="What it is about; the same thing is told once.")
    kind = models.TextField()
    text = models.TextField()
    rubric = models.TextField(blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "recipient", "key"], name="dossiers_told_once")]


class Feed(models.Model):
    """The secret address of an account's calendar of deadlines; only its hash is kept."""

    user_id = models.BigIntegerField()
    hash = models.TextField(unique=True, help_text="SHA-256 of the token, which has 256 random bits.")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
