"""Tables of patient identity. Personal data: everything here; row-level security on the establishment."""

from django.db import models
from django.db.models import F, Func, Value


class Patient(models.Model):
    """One local identifier (IPP) of one establishment, with the traits folded from all its messages."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    key = models.TextField(help_text="authority|ipp")
    representative = models.TextField(help_text="Key of the patient that this one is merged into, itself if none.")
    traits = models.JSONField(default=dict, help_text="field → [value, stamp]: what each message said last.")
    nom_naissance = models.TextField(blank=True)
    nom_utilise = models.TextField(blank=True)
    prenom = models.TextField(blank=True)
    sexe = models.TextField(blank=True)
    date_naissance = models.DateField(null=True)
    deces = models.BooleanField(default=False)
    ins_matricule = models.TextField(blank=True)
    ins_cle = models.TextField(blank=True)
    ins_oid = models.TextField(blank=True)
    ins_recupere = models.BooleanField(default=False)
    piece_verifiee = models.BooleanField(default=False)
    statut = models.TextField(default="PROV")
    updated_at = models.DateTimeField()
    number = models.GeneratedField(
        expression=Func(F("key"), Value("|"), Value(2), function="split_part"),
        output_field=models.TextField(),
        db_persist=True,
        help_text="The IPP alone, to be searched.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["establishment", "key"], name="identity_patient_key")]
        indexes = [
            models.Index(fields=["establishment", "number"], name="identity_patient_number"),
            models.Index(fields=["establishment", "date_naissance"], name="identity_patient_birth"),
            models.Index(fields=["ins_matricule"], name="identity_patient_ins", condition=~models.Q(ins_matricule="")),
            models.Index(
                fields=["establishment", "representative"],
                name="identity_patient_merged",
                condition=~models.Q(representative=models.F("key")),
            ),
        ]


class MergeFact(models.Model):
    """An A40 or A47 received: ``loser`` is ``survivor``; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    loser = models.TextField()
    survivor = models.TextField()
    stamp = models.TextField()
    event = models.TextField()
    message_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["establishment", "loser", "survivor", "stamp"], name="identity_merge_once")
        ]
        indexes = [models.Index(fields=["establishment", "survivor"], name="identity_merge_survivor")]


class MergeDecision(models.Model):
    """A person undid a merge, or restored it; append-only, the latest decision on an edge holds."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    loser = models.TextField()
    survivor = models.TextField()
    undone = models.BooleanField()
    actor = models.TextField()
    reason = models.TextField()
    recorded_at = models.DateTimeField()
