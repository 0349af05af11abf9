"""Trajectories of small groups, against enumeration: cost, feasibility, and the smallest conflict."""

from __future__ import annotations

import random
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.scenarios.trajectory.rules import greedy
from archipel.scenarios.trajectory.rules.checker import check, cost_of, value_of
from archipel.scenarios.trajectory.rules.conflicts import smallest_conflict, smallest_hitting_set
from archipel.scenarios.trajectory.rules.constraints import binds
from archipel.scenarios.trajectory.rules.model import Trajectory
from archipel.scenarios.trajectory.rules.solve import solve
from archipel.scenarios.trajectory.values import (
    Application,
    Choice,
    Common,
    Current,
    Establishment,
    Force,
    Function,
    Link,
    Price,
    Problem,
    Rules,
    Status,
    Weights,
)

SEEDS = st.integers(0, 2**32 - 1)


def small(seed: int) -> Problem:
    """Two members, up to three functions, three years, four products, rules that bite now and then."""
    rng = random.Random(seed)
    years, names = rng.choice((2, 3)), ("GAP", "DPI", "LABO")[: rng.choice((2, 3))]
    after = {"GAP": (), "DPI": ("GAP",), "LABO": rng.choice(((), ("DPI",)))}
    functions = tuple(
        Function(n, n, after[n], rng.choice((None, None, 1)), rng.randint(1, 9), rng.randint(1, 30) * 100)
        for n in names
    )
    products = tuple(
        Application(
            f"P{i}",
            f"P{i}",
            frozenset(n for n in names if rng.random() < 0.7) or frozenset({names[0]}),
            rng.randint(0, 20) * 100,
            rng.randint(1, 5),
            rng.randint(0, 10) * 100,
            rng.randint(0, 2),
            rng.random() < 0.6,
            rng.randint(1, 9),
            rng.random() < 0.5,
            rng.choice((0, 0, 1)),
            rng.choice((None, None, 0, 1)),
            rng.random() < 0.8,
        )
        for i in range(3)
    )
    people, now = [], []
    for i in range(2):
        needs = frozenset(n for n in names if rng.random() < 0.8)
        budget = tuple(rng.choice((None, None, rng.randint(5, 90) * 100)) for _ in range(years))
        people.append(Establishment(f"E{i}", f"CH {i}", rng.choice((300, 700, 1000)), needs, budget))
        for n in sorted(needs):
            able = [p for p in products if n in p.covers]
            if able and rng.random() < 0.8:
                now.append(Current(f"E{i}", n, rng.choice(able).id, rng.randint(0, years)))
    rules = Rules(
        tuple(rng.randint(0, 12) for _ in range(years)) if rng.random() < 0.5 else (),
        rng.random() < 0.5,
        tuple(rng.choice((0.0, 0.5, 1.0)) for _ in range(years)) if rng.random() < 0.3 else (),
        tuple(rng.choice((None, rng.randint(2, 30))) for _ in range(years)) if rng.random() < 0.3 else (),
        (_common(rng),) if rng.random() < 0.4 else (),
        rng.random() < 0.15,
    )
    forces = (Force("E0", "GAP", rng.choice(("P0", "P1", "")), rng.choice((None, 1)), rng.random() < 0.6),)
    links = (Link("GAP", "DPI", rng.randint(0, 9) * 100),)
    chosen = forces if rng.random() < 0.4 else ()
    paid = {(c.establishment, c.application) for c in now if rng.random() < 0.5}
    prices = tuple(Price(*key, rng.randint(0, 30) * 100, rng.randint(0, 9) * 100) for key in sorted(paid))
    weights = Weights() if rng.random() < 0.7 else Weights(*(rng.choice((0.5, 1.0, 2.0)) for _ in range(5)), 3.0)
    return Problem(years, tuple(people), functions, products, tuple(now), links, rules, chosen, prices, weights)


