"""Dated statements: at each date the last one said holds, what it does not cover is left, nothing overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.programmes.perimetre.rules.graph import build
from archipel.programmes.perimetre.rules.overlay import Held, overlay, restate
from archipel.programmes.perimetre.values import Edge, Key, Kind, Link, Node, Said

DAY = date(2026, 1, 1)
ONE = Key(Kind.EJ, "210780581")
SPAN = 12


def said(start: int, length: int | None, name: str) -> Said:
    begin = DAY + timedelta(days=start)
    return Said(ONE, begin, None if length is None else begin + timedelta(days=length), name=name)


pieces = st.builds(
    said, st.integers(0, SPAN), st.one_of(st.none(), st.integers(1, SPAN)), st.sampled_from(["A", "B", "C"])
)


def reading(holding: Sequence[Held[int]]) -> list[str | None]:
    """What holds each day; two statements on one day are a fault."""
    found: list[str | None] = []
    for offset in range(2 * SPAN + 2):
        here = [one.said.name for one in holding if one.said.covers(DAY + timedelta(days=offset))]
        assert len(here) <= 1
        found.append(here[0] if here else None)
    return found


@settings(max_examples=150)
@given(st.lists(pieces, max_size=6))
def test_the_last_statement_holds_over_its_period_and_nowhere_else(told: list[Said]) -> None:
    holding: list[Held[int]] = []
    for new in told:
        before = reading(holding)
        after = overlay(holding, new)
        if after is None:
            assert all(before[i] == new.name for i in range(2 * SPAN + 2) if new.covers(DAY + timedelta(days=i)))
            continue
        now = reading(after)
        for offset, old in enumerate(before):
            assert now[offset] == (new.name if new.covers(DAY + timedelta(days=offset)) else old)
        holding = after
        assert overlay(holding, new) is None


@settings(max_examples=100)
@given(st.lists(pieces, max_size=4), st.lists(pieces, max_size=3), st.integers(0, SPAN))
def test_what_is_told_whole_replaces_everything_from_its_date(told: list[Said], wanted: list[Said], since: int) -> None:
    holding: list[Held[int]] = []
    for new in told:
        holding = overlay(holding, new) or holding
    clean: list[Held[int]] = []
    start = DAY + timedelta(days=since)
    for new in wanted:
        if new.valid_from >= start:
            clean = overlay(clean, new) or clean
    whole = [one.said for one in clean]
    after = restate(holding, start, whole)
    result = holding if after is None else after
    before, now, target = reading(holding), reading(result), reading(clean)
    assert now[:since] == before[:since]
    assert now[since:] == target[since:]
    assert restate(result, start, whole) is None


codes = st.integers(0, 5).map(lambda n: f"21000000{n}")


@settings(max_examples=100)
@given(st.sets(codes, min_size=1), st.dictionaries(codes, st.sampled_from(["G1", "G2"])), st.dictionaries(codes, codes))
def test_walking_the_graph_up_and_down_agrees(ejs: set[str], groups: dict[str, str], pmsi: dict[str, str]) -> None:
    nodes = [Node(Key(Kind.EJ, code), code) for code in ejs]
    nodes += [Node(Key(Kind.GHT, code), code) for code in ("G1", "G2")]
    nodes += [Node(Key(Kind.PMSI, code), code) for code in pmsi]
    edges = [Edge(Link.MEMBRE, Key(Kind.EJ, ej), Key(Kind.GHT, group)) for ej, group in groups.items()]
    edges += [Edge(Link.PMSI, Key(Kind.PMSI, code), Key(Kind.EJ, ej)) for code, ej in pmsi.items()]
    graph = build(DAY, nodes, edges)
    for ej in ejs:
        key = Key(Kind.EJ, ej)
        group = graph.ght(key)
        assert group is None or key in graph.ejs(group)
        for one in graph.pmsi(key):
            assert graph.ej(one) == key
        supposed = [one for one in graph.pmsi(key) if graph.nodes[one].hypothesis]
        told = any(owner == ej for owner in pmsi.values())
        assert bool(supposed) == (ej in groups and not told and ej not in pmsi)
