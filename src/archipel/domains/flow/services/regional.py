"""Keeping what the ROR says of the offers of the region, as it was last read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archipel.domains.flow.models import RegionalCapacity
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import Denied

TOPIC = "flow.region"


@dataclass(frozen=True, slots=True)
class RegionalFigure:
    """One figure of a neighbour, with its own date."""

    indicator: Indicator
    count: int
    told_at: datetime


@dataclass(frozen=True, slots=True)
class RegionalOffer:
    """An offer of the region, as the ROR describes it."""

    location: str
    name: str
    updated_at: datetime
    figures: tuple[RegionalFigure, ...]
    structure: str = ""
    code: str = ""
    organisation: str = ""
    service: str = ""
    specialties: tuple[str, ...] = ()
    filiere: str = ""
    commune: str = ""
    latitude: float | None = None
    longitude: float | None = None
    region: str = ""


def store_regional(*, scope: Scope, offers: Iterable[RegionalOffer], read_at: datetime) -> int:
    """Keep what was read; an offer read again replaces what was known of it, unless it is older.

    Raises:
        Denied: a person's account; only a process reads the ROR.
    """
    if scope.user_id is not None:
        raise Denied("Seule la lecture du ROR écrit les capacités de la région.")
    newest: dict[str, RegionalOffer] = {}
    for offer in offers:
        if offer.location not in newest or newest[offer.location].updated_at <= offer.updated_at:
            newest[offer.location] = offer
    with in_scope(scope):
        known = dict(RegionalCapacity.objects.filter(location__in=newest).values_list("location", "updated_at"))
        rows = [
            RegionalCapacity(location=offer.location, read_at=read_at, **_values(offer))
            for offer in newest.values()
            if offer.location not in known or known[offer.location] <= offer.updated_at
        ]
        RegionalCapacity.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["location"], update_fields=_FIELDS
        )
        if rows:
            publish(TOPIC, {"offres": len(rows)})
    return len(rows)


_FIELDS = [
    "structure", "code", "name", "organisation", "service", "specialties", "filiere", "commune", "latitude",
    "longitude", "region", "figures", "told_at", "updated_at", "read_at",
]  # fmt: skip


def _values(offer: RegionalOffer) -> dict[str, Any]:
    return {
        "structure": offer.structure, "code": offer.code, "name": offer.name, "organisation": offer.organisation,
        "service": offer.service, "specialties": list(offer.specialties), "filiere": offer.filiere,
        "commune": offer.commune, "latitude": offer.latitude, "longitude": offer.longitude, "region": offer.region,
        "figures": [[str(f.indicator), f.count, f.told_at.isoformat()] for f in offer.figures],
        "told_at": max((f.told_at for f in offer.figures), default=None), "updated_at": offer.updated_at,
    }  # fmt: skip
