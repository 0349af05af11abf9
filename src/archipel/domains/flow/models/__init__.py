"""Tables of patient flow.

Ledgers (append-only): ``MovementFact``, ``OwnerFact`` (from messages), ``BedFact``, ``EdFact``, ``RequestEvent`` (from
people). Projections, rebuilt from the ledgers: ``Movement``, ``Venue``, ``Segment``, ``BedStatus``.

Personal data: patient keys in MovementFact, OwnerFact, Movement and Venue, identity in Request; all filtered by
establishment. ``Segment`` and ``BedStatus`` hold none and are readable by whoever may see the group's capacity.
The tables of passages (RPU) and of tension are in modules of their own.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Func, Value

from archipel.domains.flow.models.offers import ForecastCapacity, Offer, RegionalCapacity
from archipel.domains.flow.models.passages import EdDay, PassageFact, PastPassage
from archipel.domains.flow.models.tension import TensionFact, TensionReading

__all__ = [
    "BedFact",
    "BedStatus",
    "Due",
    "EdDay",
    "EdFact",
    "ForecastCapacity",
    "Movement",
    "MovementFact",
    "Offer",
    "OwnerFact",
    "PassageFact",
    "PastPassage",
    "RegionalCapacity",
    "Request",
    "RequestEvent",
    "Segment",
    "TensionFact",
    "TensionReading",
    "Venue",
]


class MovementBase(models.Model):
    """The columns that a movement and each fact about it share."""

    establishment = models.TextField()
    movement = models.TextField()
    venue = models.TextField()
    patient = models.TextField()
    trigger = models.TextField()
    effective_at = models.DateTimeField()
    stamp = models.TextField()
    patient_class = models.TextField(blank=True)
    has_place = models.BooleanField()
    uf = models.TextField(blank=True)
    chambre = models.TextField(blank=True)
    lit = models.TextField(blank=True)
    uf_medicale = models.TextField(blank=True)
    uf_soins = models.TextField(blank=True)
    nature = models.TextField(blank=True)
    expected_exit = models.DateTimeField(null=True)
    exit_mode = models.TextField(blank=True)
    wish = models.TextField(blank=True)

    class Meta:
        abstract = True


class MovementFact(MovementBase):
    """One message about one movement: the append-only, bitemporal log (effective_at, recorded_at)."""

    id = models.BigAutoField(primary_key=True)
    message_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    action = models.TextField()
    event = models.TextField()
    cancels = models.TextField(blank=True, help_text="Comma-separated triggers, for a CANCEL without ZBE-1.")

    class Meta:
        indexes = [
            models.Index(fields=["establishment", "movement"], name="flow_fact_movement"),
            models.Index(fields=["establishment", "venue"], name="flow_fact_venue"),
            BrinIndex(fields=["recorded_at"], name="flow_fact_recorded", autosummarize=True),
        ]


class OwnerFact(models.Model):
    """An A44: the venue belongs to this patient; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    venue = models.TextField()
    patient = models.TextField()
    stamp = models.TextField()
    message_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["establishment", "venue"], name="flow_owner_venue")]


class Movement(MovementBase):
    """The winning version of each movement key."""

    id = models.BigAutoField(primary_key=True)
    cancelled = models.BooleanField()
    fact_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["establishment", "movement"], name="flow_movement_key")]
        indexes = [models.Index(fields=["establishment", "venue"], name="flow_movement_venue")]


