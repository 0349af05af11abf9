"""Reversing a publication: a new one that says again what was said before."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, NotFound
from archipel.territory import models
from archipel.territory.queries.timelines import structure
from archipel.territory.services.publication import Publication, lock, publish
from archipel.territory.values import Change, Key, Kind, RelationKind


def _touched(publication: int) -> dict[int, Key]:
    rows = models.Version.objects.filter(Q(publication_id=publication) | Q(superseded_by_id=publication))
    return {
        entity: Key(Kind(kind), establishment, code)
        for entity, kind, establishment, code in rows.values_list(
            "entity_id", "entity__kind", "entity__establishment", "entity__code"
        ).distinct()
    }


def why_not(publication: models.Publication) -> str:
    """Why the publication cannot be undone, as a French sentence; "" when it can."""
    if models.Publication.objects.filter(undoes=publication).exists():
        return f"La publication n° {publication.pk} est déjà annulée."
    entities = _touched(publication.pk)
    later = models.Version.objects.filter(entity_id__in=entities).filter(
        Q(publication_id__gt=publication.pk) | Q(superseded_by_id__gt=publication.pk)
    )
    changed = later.values("entity_id").distinct().count()
    if changed:
        return (
            f"{changed} entité(s) de la publication n° {publication.pk} ont changé depuis : "
            "annulez d'abord les publications plus récentes."
        )
    return ""


def undo(*, scope: Scope, publication: int, reason: str) -> Publication:
    """Publish the reverse of a publication: every entity it touched is again as it was just before.

    Raises:
        NotFound: there is no such publication.
        Conflict: it was undone already, or something it touched changed since.
        Invalid: what was before would break a rule today.
        Denied: the account may not change one of the establishments.
    """
    scope.require(Capability.GERER_STRUCTURE)
    with transaction.atomic():
        lock()
        row = models.Publication.objects.filter(pk=publication).first()
        if row is None:
            raise NotFound(f"La publication n° {publication} n'existe pas.", code="publication-inconnue")
        if problem := why_not(row):
            raise Conflict(problem, code="annulation-impossible")
        keys = set(_touched(publication).values())
        validated = {Key(Kind(kind), where, code) for kind, where, code in row.summary.get("validees", [])}
        before = structure({key.establishment for key in keys | validated}, known_at=row.at - timedelta(microseconds=1))
        changes = [
            Change(key, date.min, before.timelines.get(key, ()), True if key in validated else None)
            for key in sorted(keys | validated)
        ]
        done = publish(
            scope=scope, changes=changes, source=f"annulation:{publication}", effective_on=timezone.localdate(),
            reason=reason, undoes=publication,
        )  # fmt: skip
        models.CodeMapping.objects.filter(publication_id=publication).delete()
        models.Relation.objects.filter(
            publication_id=publication, kind=RelationKind.SUCCESSION.value, superseded_at=None
        ).update(superseded_at=done.at, superseded_by_id=done.id)
    return done
