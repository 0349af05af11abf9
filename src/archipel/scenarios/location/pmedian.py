"""The p-median: open p sites so that the clients' total cost to their cheapest site is least; solved to a proof.

A Lagrangian relaxation of "each client is served once" gives the bound (Cornuéjols, Fisher and Nemhauser 1977): for
given prices u, a site is worth the sum of the negative reduced costs of its clients, and the p worthiest are taken.
Subgradient steps raise the bound, exchanges lower the cost; sites that the bound rules out are dropped; what is left
is settled by branching on a site, each node starting from the prices of its parent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archipel.kernel.errors import Invalid
from archipel.scenarios.location.exchange import improve, total
from archipel.scenarios.location.residual import settle
from archipel.scenarios.location.values import Costs, Indices, LocationPlan

ROOT_STEPS, NODE_STEPS = 1200, 120
RESIDUAL_PAIRS = 4_000
"""Open (client, site) pairs up to which the residual model is built rather than branched on."""
_SLACK = 1e-6


@dataclass
class _Best:
    """The cheapest set of sites known so far."""

    sites: Indices
    cost: float

    def offer(self, sites: Indices, cost: float) -> bool:
        if cost < self.cost - _SLACK:
            self.sites, self.cost = sites, cost
            return True
        return False


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a relaxation proved: the bound, its prices, the worth of each column, the columns it took."""

    value: float
    prices: Costs
    worth: Costs
    taken: Indices


@dataclass(frozen=True, slots=True)
class _Node:
    """A subproblem: columns still possible, and which of them are open for sure."""

    columns: Indices
    fixed: NDArray[np.bool_]
    prices: Costs
    bound: float


