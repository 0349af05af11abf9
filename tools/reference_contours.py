"""Simplify the outlines of some départements so that neighbours still share the very same border.

Each ring is cut where the set of départements touching a point changes; each piece is simplified once
(Douglas-Peucker, in degrees with longitude scaled by the cosine of the latitude) in a direction that does not
depend on which side asks, so that both sides keep the same points.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

Point = tuple[float, float]
_SHRINK = math.cos(math.radians(47.2))


def _distance(point: Point, start: Point, end: Point) -> float:
    """Distance from a point to a segment, in degrees of latitude."""
    px, py = (point[0] - start[0]) * _SHRINK, point[1] - start[1]
    dx, dy = (end[0] - start[0]) * _SHRINK, end[1] - start[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, (px * dx + py * dy) / length))
    return math.hypot(px - along * dx, py - along * dy)


def simplify(line: list[Point], tolerance: float) -> list[Point]:
    """Douglas-Peucker on an open line; both ends are kept."""
    keep = {0, len(line) - 1}
    stack = [(0, len(line) - 1)]
    while stack:
        first, last = stack.pop()
        worst, where = tolerance, None
        for index in range(first + 1, last):
            gap = _distance(line[index], line[first], line[last])
            if gap > worst:
                worst, where = gap, index
        if where is not None:
            keep.add(where)
            stack += [(first, where), (where, last)]
    return [line[index] for index in sorted(keep)]


def _rings(geometry: dict[str, Any]) -> list[list[Point]]:
    """Outer rings of a Polygon or MultiPolygon, closing point removed."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [[(float(x), float(y)) for x, y in polygon[0]][:-1] for polygon in polygons]


def _chains(ring: list[Point], touching: dict[Point, frozenset[str]]) -> list[list[Point]]:
    """Cut a ring into open lines at the points where the neighbour changes."""
    size = len(ring)
    cuts = [i for i in range(size) if touching[ring[i]] != touching[ring[i - 1]] or len(touching[ring[i]]) > 2]
    if not cuts:
        cuts = [ring.index(min(ring)), ring.index(max(ring))]
    cuts = sorted(set(cuts))
    lines = []
    for start, end in zip(cuts, [*cuts[1:], cuts[0] + size], strict=True):
        lines.append([ring[i % size] for i in range(start, end + 1)])
    return lines


def _simplify_ring(
    ring: list[Point], touching: dict[Point, frozenset[str]], tolerance: float, digits: int
) -> list[list[float]]:
    """Simplify one closed ring piece by piece; returns a closed list of rounded coordinates."""
    points: list[Point] = []
    for line in _chains(ring, touching):
        backwards = line[-1] < line[0]
        short = simplify(line[::-1] if backwards else line, tolerance)
        points += (short[::-1] if backwards else short)[:-1]
    closed = [[round(x, digits), round(y, digits)] for x, y in points]
    return [*closed, closed[0]]


def build(source: dict[str, Any], wanted: dict[str, dict[str, str]], tolerance: float) -> dict[str, Any]:
    """Return a FeatureCollection of the wanted départements.

    Args:
        source: GeoJSON of all départements, each with the properties ``code`` and ``nom``.
        wanted: code of the département → extra properties.
        tolerance: largest displacement, in degrees of latitude (0.01 is about 1.1 km).
    """
    owners: dict[Point, set[str]] = defaultdict(set)
    for feature in source["features"]:
        for ring in _rings(feature["geometry"]):
            for point in ring:
                owners[point].add(feature["properties"]["code"])
    touching = {point: frozenset(codes) for point, codes in owners.items()}
    features = []
    for feature in sorted(source["features"], key=lambda f: str(f["properties"]["code"])):
        code = feature["properties"]["code"]
        if code not in wanted:
            continue
        rings = [r for r in _rings(feature["geometry"]) if len(r) > 20]
        polygons = [[_simplify_ring(ring, touching, tolerance, 4)] for ring in rings]
        geometry: dict[str, Any] = {"type": "MultiPolygon", "coordinates": polygons}
        if len(polygons) == 1:
            geometry = {"type": "Polygon", "coordinates": polygons[0]}
        properties = {"code": code, "nom": feature["properties"]["nom"], **wanted[code]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}
