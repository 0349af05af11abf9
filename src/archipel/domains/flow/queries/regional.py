"""What the neighbours have, as the ROR last said it, with its age."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from archipel.domains.flow.models import RegionalCapacity
from archipel.domains.flow.models.offers import Offer
from archipel.domains.flow.values.offers import LABELS, Indicator, Statut, Temporalite
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.territory import public as territory

STALE_AFTER = timedelta(hours=24)
"""A figure older than this is shown as stale: soins critiques and grands brûlés are told daily at least."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An offer of another establishment."""

    location: str
    name: str
    organisation: str
    service: str
    filiere: str
    commune: str
    latitude: float | None
    longitude: float | None
    available: int | None
    """Beds available now, all genders together; None: not told."""
    women: int | None
    men: int | None
    installed: int | None
    closed: int | None
    later: tuple[tuple[str, int], ...]
    """(label of the horizon, beds expected to be available)."""
    told_at: datetime | None
    read_at: datetime
    stale: bool
    distance_km: float | None = None


def neighbours(
    *,
    scope: Scope,
    filiere: str = "",
    near: tuple[float, float] | None = None,
    stale_after: timedelta = STALE_AFTER,
    at: datetime | None = None,
) -> tuple[Neighbour, ...]:
    """The offers of the region that are neither linked to our units nor on our sites.

    The nearest come first when a point (latitude, longitude) is given.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        filiere: only this one.
        near: from where distances are counted, as the crow flies.
        stale_after: age from which a figure is marked stale.
        at: the moment for ages, now by default.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    now = at or clock.now()
    ours = set(Offer.objects.values_list("structure", "code"))
    here = {f"1{site.finess}" for site in territory.sites()}
    rows = RegionalCapacity.objects.all()
    if filiere:
        rows = rows.filter(filiere=filiere)
    found = [
        _neighbour(row, now, near, stale_after)
        for row in rows
        if (row.structure, row.code) not in ours and row.structure not in here
    ]
    return tuple(sorted(found, key=lambda n: (n.distance_km is None, n.distance_km or 0.0, n.organisation, n.name)))


def _neighbour(
    row: RegionalCapacity, now: datetime, near: tuple[float, float] | None, stale_after: timedelta
) -> Neighbour:
    figures = [(Indicator.parse(text), int(count)) for text, count, _ in row.figures]
    here = [(one, count) for one, count in figures if one.temporality == Temporalite.COURANT]
    free = [(one, count) for one, count in here if one.status == Statut.DISPONIBLE]

    def total(status: str) -> int | None:
        counts = [count for one, count in here if one.status == status]
        return sum(counts) if counts else None

    def of(gender: str) -> int | None:
        counts = [count for one, count in free if one.gender == gender]
        return sum(counts) if counts else None

    later = sorted(
        (one.temporality, count)
        for one, count in figures
        if one.status == Statut.DISPONIBLE and one.temporality != Temporalite.COURANT
    )
    distance = None
    if near is not None and row.latitude is not None and row.longitude is not None:
        distance = kilometres(near, (row.latitude, row.longitude))
    return Neighbour(
        location=row.location, name=row.name, organisation=row.organisation, service=row.service,
        filiere=row.filiere, commune=row.commune, latitude=row.latitude, longitude=row.longitude,
        available=total(Statut.DISPONIBLE), women=of("01"), men=of("02"), installed=total(Statut.INSTALLE),
        closed=total(Statut.FERME), later=tuple((LABELS["R331"].get(c, c), n) for c, n in later),
        told_at=row.told_at, read_at=row.read_at, stale=row.told_at is None or now - row.told_at > stale_after,
        distance_km=distance,
    )  # fmt: skip


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Distance as the crow flies between two (latitude, longitude) in degrees."""
    (a, b), (c, d) = ((math.radians(x) for x in point) for point in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(min(1.0, half)))
