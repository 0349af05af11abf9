"""The documentation holds together: links resolve, pictures exist, each is used, light enough, and truly a picture."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from tools.captures.shot import DESK, PHONE, WALL
from tools.screenshots import LIMIT, SHOTS

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "captures"
PAGES = sorted(
    path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("reference/*.md")] if path.is_file()
)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def links(page: Path) -> Iterator[tuple[bool, str, str]]:
    """(is a picture, text, target) of each relative link of a page."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for mark, words, target in LINK.findall(text):
        if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
            yield bool(mark), words, unquote(target.partition("#")[0])


def anchors(page: Path) -> set[str]:
    """The anchors of a page, as a forge makes them from its titles."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    missing = [target for _, _, target in links(page) if not (page.parent / target).exists()]
    assert missing == []
    for target in re.findall(r"\]\(([^)\s:]*\.md#[^)\s]+)\)", FENCE.sub("", page.read_text(encoding="utf-8"))):
        file, _, anchor = target.partition("#")
        assert anchor in anchors(page.parent / file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_picture_is_described(page: Path) -> None:
    assert [target for picture, words, target in links(page) if picture and len(words.strip()) < 8] == []


def test_every_picture_is_used_and_every_board_has_one() -> None:
    shown = {(page.parent / target).resolve() for page in PAGES for picture, _, target in links(page) if picture}
    kept = {path.resolve() for path in PICTURES.glob("*.png")}
    assert {path.name for path in kept - shown} == set(), "pictures that no page shows"
    assert {path.stem for path in kept} == {shot.name for shot in SHOTS}


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_picture_has_its_size_and_is_light(shot) -> None:
    content = (PICTURES / f"{shot.name}.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert shot.size in (DESK, PHONE, WALL)
    assert struct.unpack(">II", content[16:24]) == shot.size
    assert len(content) <= LIMIT


def test_no_two_pictures_are_the_same() -> None:
    """A login page taken for a board is seen here."""
    contents = [path.read_bytes() for path in PICTURES.glob("*.png")]
    assert len(set(contents)) == len(contents)
