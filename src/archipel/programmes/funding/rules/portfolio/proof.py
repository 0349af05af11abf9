"""The certificate: prices that no possible project exceeds, so that no plan can be worth more than their sum.

Each establishment gets a price for each of its slots (``u``) and for its place on a group of themes (``w``); roundings
(``features``) get theirs. When every possible perimeter costs at least what it is worth, the total of any plan is at
most the sum of the prices of all slots. Where one set of prices is not enough, the question is cut in two between two
whole numbers (« at most k projects of the last band », « at least k + 1 ») and each half has its own prices: a tree
whose leaves all prove the same bound.

Prices are the dual of the linear relaxation, written as whole numbers, rounded up; the checker computes in whole
numbers only.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from typing import Any

from archipel.programmes.funding.rules.portfolio.board import Board, Column
from archipel.programmes.funding.rules.portfolio.features import Feature, Nature
from archipel.programmes.funding.rules.portfolio.relaxation import Branch, Prices, Relaxation

_FINE = 1000
_EPSILON = 1e-7
_EVEN = 1e-4


class Prover:
    """Builds the tree for a plan of value ``goal`` (euros, without the locked projects).

    A better plan met on the way replaces it: see ``better`` and ``goal`` afterwards.
    """

    def __init__(
        self, board: Board, relaxation: Relaxation, goal: int, *, seconds: float = 30, nodes: int = 2000
    ) -> None:
        self.board, self.relaxation, self.goal = board, relaxation, goal
        self.until, self.left = time.monotonic() + seconds, nodes
        self.scale = 1 if board.unit >= 1000 else _FINE
        self.count = 0
        self.better: list[tuple[Column, int]] | None = None

    def certificate(self) -> dict[str, Any] | None:
        """The certificate as JSON; None when the allowance of time or nodes is spent."""
        tree = self._node(())
        if tree is None:
            return None
        groups = [{"thematiques": list(group.themes)} for group in self.board.groups]
        return {"echelle": self.scale, "groupes": groups, "arbre": tree, "noeuds": self.count}

    def _node(self, branches: tuple[Branch, ...]) -> dict[str, Any] | None:
        self.count += 1
        if self.count > self.left or time.monotonic() > self.until or len(branches) > 60:
            return None
        prices = self.relaxation.solve(branches)
        if prices is None:
            return None
        self._note(prices)
        leaf, bound = self._leaf(prices, branches)
        if bound < (self.goal + self.board.unit) * self.scale:
            return leaf
        split = self._split(prices)
        if split is None:
            return None
        feature, k = split
        above = self._node((*branches, Branch(feature, k + 1, False)))
        below = self._node((*branches, Branch(feature, k, True))) if above else None
        if below is None or above is None:
            return None
        return {"sur": {**feature.told(self.board), "k": k}, "au_plus": below, "au_moins": above}

    def _note(self, prices: Prices) -> None:
        """Keep a plan that is better than the goal."""
        if any(abs(amount - round(amount)) > _EVEN for amount in prices.solution.values()):
            return
        plan = [(column, round(amount)) for column, amount in prices.solution.items() if round(amount)]
        value = sum(column.value * count for column, count in plan)
        if value > self.goal and abs(value - prices.value) < 1:
            self.goal, self.better = value, plan

    # --- leaves

    def _leaf(self, prices: Prices, branches: tuple[Branch, ...]) -> tuple[dict[str, Any], int]:
        """The prices as whole numbers, and the bound that they prove (in units of the scale)."""
        board = self.board
        up = 0.011 if self.scale == _FINE else 0.0
        u = [self._up(price + up if left else price) for price, left in zip(prices.u, board.capacity, strict=True)]
        w = [[self._up(price) for price in row] for row in prices.w]
        p = self._up(prices.p)
        r = [self._up(x) if b.most else -self._down(-x) for b, x in zip(branches, prices.branches, strict=True)]
        roundings = [(feature, self._up(price)) for feature, price in prices.roundings.items() if self._up(price)]
        bound = sum(left * price for left, price in zip(board.capacity, u, strict=True))
        bound += sum(board.places(group) * sum(row) for group, row in enumerate(w))
        bound += (board.instance.rules.at_most - len(board.used)) * p if board.instance.rules.at_most is not None else 0
        bound += sum(branch.k * price for branch, price in zip(branches, r, strict=True))
        bound += sum(feature.rounded(board) * price for feature, price in roundings)
        return {
            "u": {code: price for code, price in zip(board.codes, u, strict=True) if price},
            "w": [{code: price for code, price in zip(board.codes, row, strict=True) if price} for row in w],
            "p": p,
            "r": r,
            "arrondis": [{**feature.told(board), "prix": price} for feature, price in roundings],
        }, bound

    def _up(self, price: float) -> int:
        return max(0, math.ceil(price * self.scale - _EPSILON * self.scale))

    def _down(self, price: float) -> int:
        return max(0, math.floor(price * self.scale + _EPSILON * self.scale))

    # --- branches

    def _split(self, prices: Prices) -> tuple[Feature, int] | None:
        """The most undecided count: of projects by band, of projects, of shared pairs, of one perimeter."""
        for counts in (self._bands(prices), self._pairs(prices, False), self._pairs(prices, True), self._exact(prices)):
            undecided = [
                (abs(amount - math.floor(amount) - 0.5), str(feature), feature, math.floor(amount))
                for feature, amount in counts.items()
                if abs(amount - round(amount)) > _EVEN
            ]
            if undecided:
                _, _, feature, k = min(undecided, key=lambda one: one[:2])
                return feature, k
        return None

    def _bands(self, prices: Prices) -> dict[Feature, float]:
        found: dict[Feature, float] = {}
        features = [Feature(Nature.CATEGORIE, step=step) for step in range(1, len(self.board.steps))]
        for feature in [*features, Feature(Nature.PROJETS)]:
            found[feature] = sum(feature.of(self.board, column) * x for column, x in prices.solution.items())
        return found

    def _pairs(self, prices: Prices, by_group: bool) -> dict[Feature, float]:
        found: dict[Feature, float] = defaultdict(float)
        for column, amount in prices.solution.items():
            bits = [1 << rank for rank in range(len(self.board.codes)) if column.mask >> rank & 1]
            for first in range(len(bits)):
                for second in range(first):
                    group = column.group if by_group else None
                    found[Feature(Nature.ENSEMBLE, bits[first] | bits[second], group=group)] += amount
        return found

    def _exact(self, prices: Prices) -> dict[Feature, float]:
        return {Feature(Nature.PERIMETRE, c.mask, group=c.group): amount for c, amount in prices.solution.items()}
