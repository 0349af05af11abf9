"""Where everything is drawn: boxes of tiles on bands for a whole map, columns around one thing for its neighbours.

Deterministic: the same graph has the same places. Units: pixels at scale 1; the origin is the top left corner.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from archipel.domains.systems.values.maps import LEVELS, Band, Box, Graph, Placed

TILE_WIDTH, TILE_HEIGHT, GAP = 188.0, 40.0, 10.0
PAD, TITLE, BETWEEN = 14.0, 34.0, 26.0
COLUMN = 110.0
"""Between the columns of a neighbourhood: room for the links."""
TALLEST = 14
"""Tiles in a column of a neighbourhood before another one begins beside it."""
RATIO = 2.4
"""Width over height that is aimed at."""
SWEEPS = 4
TRIES = 14

Point = tuple[float, float]


def place(graph: Graph) -> Placed:
    """Give everything its place."""
    if graph.focus is not None:
        return _around(graph, graph.focus)
    return _boxed(graph)


def _boxed(graph: Graph) -> Placed:
    """Each level is a band of boxes, one for each group; in a box, neighbours are brought near one another."""
    members: dict[tuple[str, int, str], list[int]] = defaultdict(list)
    for rank, one in enumerate(graph.nodes):
        members[one.level, one.rank, one.group].append(rank)
    levels = [(code, label) for code, label in LEVELS[graph.asked.view] if any(key[0] == code for key in members)]
    area = sum((len(found) + 2) * (TILE_WIDTH + GAP) * (TILE_HEIGHT + GAP) for found in members.values())
    width = max(3 * (TILE_WIDTH + GAP), math.sqrt(area * RATIO))
    for _ in range(TRIES):  # boxes leave room beside them: wider until the whole has the shape of a screen
        boxes, held, bands, top = _shelves(graph, members, levels, width)
        right = max((box.x + box.width for box in boxes), default=0.0)
        if right >= RATIO * top or right < width * 0.6:
            break
        width *= 1.15
    points = _tiles(graph, boxes, held)
    box_of = [-1] * len(graph.nodes)
    for rank, found in enumerate(held):
        for node in found:
            box_of[node] = rank
    shown = tuple(bands) if len(bands) > 1 else ()
    return Placed(graph, tuple(points), tuple(boxes), shown, right, max(top - BETWEEN, 0.0), tuple(box_of))


def _shelves(
    graph: Graph, members: Mapping[tuple[str, int, str], list[int]], levels: Sequence[tuple[str, str]], width: float
) -> tuple[list[Box], list[list[int]], list[Band], float]:
    """The boxes of a width, what each holds, the bands, and where the next band would begin."""
    boxes: list[Box] = []
    held: list[list[int]] = []
    bands: list[Band] = []
    top = 0.0
    for code, label in levels:
        keys = sorted(key for key in members if key[0] == code)
        bands.append(Band(label, top))
        groups = [(key[2], list(members[key])) for key in keys]
        top = _band(graph, groups, code, (top + TITLE, width), boxes, held) + BETWEEN
    return boxes, held, bands, top


def _band(
    graph: Graph, groups: Sequence[tuple[str, list[int]]], level: str, room: Point, boxes: list[Box],
    held: list[list[int]],
) -> float:  # fmt: skip
    """Shelves of boxes of one height; returns where the last one ends."""
    top, width = room
    ordered = _ordered(graph, groups)
    total = sum(len(found) for _, found in ordered)
    shape = (TILE_WIDTH + GAP) / (TILE_HEIGHT + GAP) / RATIO
    tall = max(3, round(math.sqrt(total / max(1, len(ordered)) * shape)))
    x, highest = 0.0, 0.0
    for label, found in ordered:
        columns = max(math.ceil(len(found) / tall), min(2, len(found)))
        rows = math.ceil(len(found) / columns)
        wide = max(columns * (TILE_WIDTH + GAP) - GAP, 7.5 * min(len(label) + 6, 44)) + 2 * PAD
        high = rows * (TILE_HEIGHT + GAP) - GAP + TITLE + PAD
        if x and x + wide > width:
            x, top, highest = 0.0, top + highest + BETWEEN, 0.0
        boxes.append(Box(label, level, x, top, wide, high, len(found)))
        held.append(found)
        x, highest = x + wide + BETWEEN, max(highest, high)
    return top + highest


def _ordered(graph: Graph, groups: Sequence[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    """The groups in their own order when they have one, else each beside those to which it is most linked."""
    if len({graph.nodes[found[0]].rank for _, found in groups}) > 1 or len(groups) < 3:
        return list(groups)
    home = {node: rank for rank, (_, found) in enumerate(groups) for node in found}
    weight: dict[tuple[int, int], int] = defaultdict(int)
    for one in graph.links:
        first, second = home.get(one.source), home.get(one.target)
        if first is not None and second is not None and first != second:
            weight[first, second] += one.count
            weight[second, first] += one.count
    left = set(range(len(groups)))
    total = {rank: sum(weight[rank, other] for other in left) for rank in left}
    order = [max(left, key=lambda rank: (total[rank], -rank))]
    left.discard(order[0])
    while left:
        last = order[-1]
        order.append(max(left, key=lambda rank: (weight[last, rank], total[rank], -rank)))
        left.discard(order[-1])
    return [groups[rank] for rank in order]


def _tiles(graph: Graph, boxes: Sequence[Box], held: Sequence[list[int]]) -> list[Point]:
    """The corner of each tile; a few sweeps bring each one near what it is linked to."""
    points: list[Point] = [(0.0, 0.0)] * len(graph.nodes)
    near: list[list[int]] = [[] for _ in graph.nodes]
    for one in graph.links:
        near[one.source].append(one.target)
        near[one.target].append(one.source)
    _fill(boxes, held, points)
    for _ in range(SWEEPS if graph.links else 0):
        for box, found in zip(boxes, held, strict=True):
            middle = {node: _middle(node, near[node], points) for node in found}
            found.sort(key=lambda node: (middle[node][0], node))
            rows = _rows(box)
            for begin in range(0, len(found), rows):
                column = found[begin : begin + rows]
                found[begin : begin + rows] = sorted(column, key=lambda node: (middle[node][1], node))
        _fill(boxes, held, points)
    return points


def _rows(box: Box) -> int:
    return max(1, round((box.height - TITLE - PAD + GAP) / (TILE_HEIGHT + GAP)))


def _middle(node: int, others: Sequence[int], points: Sequence[Point]) -> Point:
    if not others:
        return points[node]
    return (
        sum(points[other][0] for other in others) / len(others),
        sum(points[other][1] for other in others) / len(others),
    )


def _fill(boxes: Sequence[Box], held: Sequence[list[int]], points: list[Point]) -> None:
    for box, found in zip(boxes, held, strict=True):
        rows = _rows(box)
        for rank, node in enumerate(found):
            column, row = divmod(rank, rows)
            points[node] = (
                box.x + PAD + column * (TILE_WIDTH + GAP),
                box.y + TITLE + row * (TILE_HEIGHT + GAP),
            )


def _around(graph: Graph, focus: int) -> Placed:
    """What it comes from on the left, what it goes to on the right, by the number of links that lead there."""
    columns: dict[int, list[int]] = defaultdict(list)
    for node, column in enumerate(_columns(graph, focus)):
        columns[column].append(node)
    points: list[Point] = [(0.0, 0.0)] * len(graph.nodes)
    height = max(min(len(found), TALLEST) for found in columns.values()) * (TILE_HEIGHT + GAP) - GAP
    x = 0.0
    for column in sorted(columns):
        found = sorted(columns[column], key=lambda node: (graph.nodes[node].level, graph.nodes[node].name, node))
        rows = min(len(found), TALLEST)
        for rank, node in enumerate(found):
            across, row = divmod(rank, rows)
            high = (height - (rows * (TILE_HEIGHT + GAP) - GAP)) / 2
            points[node] = (x + across * (TILE_WIDTH + GAP), high + row * (TILE_HEIGHT + GAP))
        x += math.ceil(len(found) / rows) * (TILE_WIDTH + GAP) - GAP + COLUMN
    return Placed(graph, tuple(points), (), (), x - COLUMN, height, (-1,) * len(graph.nodes))


def _columns(graph: Graph, focus: int) -> list[int]:
    """For each node its column: 0 the focus, negative before it, positive after it."""
    before: list[list[int]] = [[] for _ in graph.nodes]
    after: list[list[int]] = [[] for _ in graph.nodes]
    for one in graph.links:
        after[one.source].append(one.target)
        before[one.target].append(one.source)
    columns: dict[int, int] = {focus: 0}
    edge = [focus]
    while edge:
        following: list[int] = []
        for node in edge:
            side = columns[node]
            for others, step in ((after[node], 1), (before[node], -1)):
                for other in others:
                    if other not in columns:
                        away = abs(side) + 1
                        columns[other] = away * (step if side == 0 else (1 if side > 0 else -1))
                        following.append(other)
        edge = following
    return [columns.get(node, 0) for node in range(len(graph.nodes))]