class Venue(models.Model):
    """A stay or passage, folded. The id is derived from establishment and key, so that a rebuild keeps it."""

    id = models.BigIntegerField(primary_key=True)
    establishment = models.TextField()
    key = models.TextField()
    patient = models.TextField()
    begin = models.DateTimeField(null=True)
    discharged_at = models.DateTimeField(null=True)
    expected_exit = models.DateTimeField(null=True)
    exit_mode = models.TextField(blank=True)
    cancelled = models.BooleanField(default=False)
    plans = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    attributes = models.JSONField(default=dict, help_text="field → [value, stamp] (DMP consents, PMSI modes …).")
    updated_at = models.DateTimeField(help_text="When we last learnt something about it.")
    number = models.GeneratedField(
        expression=Func(F("key"), Value("|"), Value(2), function="split_part"),
        output_field=models.TextField(),
        db_persist=True,
        help_text="The dossier number alone, to be searched.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["establishment", "key"], name="flow_venue_key")]
        indexes = [
            models.Index(fields=["establishment", "patient"], name="flow_venue_patient"),
            models.Index(fields=["establishment", "number"], name="flow_venue_number"),
            models.Index(fields=["establishment"], name="flow_venue_planned", condition=~models.Q(plans=[])),
        ]


class Segment(models.Model):
    """A stretch of a venue in one place; [begin, end_at). No identity: readable across the group for capacity."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    venue_id = models.BigIntegerField()
    begin = models.DateTimeField()
    end_at = models.DateTimeField(null=True)
    uf = models.TextField(blank=True)
    chambre = models.TextField(blank=True)
    lit = models.TextField(blank=True)
    uf_medicale = models.TextField(blank=True)
    uf_soins = models.TextField(blank=True)
    patient_class = models.TextField(blank=True)
    present = models.BooleanField()
    sexe = models.TextField(blank=True)
    movement = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["venue_id", "begin"], name="flow_segment_once")]
        indexes = [
            models.Index(fields=["establishment", "uf", "chambre", "lit", "-begin"], name="flow_segment_place"),
            models.Index(
                fields=["establishment", "uf"], name="flow_segment_open", condition=models.Q(end_at__isnull=True)
            ),
            models.Index(fields=["end_at"], name="flow_segment_end", condition=models.Q(end_at__isnull=False)),
        ]


class BedFact(models.Model):
    """Something a person (or the feed) said about a bed; append-only, an undo is a new fact."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    uf = models.TextField()
    chambre = models.TextField(blank=True)
    lit = models.TextField(blank=True)
    kind = models.TextField()
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    reason = models.TextField(blank=True)
    until = models.DateTimeField(null=True)
    subject = models.TextField(blank=True)
    value = models.TextField(blank=True)
    undoes = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["establishment", "uf", "chambre", "lit"], name="flow_bed_fact_bed")]


class BedStatus(models.Model):
    """The bed facts of today, without reasons or subjects: readable across the group."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    uf = models.TextField()
    chambre = models.TextField(blank=True)
    lit = models.TextField(blank=True)
    armed = models.BooleanField(default=True)
    closed = models.BooleanField(default=False)
    closure_kind = models.TextField(blank=True)
    closed_since = models.DateTimeField(null=True)
    closed_until = models.DateTimeField(null=True)
    unstaffed_since = models.DateTimeField(null=True)
    unstaffed_until = models.DateTimeField(null=True)
    reserved_from = models.DateTimeField(null=True)
    reserved_until = models.DateTimeField(null=True)
    reserved_at = models.DateTimeField(null=True, help_text="When the reservation was made.")
    reserved_venue = models.BigIntegerField(null=True, help_text="Number of the venue awaited, if any.")
    move_requested = models.BooleanField(default=False, help_text="The reservation is a move asked for.")
    isolation = models.TextField(blank=True)
    isolation_since = models.DateTimeField(null=True)
    sexe = models.TextField(blank=True)
    cleaned_at = models.DateTimeField(null=True)
    to_clean_at = models.DateTimeField(null=True)
    next_change_at = models.DateTimeField(null=True, help_text="When this row changes without any new fact.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["establishment", "uf", "chambre", "lit"], name="flow_bed_status_bed")
        ]
        indexes = [
            models.Index(
                fields=["next_change_at"],
                name="flow_bed_status_due",
                condition=models.Q(next_change_at__isnull=False),
            )
        ]


class EdFact(models.Model):
    """Something entered at the emergency department about a venue; append-only."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    venue = models.TextField()
    kind = models.TextField()
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.TextField()
    details = models.JSONField(default=dict)
    undoes = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["establishment", "venue"], name="flow_ed_fact_venue")]


class Request(models.Model):
    """A request for a downstream bed; its row is also visible to the establishment asked, with what it needs."""

    id = models.BigAutoField(primary_key=True)
    establishment = models.TextField()
    receiving_establishment = models.TextField(blank=True)
    venue = models.TextField()
    status = models.TextField()
    filiere = models.TextField()
    sexe = models.TextField(blank=True)
    age = models.PositiveIntegerField(null=True)
    isolation = models.TextField(blank=True)
    needs = models.TextField(blank=True)
    uf = models.TextField(blank=True)
    chambre = models.TextField(blank=True)
    lit = models.TextField(blank=True)
    patient_name = models.TextField(blank=True, help_text="Filled when a bed is asked for, for the receiving team.")
    patient_birth = models.DateField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["establishment", "venue"], name="flow_request_venue")]


class RequestEvent(models.Model):
    """What happened to a request, by whom; append-only."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="events")
    establishment = models.TextField()
    receiving_establishment = models.TextField(blank=True)
    status = models.TextField()
    actor = models.TextField()
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()


class Due(models.Model):
    """A place that will change at a known moment without any new message: the worker announces it then."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    establishment = models.TextField()
    uf = models.TextField()
