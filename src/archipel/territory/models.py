"""Tables of the structure.

``Entity``, ``Version`` and ``Relation`` hold the dated truth and its history. ``Etablissement``, ``Site``, ``Uf`` and
``Lit`` are the structure of today, rebuilt by each publication, for quick joins. No personal data.
Establishments are named by FINESS EJ, or by a provisional code beginning with ``~``.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Publication(models.Model):
    """A change of structure that was checked, then published as a whole."""

    at = models.DateTimeField()
    actor = models.TextField()
    source = models.TextField(help_text="ficom:<file>, mfn:<message>, reference:<name>, provisoire:<message>, saisie.")
    establishment = models.TextField(blank=True)
    summary = models.JSONField(default=dict)
    reason = models.TextField(default="", blank=True)
    effective_on = models.DateField(null=True)
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")


class Entity(models.Model):
    """Something that keeps its identity while its versions change.

    A room's code is ``uf/chambre``, a bed's ``uf/chambre/lit``.
    """

    kind = models.TextField()
    establishment = models.TextField(blank=True, help_text="FINESS EJ; empty for the GHT.")
    code = models.TextField()
    provisional = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "establishment", "code"], name="territory_entity_code"),
        ]


class Version(models.Model):
    """What an entity was called and how it was, over a period of validity [valid_from, valid_to)."""

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="versions")
    establishment = models.TextField(blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    name = models.TextField()
    attributes = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, help_text="When a later publication replaced this row.")
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT)
    superseded_by = models.ForeignKey(Publication, on_delete=models.PROTECT, null=True, related_name="+")


class Relation(models.Model):
    """A typed, dated link between two entities."""

    child = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="parents")
    parent = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="children")
    establishment = models.TextField(blank=True)
    kind = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT)
    superseded_by = models.ForeignKey(Publication, on_delete=models.PROTECT, null=True, related_name="+")


class Etablissement(models.Model):
    """A legal entity of the group, today."""

    code = models.TextField(primary_key=True, help_text="FINESS EJ, or ~code while provisional.")
    ght = models.TextField(blank=True)
    name = models.TextField()
    short_name = models.TextField(blank=True)
    support = models.BooleanField(default=False)
    provisional = models.BooleanField(default=False)


class Site(models.Model):
    """A geographic entity, today."""

    finess = models.TextField(primary_key=True, help_text="FINESS EG, or ~code while provisional.")
    establishment = models.TextField(db_index=True)
    name = models.TextField()
    commune = models.TextField(blank=True)
    commune_insee = models.TextField(blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    provisional = models.BooleanField(default=False)


class Uf(models.Model):
    """A unité fonctionnelle, today."""

    establishment = models.TextField()
    code = models.TextField()
    name = models.TextField()
    site = models.TextField(blank=True, help_text="FINESS EG.")
    pole = models.TextField(blank=True)
    service = models.TextField(blank=True)
    filiere = models.TextField(default="AUTRE")
    types = ArrayField(models.TextField(), default=list, help_text="M médicale, H hébergement, S soins.")
    tracks_cleaning = models.BooleanField(default=True)
    protected_beds = models.PositiveIntegerField(default=0, help_text="Beds kept for the ED of the site.")
    provisional = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["establishment", "code"], name="territory_uf_code")]


class Lit(models.Model):
    """A bed, today. In an emergency department the places (box, accueil, attente …) are beds with a ``usage``."""

    establishment = models.TextField()
    uf = models.TextField()
    chambre = models.TextField(blank=True)
    lit = models.TextField(blank=True)
    name = models.TextField(blank=True)
    usage = models.TextField(default="lit", help_text="lit, accueil, tri, attente, box, dechocage, aval, radio.")
    single = models.BooleanField(default=False)
    isolation = models.BooleanField(default=False, help_text="Can be used for isolation.")
    position = models.PositiveIntegerField(default=0)
    provisional = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["establishment", "uf", "chambre", "lit"], name="territory_lit_code"),
        ]


class CodeMapping(models.Model):
    """A code that a sender uses, and the code of the structure that it means.

    Made when a provisional entity is merged; an empty target means that the code was rejected.
    """

    kind = models.TextField()
    establishment = models.TextField()
    code = models.TextField()
    target_establishment = models.TextField()
    target_code = models.TextField()
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "establishment", "code"], name="territory_mapping_code"),
        ]


class Proposal(models.Model):
    """Statements about the structure that wait for approval: an imported file, or a message from a structure master."""

    WAITING, PUBLISHED, REJECTED = "attente", "publiee", "rejetee"

    kind = models.TextField(help_text="ficom or mfn.")
    name = models.TextField(help_text="File name, or control id of the message.")
    created_at = models.DateTimeField()
    actor = models.TextField()
    establishment = models.TextField(blank=True, help_text="When all of it is about one establishment.")
    effective_on = models.DateField()
    complete = models.BooleanField(default=False, help_text="Whether what it does not name is closed.")
    raw = models.BinaryField()
    statements = models.JSONField(default=list)
    problems = models.JSONField(default=list, help_text="What was wrong when reading it.")
    status = models.TextField(default=WAITING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, null=True)