def _common(rng: random.Random) -> Common:
    members = rng.choice((frozenset(), frozenset({"E0"}), frozenset({"E0", "E1"})))
    return Common("DPI", rng.choice((0.5, 1.0)), rng.choice(("", "", "P1")), members)


def plans(problem: Problem) -> list[tuple[Choice, ...]]:
    """Every way to switch at most once each need."""
    today = {(c.establishment, c.function): c.application for c in problem.current}
    options = []
    for e in problem.establishments:
        for f in problem.functions:
            if f.id in e.needs:
                before = today.get((e.id, f.id), "")
                some = [Choice(e.id, f.id, before, (before,) * problem.years)]
                for a in problem.applications:
                    last = problem.years - 1 if a.last is None else a.last
                    if f.id in a.covers and a.target and a.id != before and last >= problem.years - 1:
                        for year in range(a.first, problem.years):
                            by_year = (before,) * year + (a.id,) * (problem.years - year)
                            some.append(Choice(e.id, f.id, before, by_year))
                options.append(some)
    return [tuple(one) for one in product(*options)]


def broken(problem: Problem, plan: tuple[Choice, ...]) -> frozenset[str]:
    return frozenset(one.key for one in check(problem, plan))


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_the_plan_is_the_cheapest_of_all(seed: int) -> None:
    problem = small(seed)
    sound = [value_of(problem, plan) for plan in plans(problem) if not broken(problem, plan)]
    found = solve(problem, seconds=30, gap=0.0)
    if not sound:
        assert found.status is Status.INFEASIBLE
        return
    assert found.status is Status.OPTIMAL
    assert check(problem, found.choices) == []
    assert found.worth == pytest.approx(min(sound), abs=1)
    assert found.bound <= found.worth and found.cost == cost_of(problem, found.choices)
    again = solve(problem, seconds=30, gap=0.0, begin=found.choices)
    assert again.worth == pytest.approx(found.worth, abs=1)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_a_conflict_is_real_and_the_smallest(seed: int) -> None:
    problem = small(seed)
    every = [broken(problem, plan) for plan in plans(problem)]
    conflict = smallest_conflict(problem, seconds=30)
    if frozenset() in every:
        assert conflict is None
        return
    assert conflict is not None and conflict.smallest
    keys = sorted({bind.key for bind in binds(Trajectory(problem))})
    size = next(n for n in range(len(keys) + 1) for some in combinations(keys, n) if all(set(some) & b for b in every))
    assert len(conflict.sentences) == size
    assert all(set(conflict.sentences) & b for b in every)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_what_is_made_by_hand_never_beats_the_bound(seed: int) -> None:
    problem = small(seed)
    by_hand = greedy.plan(problem)
    if by_hand.status is Status.FEASIBLE:
        best = solve(problem, seconds=30, gap=0.0)
        assert best.status is Status.OPTIMAL
        assert value_of(problem, by_hand.choices) >= best.worth - 1


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, data=st.data())
def test_the_checker_finds_what_is_spoilt(seed: int, data: st.DataObject) -> None:
    problem = small(seed)
    found = solve(problem, seconds=30, gap=0.0)
    if not found.choices:
        return
    rank = data.draw(st.integers(0, len(found.choices) - 1))
    spoilt = found.choices[rank]
    wrong = Choice(spoilt.establishment, spoilt.function, spoilt.before, spoilt.by_year[:-1])
    assert check(problem, (*found.choices[:rank], *found.choices[rank + 1 :]))
    assert check(problem, (*found.choices, spoilt))
    assert check(problem, (*found.choices[:rank], wrong, *found.choices[rank + 1 :]))


@given(st.lists(st.frozensets(st.sampled_from("abcdef"), min_size=1), min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_hitting_sets_are_smallest(sets: list[frozenset[str]]) -> None:
    found = smallest_hitting_set(sets)
    assert all(found & one for one in sets)
    smaller = combinations("abcdef", len(found) - 1)
    assert not any(all(set(some) & one for one in sets) for some in smaller)
