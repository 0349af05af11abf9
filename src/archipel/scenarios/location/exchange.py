"""Improving a set of p sites by exchanges: the swap that gains most, until none gains.

The gain of every swap (one site out, one in) is computed at once from the nearest and second nearest open site of each
client, after Whitaker (1983) and Resende and Werneck (2007): O(clients × sites) a step instead of O(p) times that.
"""

from __future__ import annotations

import numpy as np

from archipel.scenarios.location.values import Costs, Indices

TOLERANCE = 1e-9


def nearest(costs: Costs, sites: Indices) -> tuple[Indices, Costs, Costs]:
    """For each client: rank in ``sites`` of the cheapest, its cost, the cost of the second (infinite when alone)."""
    rows = np.arange(len(costs))
    offered = costs[:, sites]
    if len(sites) == 1:
        return np.zeros(len(costs), np.intp), offered[:, 0], np.full(len(costs), np.inf)
    two = np.argpartition(offered, 1, axis=1)[:, :2]
    first, second = offered[rows, two[:, 0]], offered[rows, two[:, 1]]
    swapped = second < first
    return (
        np.where(swapped, two[:, 1], two[:, 0]),
        np.where(swapped, second, first),
        np.where(swapped, first, second),
    )


def total(costs: Costs, sites: Indices) -> float:
    """The cost when each client goes to its cheapest open site."""
    return float(costs[:, sites].min(axis=1).sum())


def improve(costs: Costs, sites: Indices, allowed: Indices | None = None) -> tuple[Indices, float]:
    """Swap while it gains.

    Args:
        costs: clients × sites.
        sites: the p columns to start from.
        allowed: columns that may enter (all when None).

    Returns:
        The columns reached and their cost: no single swap improves it.
    """
    chosen = np.array(sites, dtype=np.intp)
    entering = np.arange(costs.shape[1]) if allowed is None else allowed
    offered = costs if allowed is None else costs[:, allowed]
    while True:
        rank, first, second = nearest(costs, chosen)
        profit = _profits(offered, len(chosen), rank, first, second)
        profit[:, np.isin(entering, chosen)] = -np.inf
        out, into = divmod(int(np.argmax(profit)), len(entering))
        if not profit[out, into] > TOLERANCE:
            return np.sort(chosen), float(first.sum())
        chosen[out] = entering[into]


def _profits(offered: Costs, p: int, rank: Indices, first: Costs, second: Costs) -> Costs:
    """What each swap saves, sites out in rows, sites in in columns."""
    limit = np.where(np.isfinite(second), second, offered.max(axis=1))
    gain = np.maximum(first[:, None] - offered, 0.0).sum(axis=0)
    loss = np.bincount(rank, weights=limit - first, minlength=p)
    kept = np.maximum(limit[:, None] - np.maximum(offered, first[:, None]), 0.0)
    spared = np.zeros((p, offered.shape[1]))
    order = np.argsort(rank, kind="stable")
    served, starts = np.unique(rank[order], return_index=True)
    spared[served] = np.add.reduceat(kept[order], starts, axis=0)
    return np.asarray(gain[None, :] - loss[:, None] + spared)
