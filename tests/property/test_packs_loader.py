"""The loader of packs fuzzed: whatever the text, a pack or sentences that tell where; and the checks never break."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.programmes.packs.public import Pack, PackInvalid, load_text
from archipel.programmes.packs.rules.checks import check
from archipel.programmes.packs.rules.differences import differences
from archipel.programmes.packs.rules.loading import load_overlay
from archipel.programmes.packs.rules.sentences import Writer
from tests.unit.test_packs_checks import NAMES, OVERLAY, text

LINES = {name: text(name).splitlines() for name in NAMES}
WORDS = ["true", "12", "-1", "0.5", "2026-02-30", "x y", "[]", "{}", "[1, 2]", "{a: 1}", "~", '"é"', "{jalon: x}", ""]
COMMON = settings(max_examples=80, deadline=None)


def told(content: str) -> Pack | None:
    """The pack; or None, once it is sure that each refusal is a French sentence with its place."""
    try:
        return load_text(content, "x.yaml")
    except PackInvalid as invalid:
        for one in invalid.problems:
            assert one.sentence and one.sentence[-1] in ".!?»" and one.file == "x.yaml", one
            assert 0 <= one.line <= content.count("\n") + 2, one
        return None


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """An example with some of its lines dropped, doubled, moved, or given another value."""
    lines = list(LINES[draw(st.sampled_from(NAMES))])
    for _ in range(draw(st.integers(1, 3))):
        rank = draw(st.integers(0, len(lines) - 1))
        act = draw(st.sampled_from(["drop", "double", "value", "indent", "swap", "cut"]))
        line = lines[rank]
        if act == "drop" and len(lines) > 1:
            del lines[rank]
        elif act == "double":
            lines.insert(rank, line)
        elif act == "value" and ": " in line:
            lines[rank] = line.split(": ")[0] + ": " + draw(st.sampled_from(WORDS))
        elif act == "indent":
            lines[rank] = " " * draw(st.integers(0, 6)) + line.strip()
        elif act == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[rank], lines[other] = lines[other], lines[rank]
        else:
            lines[rank] = line[: draw(st.integers(0, max(0, len(line))))]
    return "\n".join(lines) + "\n"


@COMMON
@given(mutations())
def test_an_example_damaged_is_read_or_told(content: str) -> None:
    pack = told(content)
    if pack is None:
        return
    for problem in check(pack, "x.yaml"):
        assert problem.sentence and problem.line >= 0
    writer = Writer(pack)
    for rule in pack.regles:
        assert writer.phrase(rule.si).lines()
    for name in NAMES:
        assert isinstance(differences(load_text(text(name)), pack), list)
    assert differences(pack, pack) == []


@COMMON
@given(st.text(max_size=200))
def test_any_text_is_told(content: str) -> None:
    assert told(content) is None
    with pytest.raises(PackInvalid):
        load_overlay(content)


YAML = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text("abc :-\n'\"{}[]&*!|>%@", max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abcpk-_", max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)


def flow(value: object) -> str:
    """A value as YAML's flow style, badly quoted on purpose."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return "~" if value is None else str(value)


@COMMON
@given(st.sampled_from(["regles", "themes", "financement", "calendrier", "cas", "faits", "valide", "pack"]), YAML)
def test_any_value_in_the_place_of_a_part_is_told(part: str, value: object) -> None:
    kept = [line for line in LINES["aap"] if not line.startswith(f"{part}:")]
    told("\n".join([*kept, f"{part}: {flow(value)}"]) + "\n")


@COMMON
@given(st.integers(0, 12), st.sampled_from(WORDS))
def test_an_overlay_damaged_is_read_or_told(rank: int, word: str) -> None:
    lines = OVERLAY.splitlines()
    line = lines[min(rank, len(lines) - 1)]
    lines[min(rank, len(lines) - 1)] = line.split(": ")[0] + ": " + word
    try:
        load_overlay("\n".join(lines), "x.yaml")
    except PackInvalid as invalid:
        assert all(one.line for one in invalid.problems)
