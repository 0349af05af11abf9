"""What surrounds the search: prices of constraints against enumeration, a search watched, settings kept, drift."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.scenarios.trajectory.rules.assumptions import defaults
from archipel.scenarios.trajectory.rules.checker import check, value_of
from archipel.scenarios.trajectory.rules.drift import State, drift
from archipel.scenarios.trajectory.rules.freezing import digest, frozen, thawed_settings
from archipel.scenarios.trajectory.rules.prices import bundles, prices
from archipel.scenarios.trajectory.rules.results import results, staying
from archipel.scenarios.trajectory.rules.solve import solve
from archipel.scenarios.trajectory.rules.watch import Seen, Watch
from archipel.scenarios.trajectory.values import Choice, Weights
from archipel.scenarios.trajectory.values.settings import Hand, Preset, Settings, Target
from tests.property.test_trajectory import SEEDS, broken, plans, small

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=8)
SETTINGS = st.builds(
    Settings,
    preset=st.sampled_from(Preset),
    first_year=st.integers(2000, 2100),
    years=st.integers(2, 10),
    capacity=st.lists(st.integers(0, 9999), max_size=4).map(tuple),
    one_large=st.booleans(),
    sovereign_share=st.floats(0, 1),
    carbon_cut=st.none() | st.floats(-1, 1),
    budgets=st.lists(st.tuples(NAMES, st.integers(0, 10**9)), max_size=3).map(tuple),
    targets=st.lists(st.builds(Target, NAMES, st.floats(0, 1), NAMES, st.lists(NAMES, max_size=2).map(tuple)),
                     max_size=3).map(tuple),
    hands=st.lists(st.builds(Hand, NAMES, NAMES, NAMES, st.none() | st.integers(2000, 2100), st.booleans()),
                   max_size=3).map(tuple),
    weights=st.builds(Weights, *(st.floats(0, 9) for _ in range(6))),
    assumptions=st.dictionaries(NAMES, st.floats(0, 1e6), max_size=3),
)  # fmt: skip


@given(SETTINGS)
def test_settings_are_kept_as_they_are(chosen: Settings) -> None:
    body = frozen(chosen)
    assert thawed_settings(body) == chosen
    assert digest(body) == digest(dict(reversed(body.items())))


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_a_price_is_the_difference_that_enumeration_finds(seed: int) -> None:
    problem = small(seed)
    every = [(value_of(problem, plan), broken(problem, plan)) for plan in plans(problem)]
    plan = solve(problem, seconds=30, gap=0.0)
    if not plan.choices:
        return
    found = {one.key: one for one in prices(problem, plan, seconds=30, gap=0.0)}
    assert set(found) == {one.key for one in bundles(problem)}
    best = min(value for value, faults in every if not faults)
    for bundle in bundles(problem):
        free = min(value for value, faults in every if not faults - bundle.keys)
        price = found[bundle.key]
        assert price.found == pytest.approx(best - free, abs=1.5)
        assert price.most is not None and 0 <= price.least <= price.most + 1e-6


def test_a_search_is_watched_and_its_last_plan_read(tmp_path: Path) -> None:
    for seed in range(30):
        problem, steps = small(seed), list[Seen]()
        watch = Watch(tmp_path / "plans", steps.append)
        plan = solve(problem, seconds=30, gap=0.0, watch=watch)
        so_far = watch.choices_so_far()
        if not plan.choices:
            assert so_far == ()
        elif so_far:  # nothing is written when the first look already proves the answer
            assert check(problem, so_far) == []
            assert value_of(problem, so_far) == pytest.approx(plan.worth, abs=1)
        for step in steps:
            if step.bound is not None and plan.choices:
                assert step.bound <= plan.worth + 1
    watch.file.write_text("# Columns 3\n 1\n 0\n") if watch.file else None
    assert watch.choices_so_far() == (), "a solution that is not whole is not read"


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_results_add_up(seed: int) -> None:
    problem = small(seed)
    found = results(problem, staying(problem))
    assert found.totals == pytest.approx(found.status_quo) and found.saved == pytest.approx(0)
    assert found.switches == () and found.load == (0,) * problem.years
    assert sum(sum(values) for _, values in found.members) == pytest.approx(sum(found.totals))


def test_drift_says_how_each_need_stands() -> None:
    def one(*by_year: str, before: str = "A") -> Choice:
        return Choice("E", "dpi", before, by_year)

    def state(choice: Choice, rank: int, *seen: str) -> State:
        return drift([choice], {("E", "dpi"): seen}, rank, 2026).gaps[0].state

    move = one("A", "B", "B")
    assert state(move, -1, "A") is State.CONFORME
    assert state(move, 0, "B") is State.AVANCE
    assert state(move, 1, "A") is State.RETARD
    assert state(move, 1, "B", "A") is State.CONFORME
    assert state(move, 1, "C") is State.AILLEURS
    assert state(move, 1) is State.DISPARU
    assert state(one("", "B", "B", before=""), 1) is State.RETARD
    found = drift([move], {("E", "dpi"): ["B"]}, 9, 2026)
    assert (found.due, found.done, found.gaps[0].switch, found.followed) == (1, 1, 2027, 100.0)


def test_the_assumptions_are_complete() -> None:
    known = defaults()
    assert known.source and all(one.label and one.unit and one.help for one in known.values)
    assert set(known.days) == set(known.euros)
    assert known.switch("jours", "dpi", "dossier", {}) == 350
    assert known.switch("jours", "courriers", "dossier", {"jours:dossier": 7}) == 7
