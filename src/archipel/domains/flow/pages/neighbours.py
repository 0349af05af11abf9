"""The neighbours beside ours: what the ROR says of the other hospitals of the region, on the map and in the search."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from archipel.domains.flow import public as flow
from archipel.domains.flow.pages.geometry import Projection
from archipel.domains.flow.public import Neighbour
from archipel.foundation.scope import Scope
from archipel.territory import public as territory

SHOWN = 10
_RADIUS = 16.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A neighbouring hospital on the map: its offers added up."""

    organisation: str
    commune: str
    latitude: float
    longitude: float
    available: int | None
    """Of the figures that are not stale; None: none is recent."""
    offers: int
    oldest: datetime | None
    stale: bool
    x: float = 0.0
    y: float = 0.0


def spots(found: Sequence[Neighbour]) -> list[Spot]:
    """The neighbours gathered by place."""
    groups: dict[tuple[str, float, float], list[Neighbour]] = defaultdict(list)
    for one in found:
        if one.latitude is not None and one.longitude is not None:
            groups[one.organisation or one.name, round(one.latitude, 3), round(one.longitude, 3)].append(one)
    return [_spot(name, latitude, longitude, offers) for (name, latitude, longitude), offers in sorted(groups.items())]


def _spot(name: str, latitude: float, longitude: float, offers: Sequence[Neighbour]) -> Spot:
    recent = [one.available for one in offers if not one.stale and one.available is not None]
    return Spot(
        name, offers[0].commune, latitude, longitude, sum(recent) if recent else None, len(offers),
        min((one.told_at for one in offers if one.told_at), default=None), not recent,
    )  # fmt: skip


def drawn(found: Sequence[Spot], fit: Projection) -> list[Spot]:
    """Those that fall in the drawing, with their place in it."""
    kept = []
    for one in found:
        x, y = fit.point(one.longitude, one.latitude)
        if _RADIUS <= x <= fit.width - _RADIUS and _RADIUS <= y <= fit.height - _RADIUS:
            kept.append(
                Spot(
                    one.organisation, one.commune, one.latitude, one.longitude, one.available, one.offers, one.oldest,
                    one.stale, x, y,
                )
            )  # fmt: skip
    return kept


def elsewhere(*, scope: Scope, filiere: str, finess: str) -> list[Neighbour]:
    """Where else in the region there is a bed of a filière: the recent ones first, then the nearest.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        filiere: code.
        finess: FINESS EG from where distances are counted.
    """
    site = next((one for one in territory.sites() if one.finess == finess), None)
    known = site is not None and site.latitude is not None and site.longitude is not None
    near = (site.latitude or 0.0, site.longitude or 0.0) if site is not None and known else None
    found = [one for one in flow.neighbours(scope=scope, filiere=filiere, near=near) if one.available]
    return sorted(found, key=lambda one: (one.stale, one.distance_km is None, one.distance_km or 0.0))[:SHOWN]
