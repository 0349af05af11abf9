"""Location kernels against enumeration: the same cost, on every small problem drawn."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.kernel.errors import Invalid
from archipel.scenarios.location import pmedian, singlesource
from archipel.scenarios.location.exchange import improve, total
from archipel.scenarios.location.singlesource import Capacitated

SEEDS = st.integers(0, 2**32 - 1)


def cheapest(costs: np.ndarray, p: int) -> float:
    return min(total(costs, np.array(sites)) for sites in combinations(range(costs.shape[1]), p))


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, clients=st.integers(1, 9), sites=st.integers(1, 8), data=st.data())
def test_p_median_is_the_cheapest_of_all(seed: int, clients: int, sites: int, data: st.DataObject) -> None:
    p = data.draw(st.integers(1, sites))
    rng = np.random.default_rng(seed)
    costs = rng.integers(0, 30, (clients, sites)).astype(float)
    if data.draw(st.booleans()):
        costs += rng.random((clients, sites))
    plan = pmedian.solve(costs, p, seconds=20)
    assert plan.proven
    assert plan.cost == pytest.approx(cheapest(costs, p))
    assert plan.bound <= plan.cost + 1e-9
    assert len(set(plan.sites)) == p and set(plan.assignment) <= set(plan.sites)
    assert sum(costs[c, j] for c, j in enumerate(plan.assignment)) == pytest.approx(plan.cost)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, p=st.integers(2, 6), large=st.booleans())
def test_branching_and_the_residual_model_agree(seed: int, p: int, large: bool) -> None:
    points = np.random.default_rng(seed).random((24, 2)) * 100
    costs = np.rint(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)))
    before = pmedian.RESIDUAL_PAIRS
    found = []
    try:
        for pmedian.RESIDUAL_PAIRS in (0, 10**9):
            found.append(pmedian.solve(costs, p, seconds=30))
    finally:
        pmedian.RESIDUAL_PAIRS = before
    assert found[0].cost == found[1].cost
    assert found[0].proven and found[1].proven


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_no_exchange_improves_what_exchanges_reached(seed: int) -> None:
    rng = np.random.default_rng(seed)
    costs = rng.random((12, 9))
    sites, cost = improve(costs, rng.choice(9, 4, replace=False))
    for out in range(4):
        for into in set(range(9)) - set(sites):
            assert total(costs, np.append(np.delete(sites, out), into)) >= cost - 1e-9


def by_hand(problem: Capacitated) -> float:
    clients, sites = problem.serving.shape
    best = np.inf
    for served in product(range(sites), repeat=clients):
        load = np.bincount(served, weights=problem.demand, minlength=sites)
        if (load <= problem.capacity).all():
            cost = problem.opening[sorted(set(served))].sum() + problem.serving[np.arange(clients), served].sum()
            best = min(best, float(cost))
    return best


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, clients=st.integers(1, 5), sites=st.integers(1, 3))
def test_single_source_is_the_cheapest_of_all(seed: int, clients: int, sites: int) -> None:
    rng = np.random.default_rng(seed)
    problem = Capacitated(
        rng.integers(3, 15, sites).astype(float),
        rng.integers(0, 20, sites).astype(float),
        rng.integers(1, 5, clients).astype(float),
        rng.integers(0, 20, (clients, sites)).astype(float),
    )
    best = by_hand(problem)
    if np.isinf(best):
        with pytest.raises(Invalid, match="Aucun plan"):
            singlesource.solve(problem)
        return
    plan = singlesource.solve(problem)
    assert plan.proven and plan.cost == pytest.approx(best)


def test_what_is_asked_badly_is_said() -> None:
    with pytest.raises(Invalid, match="entre 1 et 3"):
        pmedian.solve(np.ones((4, 3)), 4)
    with pytest.raises(Invalid, match="pleine et finie"):
        pmedian.solve(np.full((2, 2), np.inf), 1)
    with pytest.raises(Invalid, match="tailles"):
        singlesource.solve(Capacitated(np.ones(2), np.ones(2), np.ones(2), np.ones((2, 3))))
