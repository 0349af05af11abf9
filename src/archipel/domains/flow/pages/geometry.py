"""Drawing the territory: outlines and markers in the coordinates of an SVG, markers spread where they would overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Any

WIDTH = 1000.0
MARGIN = 60.0
RADIUS = 24.0
APART = 2 * RADIUS + 6
UNDER, ABOVE = 42.0, 31.0
LETTER = 9.0
"""Widest average letter of a name, in SVG units."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Equirectangular at the mean latitude: true enough for a region."""

    west: float
    north: float
    scale: float
    squeeze: float
    width: float
    height: float

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Degrees → SVG units."""
        x = MARGIN + (longitude - self.west) * self.squeeze * self.scale
        y = MARGIN + (self.north - latitude) * self.scale
        return round(x, 1), round(y, 1)


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a site is (``x``, ``y``) and where its marker is drawn (``at_x``, ``at_y``)."""

    key: str
    x: float
    y: float
    at_x: float
    at_y: float
    name_y: float | None = 42.0
    """Where its name is written, from its centre: under it, else above it, nowhere (None) when both are taken."""

    @property
    def moved(self) -> bool:
        """Whether a line must tie the marker to its point."""
        return hypot(self.at_x - self.x, self.at_y - self.y) > RADIUS


def projection(points: Sequence[tuple[float, float]]) -> Projection:
    """Fit (longitude, latitude) points in the drawing; at least about 60 km are shown."""
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = cos(radians((south + north) / 2))
    wide, high = max((east - west) * squeeze, 0.55), max(north - south, 0.55)
    west -= (wide / squeeze - (east - west)) / 2
    north += (high - (north - south)) / 2
    scale = min((WIDTH - 2 * MARGIN) / wide, 760 / high)
    left = (WIDTH - 2 * MARGIN - wide * scale) / 2 / (scale * squeeze)
    return Projection(west - left, north, scale, squeeze, WIDTH, round(high * scale + 2 * MARGIN, 1))


def spread(points: Mapping[str, tuple[float, float]], size: tuple[float, float]) -> list[Marker]:
    """Push apart the markers that would overlap, the same way each time; each stays in the drawing."""
    keys = sorted(points)
    at = {key: [points[key][0] + rank * 0.01, points[key][1]] for rank, key in enumerate(keys)}
    for _ in range(200):
        moved = False
        for rank, first in enumerate(keys):
            for second in keys[rank + 1 :]:
                moved |= _push(at[first], at[second])
        for key in keys:
            place = at[key]
            place[0] = min(max(place[0], RADIUS + 2), size[0] - RADIUS - 2)
            place[1] = min(max(place[1], RADIUS + 2), size[1] - RADIUS - 2)
        if not moved:
            break
    return [
        Marker(key, *points[key], round(at[key][0], 1), round(at[key][1], 1), _name_y(at[key], at.values(), size[1]))
        for key in keys
    ]


def _name_y(place: Sequence[float], others: Iterable[Sequence[float]], height: float) -> float | None:
    """Under the marker or above it, where no other marker stands nor writes its own name."""
    near = [o[1] - place[1] for o in others if o is not place and abs(o[0] - place[0]) < 130]
    if place[1] + UNDER < height and not any(-30 < gap < 80 for gap in near):
        return UNDER
    if place[1] - ABOVE > LETTER and not any(-100 < gap < 30 for gap in near):
        return -ABOVE
    return None


def name_x(at_x: float, name: str, width: float = WIDTH) -> float:
    """How far a name, centred on its marker, is moved so that it is whole in the drawing."""
    half = len(name) * LETTER / 2 + 4
    return round(min(max(at_x, half), max(width - half, half)) - at_x, 1)


def _push(a: list[float], b: list[float]) -> bool:
    dx, dy = b[0] - a[0], b[1] - a[1]
    distance = hypot(dx, dy)
    if distance >= APART:
        return False
    if distance < 0.5:
        dx, dy, distance = 1.0, 0.6, hypot(1.0, 0.6)
    step = (APART - distance) / 2 + 0.1
    a[0] -= dx / distance * step
    a[1] -= dy / distance * step
    b[0] += dx / distance * step
    b[1] += dy / distance * step
    return True


def outline(geometry: Mapping[str, Any], place: Projection) -> str:
    """The ``d`` of an SVG path for a GeoJSON Polygon or MultiPolygon."""
    return "".join(_ring(ring, place) for ring in _rings(geometry))


def _rings(geometry: Mapping[str, Any]) -> Iterator[Iterable[Sequence[float]]]:
    shapes = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in shapes:
        yield from polygon


def _ring(ring: Iterable[Sequence[float]], place: Projection) -> str:
    points = " ".join("{},{}".format(*place.point(point[0], point[1])) for point in ring)
    return f"M{points}Z"
