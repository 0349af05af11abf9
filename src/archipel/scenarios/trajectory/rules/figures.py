"""The figures of the documents, as SVG: cost curve, load, calendar, functional map."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from xml.sax.saxutils import escape, quoteattr

from archipel.foundation.web.formats import number
from archipel.scenarios.trajectory.rules.results import PART_LABELS, Results
from archipel.scenarios.trajectory.values import Choice, Problem

FONT = "Libertinus Serif"
COLOURS = ("#0b57a4", "#b3541e", "#2c7a51", "#7d45a6", "#8a6d00", "#a83a63", "#55626f", "#2b7f90")
_GRID, _INK = "#c9d1d9", "#15202b"


def _text(
    x: float, y: float, words: str, *, size: int = 11, anchor: str = "start", bold: bool = False, ink: str = _INK
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="{size}" text-anchor="{anchor}"'
            f' fill="{ink}"{weight}>{escape(words)}</text>')  # fmt: skip


def _rect(x: float, y: float, width: float, height: float, fill: str, title: str = "") -> str:
    inside = f"<title>{escape(title)}</title>" if title else ""
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"'
            f' stroke="#ffffff" stroke-width="0.5">{inside}</rect>')  # fmt: skip


def _whole(width: float, height: float, label: str, body: Sequence[str]) -> str:
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label={quoteattr(label)}>'
            f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(body)}</svg>')  # fmt: skip


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _bars(
    years: Sequence[int], stacks: Sequence[tuple[str, Sequence[float]]], line: tuple[str, Sequence[float]] | None,
    unit: str, label: str, divide: float = 1.0,
) -> str:  # fmt: skip
    """Piled bars by year, a line over them, the total above each, a legend under."""
    width, height, left, bottom = 640.0, 330.0, 60.0, 70.0
    totals = [sum(values[rank] for _, values in stacks) for rank in range(len(years))]
    top = max([*totals, *(line[1] if line else ()), 1.0]) * 1.12
    step = (width - left - 20) / max(1, len(years))

    def level(value: float) -> float:
        return height - bottom - (height - bottom - 25) * value / top

    body = [_text(left, 14, f"en {unit}", size=10)]
    for tick in range(5):
        value = top * tick / 4
        body.append(f'<line x1="{left}" x2="{width - 20}" y1="{level(value):.1f}" y2="{level(value):.1f}" '
                    f'stroke="{_GRID}" stroke-width="0.7"/>')  # fmt: skip
        body.append(
            _text(left - 6, level(value) + 4, number(value / divide, 1 if divide > 1 else 0), size=10, anchor="end")
        )
    for rank, year in enumerate(years):
        x, base = left + step * rank + step * 0.2, 0.0
        for colour, (name, values) in zip(COLOURS, stacks, strict=False):
            high = level(base) - level(base + values[rank])
            told = f"{name}, {year} : {number(round(values[rank]))}"
            body.append(_rect(x, level(base + values[rank]), step * 0.6, high, colour, told))
            base += values[rank]
        body.append(
            _text(
                x + step * 0.3, level(base) - 5, number(base / divide, 1 if divide > 1 else 0), size=10, anchor="middle"
            )
        )
        body.append(_text(x + step * 0.3, height - bottom + 16, str(year), anchor="middle"))
    if line is not None:
        points = " ".join(f"{left + step * r + step * 0.5:.1f},{level(v):.1f}" for r, v in enumerate(line[1]))
        body.append(
            f'<polyline points="{points}" fill="none" stroke="{_INK}" stroke-width="2" stroke-dasharray="6 3"/>'
        )
    names = [name for name, _ in stacks]
    widths = [26 + 6.2 * len(name) for name in names]
    for x, colour, name in zip(accumulate([left, *widths]), COLOURS, names, strict=False):
        body += [_rect(x, height - 36, 10, 10, colour), _text(x + 14, height - 27, name, size=10)]
    if line is not None:
        body.append(f'<line x1="{left}" x2="{left + 24}" y1="{height - 12}" y2="{height - 12}" stroke="{_INK}" '
                    'stroke-width="2" stroke-dasharray="6 3"/>')  # fmt: skip
        body.append(_text(left + 30, height - 8, line[0], size=10))
    return _whole(width, height, label, body)


def costs_figure(found: Results) -> str:
    """Euros by year and part, beside doing nothing."""
    stacks = [(PART_LABELS[part], values) for part, values in found.parts.items() if any(values)]
    return _bars(found.years, stacks, ("Ne rien changer", found.status_quo), "millions d'euros",
                 "Coût par année et par part", 1e6)  # fmt: skip


def load_figure(found: Results) -> str:
    """Person-days by year, beside the capacity."""
    line = ("Capacité des équipes", found.capacity) if found.capacity else None
    return _bars(found.years, [("Charge", found.load)], line, "jours-homme", "Charge des équipes par année")


def gantt_figure(found: Results) -> str:
    """A line for each establishment and product, a bar in each year in which functions switch."""
    row, left, cell = 18.0, 330.0, 62.0
    height = 40 + row * max(1, len(found.lanes)) + 26
    width = left + cell * len(found.years) + 10
    body = [_text(left + cell * (rank + 0.5), 18, str(year), anchor="middle", bold=True)
            for rank, year in enumerate(found.years)]  # fmt: skip
    last = ""
    for rank, lane in enumerate(found.lanes):
        y = 28 + row * rank
        if lane.name != last:
            body.append(f'<line x1="0" x2="{width}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_GRID}"/>')
            body.append(_text(4, y + 13, _short(lane.name, 28), size=10, bold=True))
            last = lane.name
        body.append(_text(186, y + 13, _short(lane.product, 26), size=10))
        for when, functions in enumerate(lane.by_year):
            if functions:
                colour = COLOURS[3] if lane.large else COLOURS[0]
                body.append(_rect(left + cell * when + 3, y + 3, cell - 6, row - 6, colour, ", ".join(functions)))
    base = height - 16
    body += [_rect(4, base, 10, 10, COLOURS[3]), _text(18, base + 9, "grande bascule", size=10),
             _rect(120, base, 10, 10, COLOURS[0]), _text(134, base + 9, "bascule", size=10)]  # fmt: skip
    return _whole(width, height, "Calendrier des bascules par établissement et par produit", body)


def map_figure(problem: Problem, choices: Sequence[Choice], *, after: bool) -> str:
    """Functions in rows, establishments in columns; one colour for each product of a function, the most used first."""
    row, left, cell, top = 17.0, 220.0, 92.0, 70.0
    held = {(c.establishment, c.function): c.by_year[-1] if after else c.before for c in choices}
    width, height = left + cell * len(problem.establishments) + 8, top + row * len(problem.functions) + 8
    body = []
    for rank, member in enumerate(problem.establishments):
        x = left + cell * rank + 8
        name = _text(x, top - 6, _short(member.label, 20), size=9)
        body.append(f'<g transform="rotate(-30 {x:.1f} {top - 6:.1f})">{name}</g>')
    for line, function in enumerate(problem.functions):
        y = top + row * line
        body.append(_text(4, y + 12, _short(function.label, 36), size=10))
        here = [held.get((member.id, function.id), "") for member in problem.establishments]
        order = sorted({p for p in here if p}, key=lambda p: (-here.count(p), p))
        for rank, product in enumerate(here):
            if product:
                colour = COLOURS[min(order.index(product), len(COLOURS) - 1)]
                body.append(_rect(left + cell * rank, y + 1, cell - 2, row - 2, colour, product))
                body.append(_text(left + cell * rank + 3, y + 12, _short(product, 18), size=9, ink="#ffffff"))
            else:
                body.append(_rect(left + cell * rank, y + 1, cell - 2, row - 2, "#eef1f4"))
    return _whole(width, height, "Carte fonctionnelle : " + ("cible" if after else "existant"), body)
