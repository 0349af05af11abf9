"""A map as a picture: SVG, with its title, its key and where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from archipel.domains.systems.rules.maps.layout import TILE_HEIGHT, TILE_WIDTH
from archipel.domains.systems.values.maps import LEVELS, LINKS, Box, Graph, Placed

INK, SOFT, RULE, GROUND, CARD = "#15202b", "#46525f", "#9aa5b1", "#f4f6f8", "#ffffff"
COLOURS = ("#0b57a4", "#a83c0c", "#0a6640", "#72299a", "#725000", "#9c1757")
DASHES = ("", "8 4", "2 4", "12 4 2 4", "4 4", "1 3", "10 2", "6 6")
MARGIN, HEAD, FOOT = 40.0, 90.0, 60.0
MANY = 600
"""Links: above it, they are joined between boxes, as on the screen."""
STRONGEST = 60
LETTER = 0.56
"""Width of a letter, in heights of its own."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What a picture says of itself."""

    title: str
    told: str


def legal(text: str) -> str:
    """A text without the characters that XML 1.0 refuses."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )


def svg(placed: Placed, caption: Caption) -> str:
    """The picture; sizes in pixels."""
    width = max(placed.width + 2 * MARGIN, 900.0)
    height = placed.height + HEAD + FOOT + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="DejaVu Sans, Verdana, sans-serif" role="img">',
        f"<title>{_safe(caption.title)}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="{CARD}"/>',
        _text(MARGIN, MARGIN + 24, caption.title, 24, INK, bold=True),
        _text(MARGIN, MARGIN + 50, caption.told, 14, SOFT),
        f'<g transform="translate({MARGIN:.0f} {HEAD + MARGIN / 2:.0f})">',
        *(_box(box) for box in placed.boxes),
        *_links(placed),
        *_tiles(placed),
        "</g>",
        *_key(placed.graph, HEAD + MARGIN + placed.height + 30),
        "</svg>",
    ]
    return "\n".join(parts)


def _safe(text: str) -> str:
    return escape(legal(text), {'"': "&quot;"})


def _text(x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False, room: float = 0) -> str:
    if room:
        most = max(2, int(room / (size * LETTER * (1.08 if bold else 1))))
        text = text if len(text) <= most else text[: most - 1] + "…"
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{weight}>{_safe(text)}</text>'


def _box(box: Box) -> str:
    return (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="10" '
        f'fill="{GROUND}" stroke="{RULE}"/>'
        + _text(box.x + 10, box.y + 23, f"{box.label} ({box.count})", 15, INK, bold=True, room=box.width - 16)
    )


def _tiles(placed: Placed) -> Iterator[str]:
    levels = {code: rank for rank, (code, _) in enumerate(LEVELS[placed.graph.asked.view])}
    for rank, (one, (x, y)) in enumerate(zip(placed.graph.nodes, placed.points, strict=True)):
        colour = COLOURS[levels[one.level] % len(COLOURS)]
        strong = rank == placed.graph.focus
        yield (
            f"<g><title>{_safe(f'{one.name}, {one.detail}')}</title>"
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{TILE_WIDTH:g}" height="{TILE_HEIGHT:g}" fill="{CARD}" '
            f'stroke="{colour if strong else RULE}" stroke-width="{3 if strong else 1}"/>'
            f'<rect x="{x:.1f}" y="{y:.1f}" width="5" height="{TILE_HEIGHT:g}" fill="{colour}"/>'
            + _text(x + 12, y + 18, one.name, 13, INK, bold=True, room=TILE_WIDTH - 16)
            + _text(x + 12, y + 33, one.detail, 11, SOFT, room=TILE_WIDTH - 16)
            + "</g>"
        )


def _links(placed: Placed) -> Iterator[str]:
    graph = placed.graph
    if len(graph.links) > MANY and len(placed.boxes) > 1:
        yield from _joined(placed)
        return
    kinds = {code: rank for rank, (code, _) in enumerate(LINKS[graph.asked.view])}
    for one in graph.links:
        rank = kinds[one.kind]
        colour, dash = COLOURS[rank % len(COLOURS)], DASHES[rank % len(DASHES)]
        told = f"{graph.nodes[one.source].name} → {graph.nodes[one.target].name} : {one.label}"
        curve, head = curves(placed, one.source, one.target)
        yield (
            f'<g fill="none" stroke="{colour}" stroke-width="1.3" stroke-opacity="0.75">'
            f"<title>{_safe(told)}</title>"
            f'<path d="{curve}"{f" stroke-dasharray={chr(34)}{dash}{chr(34)}" if dash else ""}/>'
            f'<path d="{head}" fill="{colour}" stroke="none"/></g>'
        )


def curves(placed: Placed, source: int, target: int) -> tuple[str, str]:
    """The path of a link and of its arrow head: as the screen draws them."""
    (x1, y1), (x2, y2) = placed.points[source], placed.points[target]
    nodes = placed.graph.nodes
    high1, high2 = y1 + TILE_HEIGHT / 2, y2 + TILE_HEIGHT / 2
    apart = x2 >= x1 + TILE_WIDTH or x1 >= x2 + TILE_WIDTH
    right, down = 0.0, 0.0
    if (nodes[source].level != nodes[target].level or not apart) and abs(y2 - y1) > TILE_HEIGHT:
        way = 1 if y2 > y1 else -1
        down = way * max(24.0, abs(y2 - y1 - way * TILE_HEIGHT) / 2)
        begin = (x1 + TILE_WIDTH / 2, high1 + way * TILE_HEIGHT / 2)
        end = (x2 + TILE_WIDTH / 2, high2 - way * TILE_HEIGHT / 2)
    elif x2 >= x1 + TILE_WIDTH:
        begin, end, right = (x1 + TILE_WIDTH, high1), (x2, high2), max(30.0, (x2 - x1 - TILE_WIDTH) / 2)
    elif x1 >= x2 + TILE_WIDTH:
        begin, end, right = (x1, high1), (x2 + TILE_WIDTH, high2), -max(30.0, (x1 - x2 - TILE_WIDTH) / 2)
    else:
        begin, end, right = (x1 + TILE_WIDTH, high1), (x2, high2), 60.0
    across, along = (right > 0) - (right < 0), (down > 0) - (down < 0)
    (a, b), (c, d) = begin, end
    curve = f"M{a:.1f} {b:.1f}C{a + right:.1f} {b + down:.1f} {c - right:.1f} {d - down:.1f} {c:.1f} {d:.1f}"
    first = f"{c - 10 * across - 5 * along:.1f} {d - 10 * along - 5 * across:.1f}"
    second = f"{c - 10 * across + 5 * along:.1f} {d - 10 * along + 5 * across:.1f}"
    return curve, f"M{c:.1f} {d:.1f}L{first}L{second}Z"


def bundles(placed: Placed) -> list[tuple[int, int, int]]:
    """(box, box, links between them), the strongest first."""
    sums: Counter[tuple[int, int]] = Counter()
    for one in placed.graph.links:
        first, second = sorted((placed.box_of[one.source], placed.box_of[one.target]))
        if first >= 0 and first != second:
            sums[first, second] += one.count
    return [(first, second, count) for (first, second), count in sums.most_common(STRONGEST)]


def _joined(placed: Placed) -> Iterator[str]:
    found = bundles(placed)
    most = found[0][2] if found else 1
    for first, second, count in found:
        a, b = placed.boxes[first], placed.boxes[second]
        yield (
            f'<line x1="{a.x + a.width / 2:.1f}" y1="{a.y + a.height / 2:.1f}" x2="{b.x + b.width / 2:.1f}" '
            f'y2="{b.y + b.height / 2:.1f}" stroke="{COLOURS[0]}" stroke-opacity="0.4" '
            f'stroke-width="{3 + 15 * count / most:.1f}"><title>{_safe(f"{a.label} – {b.label} : {count} liens")}'
            "</title></line>"
        )


def _key(graph: Graph, y: float) -> Iterator[str]:
    """Levels by colour, kinds of links by colour and dash; only those that are drawn."""
    levels, kinds = {one.level for one in graph.nodes}, {one.kind for one in graph.links}
    x = MARGIN
    for rank, (code, label) in enumerate(LEVELS[graph.asked.view]):
        if code in levels:
            yield f'<rect x="{x:.1f}" y="{y - 12:.1f}" width="14" height="14" fill="{COLOURS[rank % len(COLOURS)]}"/>'
            yield _text(x + 20, y, label, 13, INK)
            x += 40 + _wide(label)
    for rank, (code, label) in enumerate(LINKS[graph.asked.view]):
        if code in kinds:
            dash = DASHES[rank % len(DASHES)]
            yield (
                f'<line x1="{x:.1f}" y1="{y - 5:.1f}" x2="{x + 30:.1f}" y2="{y - 5:.1f}" '
                f'stroke="{COLOURS[rank % len(COLOURS)]}" stroke-width="2.5"'
                f"{f' stroke-dasharray={chr(34)}{dash}{chr(34)}' if dash else ''}/>"
            )
            yield _text(x + 36, y, label, 13, INK)
            x += 56 + _wide(label)


def _wide(text: Sequence[str]) -> float:
    return len(text) * 13 * LETTER
