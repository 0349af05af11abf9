"""Keeping what the ROR says of the offers of the region, as it was last read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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
    count = 0
    with in_scope(scope):
        for offer in offers:
            known = RegionalCapacity.objects.filter(location=offer.location).first()
            if known is not None and known.updated_at > offer.updated_at:
                continue
            RegionalCapacity.objects.update_or_create(
                location=offer.location, defaults=_values(offer) | {"read_at": read_at}
            )
            count += 1
        if count:
            publish(TOPIC, {"offres": count})
    return count


def _values(offer: RegionalOffer) -> dict[str, object]:
    return {
        "structure": offer.structure, "code": offer.code, "name": offer.name, "organisation": offer.organisation,
        "service": offer.service, "specialties": list(offer.specialties), "filiere": offer.filiere,
        "commune": offer.commune, "latitude": offer.latitude, "longitude": offer.longitude, "region": offer.region,
        "figures": [[str(f.indicator), f.count, f.told_at.isoformat()] for f in offer.figures],
        "told_at": max((f.told_at for f in offer.figures), default=None), "updated_at": offer.updated_at,
    }  # fmt: skip
