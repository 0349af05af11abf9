"""The map of the territory: markers do not overlap, stay in the drawing, and are the same each time."""

from __future__ import annotations

from math import hypot

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.domains.flow.pages.geometry import LETTER, RADIUS, name_x, projection, spread

DEGREES = st.lists(st.tuples(st.floats(2.5, 7.5), st.floats(46.0, 49.0)), min_size=1, max_size=40)


@given(DEGREES)
@settings(max_examples=60, deadline=None)
def test_points_are_inside_the_drawing(points: list[tuple[float, float]]) -> None:
    fit = projection(points)
    for longitude, latitude in points:
        x, y = fit.point(longitude, latitude)
        assert 0 <= x <= fit.width
        assert 0 <= y <= fit.height


@given(DEGREES)
def test_north_is_up_and_east_is_right(points: list[tuple[float, float]]) -> None:
    fit = projection(points)
    x, y = fit.point(*points[0])
    east, north = fit.point(points[0][0] + 0.1, points[0][1] + 0.1)
    assert east > x
    assert north < y


@given(st.integers(1, 17), st.integers(0, 1000), st.integers(0, 800))
@settings(max_examples=60, deadline=None)
def test_sites_of_one_point_are_spread(count: int, x: int, y: int) -> None:
    points = {f"s{rank}": (float(x), float(y)) for rank in range(count)}
    markers = spread(points, (1000.0, 900.0))
    assert markers == spread(points, (1000.0, 900.0))
    for rank, first in enumerate(markers):
        assert RADIUS <= first.at_x <= 1000 - RADIUS
        assert RADIUS <= first.at_y <= 900 - RADIUS
        for second in markers[rank + 1 :]:
            assert hypot(first.at_x - second.at_x, first.at_y - second.at_y) > 0.6 * 2 * RADIUS


@given(DEGREES, st.text("abcdefghij -", min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_names_are_whole_in_the_drawing_and_off_the_markers(points: list[tuple[float, float]], name: str) -> None:
    fit = projection(points)
    markers = spread({f"s{rank}": fit.point(*point) for rank, point in enumerate(points)}, (fit.width, fit.height))
    for marker in markers:
        centre = marker.at_x + name_x(marker.at_x, name)
        half = len(name) * LETTER / 2
        assert half <= centre <= fit.width - half
        if marker.name_y is not None:
            base = marker.at_y + marker.name_y
            assert LETTER <= base <= fit.height
            for other in markers:
                if abs(other.at_x - marker.at_x) < 60:
                    assert not other.at_y - RADIUS < base - 5 < other.at_y + RADIUS
