"""A picture in points: an SVG rendered by Typst, with the fonts of the machine or its own."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import typst

LARGEST = 9_000
"""Pixels of the longer side: beyond it the picture is scaled down."""


def png(svg: str, scale: float = 1.5) -> bytes:
    """The bytes of a PNG; ``scale``: pixels for one pixel of the SVG, less for a very large one."""
    found = re.search(r'width="(\d+)" height="(\d+)"', svg)
    if found is None:
        raise ValueError("an SVG with a width and a height was expected")
    width, height = int(found[1]), int(found[2])
    ratio = min(scale, LARGEST / max(width, height))
    with tempfile.TemporaryDirectory(prefix="archipel-carte-") as folder:
        root = Path(folder)
        (root / "carte.svg").write_text(svg, encoding="utf-8")
        page = root / "carte.typ"
        page.write_text(
            f'#set page(width: {width}pt, height: {height}pt, margin: 0pt)\n#image("carte.svg", width: 100%)\n',
            encoding="utf-8",
        )
        made = typst.compile(page, root=root, format="png", ppi=72 * ratio)
    if not isinstance(made, bytes):
        raise TypeError("one picture was expected")
    return made