def solve(
    costs: Costs,
    p: int,
    *,
    seconds: float = 60.0,
    seed: int = 1,
    integral: bool | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> LocationPlan:
    """Open ``p`` sites at least total cost.

    Args:
        costs: clients × sites, finite; any unit.
        p: how many sites to open, at least 1 and at most the number of sites.
        seconds: when to stop; the plan then says its gap.
        seed: of the random restarts; the same seed and time give the same plan.
        integral: whether costs are whole numbers, so that a bound may be rounded up (None: look).
        clock: for tests.

    Raises:
        Invalid: an empty or infinite matrix, or a ``p`` out of bounds.
    """
    _check(costs, p)
    began = clock()
    whole = bool(np.all(costs == np.rint(costs))) if integral is None else integral
    search = _Search(costs, p, whole, lambda: seconds - (clock() - began))
    search.start(np.random.default_rng(seed))
    bound = search.run()
    sites = np.sort(search.best.sites)
    assignment = sites[np.argmin(costs[:, sites], axis=1)]
    return LocationPlan(
        tuple(int(j) for j in sites),
        tuple(int(j) for j in assignment),
        search.best.cost,
        min(bound, search.best.cost),
        search.nodes,
        clock() - began,
    )


def _check(costs: Costs, p: int) -> None:
    if costs.ndim != 2 or 0 in costs.shape or not np.isfinite(costs).all():
        raise Invalid("La matrice des coûts doit être pleine et finie.", code="couts")
    if not 1 <= p <= costs.shape[1]:
        raise Invalid(f"p vaut {p} : entre 1 et {costs.shape[1]} attendu.", code="p-hors-bornes")


class _Search:
    """One problem being solved."""

    def __init__(self, costs: Costs, p: int, whole: bool, left: Callable[[], float]) -> None:
        self.costs, self.p, self.whole, self.left = costs, p, whole, left
        self.nodes = 0
        self.best = _Best(np.arange(p), total(costs, np.arange(p)))

    def start(self, rng: np.random.Generator) -> None:
        """A few random beginnings, each improved."""
        for _ in range(4):
            self.best.offer(*improve(self.costs, rng.choice(self.costs.shape[1], self.p, replace=False)))

    def late(self) -> bool:
        """Whether the time is over."""
        return self.left() <= 0

    def closed(self, bound: float) -> bool:
        """Whether nothing cheaper than the best can hide above the bound."""
        return self.lifted(bound) >= self.best.cost - _SLACK

    def lifted(self, bound: float) -> float:
        """The bound, rounded up when costs are whole."""
        return float(np.ceil(bound - _SLACK)) if self.whole else bound

    def run(self) -> float:
        """Root, then branching; returns the proven bound."""
        columns = np.arange(self.costs.shape[1])
        ordered = np.sort(self.costs, axis=1)
        prices = 0.5 * (ordered[:, 0] + ordered[:, min(len(columns) - 1, 1 + len(columns) // self.p)])
        root = self.relax(columns, np.zeros(len(columns), np.bool_), prices, ROOT_STEPS)
        self.polish(root, columns)
        node = self.reduced(columns, np.zeros(len(columns), np.bool_), root)
        if node is None:
            return self.best.cost
        pairs = self.pairs(node)
        if pairs.sum() <= RESIDUAL_PAIRS:
            return self.settled(node, pairs)
        return self.branch(node)

    def pairs(self, node: _Node) -> NDArray[np.bool_]:
        """Which client may be served by which column in a plan cheaper than the best, by reduced costs."""
        offered = self.costs[:, node.columns] - node.prices[:, None]
        worth = np.minimum(offered, 0.0).sum(axis=0)
        dearer = np.maximum(worth - np.partition(worth, self.p - 1)[self.p - 1], 0.0)
        value = float(node.prices.sum() + np.partition(worth, self.p - 1)[: self.p].sum())
        return self.lifted_many(value + np.maximum(offered, 0.0) + dearer[None, :]) < self.best.cost - _SLACK

    def settled(self, node: _Node, pairs: NDArray[np.bool_]) -> float:
        """The residual model: a better plan, or the proof."""
        found = settle(self.costs, self.p, node.columns, pairs, self.best.cost, self.left())
        if found.sites is not None:
            self.best.offer(found.sites, total(self.costs, found.sites))
        return max(self.lifted(node.bound), self.lifted(min(found.bound, self.best.cost)))

    def polish(self, root: _Bound, columns: Indices) -> None:
        """Exchanges among the columns that the root could not rule out, from perturbed copies of the best."""
        rng = np.random.default_rng(len(columns))
        for _ in range(30):
            if self.closed(root.value) or self.late():
                return
            allowed = columns[self.possible(root)]
            around = np.setdiff1d(allowed, self.best.sites)
            if not len(around):
                return
            many = min(len(around), self.p, int(rng.integers(1, 2 + self.p // 4)))
            start = self.best.sites.copy()
            start[rng.choice(self.p, many, replace=False)] = rng.choice(around, many, replace=False)
            self.best.offer(*improve(self.costs, start, allowed))

    def possible(self, found: _Bound) -> NDArray[np.bool_]:
        """Columns that may be open in a plan cheaper than the best, by their reduced worth."""
        last = np.partition(found.worth, self.p - 1)[self.p - 1]
        forced = self.lifted_many(found.value + np.maximum(found.worth - last, 0.0))
        return np.asarray(forced < self.best.cost - _SLACK)

    def lifted_many(self, bounds: Costs) -> Costs:
        return np.asarray(np.ceil(bounds - _SLACK) if self.whole else bounds)

    def reduced(self, columns: Indices, fixed: NDArray[np.bool_], found: _Bound) -> _Node | None:
        """The node without the columns that its own bound rules out; None when it holds nothing better."""
        if self.closed(found.value):
            return None
        worth = np.where(fixed, -np.inf, found.worth)
        last = np.partition(worth, self.p - 1)[self.p - 1]
        out = self.lifted_many(found.value + np.maximum(found.worth - last, 0.0)) < self.best.cost - _SLACK
        keep = out | fixed
        if keep.sum() < self.p:
            return None
        return _Node(columns[keep], fixed[keep], found.prices, found.value)

    def branch(self, root: _Node | None) -> float:
        """Depth first, the most wanted site open first; returns the least bound left open, or the cost."""
        waiting = [root] if root is not None else []
        while waiting:
            if self.late():
                return min(self.lifted(node.bound) for node in waiting)
            node = waiting.pop()
            if self.closed(node.bound):
                continue
            for child in self.children(node):
                waiting.append(child)
        return self.best.cost

    def children(self, node: _Node) -> list[_Node]:
        """The two subproblems on the most undecided of the wanted sites, closed first in the stack."""
        free = ~node.fixed
        if len(node.columns) == self.p or node.fixed.sum() == self.p:
            chosen = node.columns if len(node.columns) == self.p else node.columns[node.fixed]
            self.best.offer(chosen, total(self.costs, chosen))
            return []
        reduced = np.minimum(self.costs[:, node.columns] - node.prices[:, None], 0.0).sum(axis=0)
        target = int(np.argmin(np.where(free, reduced, np.inf)))
        made = []
        without = np.delete(np.arange(len(node.columns)), target)
        opened = node.fixed.copy()
        opened[target] = True
        for columns, fixed in ((node.columns[without], node.fixed[without]), (node.columns, opened)):
            self.nodes += 1
            found = self.relax(columns, fixed, node.prices, NODE_STEPS)
            child = self.reduced(columns, fixed, found)
            if child is not None:
                made.append(child)
        return made

    def relax(self, columns: Indices, fixed: NDArray[np.bool_], prices: Costs, steps: int) -> _Bound:
        """Raise the bound by subgradient steps on the prices of the clients."""
        offered = np.ascontiguousarray(self.costs[:, columns])
        work = np.empty_like(offered)
        u, scale, stalled = prices.copy(), 1.5 if steps == ROOT_STEPS else 0.6, 0
        best = _Bound(-np.inf, u, np.zeros(len(columns)), columns[: self.p])
        for step in range(steps):
            np.subtract(offered, u[:, None], out=work)
            np.minimum(work, 0.0, out=work)
            worth = work.sum(axis=0)
            taken = np.argpartition(np.where(fixed, -np.inf, worth), self.p - 1)[: self.p]
            value = float(u.sum() + worth[taken].sum())
            if value > best.value:
                stalled = 0 if value > best.value + 1e-4 * abs(value) else stalled + 1
                best = _Bound(value, u.copy(), worth, columns[taken])
            else:
                stalled += 1
            if stalled > 12:
                scale, stalled, u = scale * 0.6, 0, best.prices.copy()
            if self.closed(best.value) or scale < 2e-3 or self.late():
                break
            if step % 25 == 0:
                self.try_sites(columns[taken], columns)
            slope = 1.0 - (work[:, taken] < 0).sum(axis=1)
            length = float(slope @ slope)
            if not length:
                break
            u = u + scale * max(1.0005 * self.best.cost - value, _SLACK) / length * slope
        return best

    def try_sites(self, sites: Indices, columns: Indices) -> None:
        """A set of sites that the relaxation took: improved when it is promising."""
        cost = total(self.costs, sites)
        if cost < 1.03 * self.best.cost:
            self.best.offer(*improve(self.costs, sites, columns))
