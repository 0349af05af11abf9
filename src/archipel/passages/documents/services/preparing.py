"""Drafts: one report for each exit from an emergency department, one return sheet for a nursing-home resident."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from archipel.domains.flow import public as flow
from archipel.domains.flow.public import EdExit
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, NotFound
from archipel.passages.documents.models import Document
from archipel.passages.documents.queries import facts
from archipel.passages.documents.services.keeping import tell
from archipel.passages.documents.values import KINDS, Kind
from archipel.territory import public as territory

EVERY_SECONDS = 20.0
LOOK_BACK = timedelta(hours=24)
"""An exit told later than this gets its draft by hand."""
_last_look = -EVERY_SECONDS


def new_uid() -> str:
    """A complete OID, without extension, from a random UUID (ITU-T X.667: ``2.25.<integer>``)."""
    return f"2.25.{uuid.uuid4().int}"


def system() -> Scope:
    """The scope of the processes of this room."""
    return system_scope("documents", [one.code for one in territory.establishments()])


def prepare_tick() -> None:
    """The worker's tick: drafts for the exits of the last day, at most every :data:`EVERY_SECONDS`."""
    global _last_look
    now = time.monotonic()
    if now - _last_look >= EVERY_SECONDS:
        _last_look = now
        prepare_due()


def prepare_due(at: datetime | None = None) -> int:
    """Make the drafts that are missing; returns how many."""
    now = at or clock.now()
    made = 0
    with transaction.atomic():
        scope = system()
        with in_scope(scope):
            exits = flow.ed_exits(since=now - LOOK_BACK, until=now)
            known = set(
                Document.objects.filter(venue_number__in=[one.venue_id for one in exits]).values_list(
                    "venue_number", "kind"
                )
            )
            for one in exits:
                if (one.venue_id, Kind.CR_PASSAGE.value) not in known:
                    made += _draft(scope, one, Kind.CR_PASSAGE)
                if (one.venue_id, Kind.FLUDR.value) not in known and _goes_home_to_ehpad(one):
                    made += _draft(scope, one, Kind.FLUDR)
    return made


def _goes_home_to_ehpad(one: EdExit) -> bool:
    info = flow.venue_info(venue=one.venue_id, at=clock.now())
    return info is not None and info.discharged_at is not None and facts.resident(info.attributes)


def _draft(scope: Scope, one: EdExit, kind: Kind) -> int:
    now, set_uid = clock.now(), new_uid()
    document, made = Document.objects.get_or_create(
        establishment=one.establishment, venue=one.key, kind=kind.value, version=1,
        defaults={
            "venue_number": one.venue_id, "patient": one.patient, "site": one.site, "uid": set_uid,
            "set_uid": set_uid, "left_at": one.left_at, "created_at": now, "updated_at": now,
        },
    )  # fmt: skip
    if made:
        tell(scope, document, "prepare", f"{KINDS[kind].label} à rédiger.", trace=False)
    return int(made)


def prepare(*, scope: Scope, venue: int, kind: Kind) -> int:
    """Prepare a document by hand; returns its number, that of the one that exists when there is one.

    Raises:
        NotFound: the patient did not leave an emergency department within sight.
        Denied: no right to validate documents there.
    """
    with in_scope(scope):
        info = flow.venue_info(venue=venue, at=clock.now())
        if info is None:
            raise NotFound("Cette venue n'existe pas, ou n'est pas visible par votre compte.", code="venue-inconnue")
        scope.require(Capability.VALIDER_DOCUMENTS, info.establishment)
        known = Document.objects.filter(venue_number=venue, kind=kind.value).order_by("-version").first()
        if known is not None:
            return int(known.pk)
        patient = flow.ed_patient(scope=scope, venue=venue)
        left = next((at for step, at in patient.status.steps if step.value == "sortie"), None)
        if left is None:
            raise Conflict("Ce patient est encore aux urgences : le document se prépare à sa sortie.", code="present")
        site = flow.site_of(patient)
        _draft(scope, EdExit(info.establishment, info.key, venue, info.patient, site, left), kind)
        return int(Document.objects.get(venue_number=venue, kind=kind.value, version=1).pk)


def automatic() -> bool:
    """Whether the site lets documents go without a physician's reading."""
    return bool(settings.DOCUMENTS_AUTO)
