"""What a certificate counts in a plan besides slots: whole numbers, so a plan may be cut between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from archipel.programmes.funding.rules.portfolio.board import Board, Column


class Nature(StrEnum):
    """What a feature counts."""

    CATEGORIE = "categorie"
    """Projects whose activity reaches the beginning of a band."""
    PROJETS = "projets"
    """Projects."""
    ENSEMBLE = "ensemble"
    """Projects that hold all of these establishments."""
    PERIMETRE = "perimetre"
    """Projects of exactly that perimeter."""
    ARRONDI = "arrondi"
    """For each project, its members among these establishments divided by ``q``, rounded down: the sum of their slots
    divided by ``q``, rounded down, bounds it (Chvátal and Gomory)."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that every project adds a whole number to. ``group`` None: whatever the theme."""

    nature: Nature
    mask: int = 0
    step: int = 0
    q: int = 1
    group: int | None = None

    def of(self, board: Board, column: Column) -> int:
        """What a column adds."""
        if self.group is not None and column.group != self.group:
            return 0
        if self.nature is Nature.CATEGORIE:
            return int(board.reach(column.mask) >= board.steps[self.step][0])
        if self.nature is Nature.ENSEMBLE:
            return int(column.mask & self.mask == self.mask)
        if self.nature is Nature.PERIMETRE:
            return int(column.mask == self.mask)
        return (column.mask & self.mask).bit_count() // self.q if self.nature is Nature.ARRONDI else 1

    def everywhere(self, board: Board, group: int) -> npt.NDArray[np.int64] | int:
        """What every perimeter adds, on a group of themes."""
        if self.group is not None and group != self.group:
            return 0
        if self.nature is Nature.CATEGORIE:
            return np.asarray(board.reached >= board.steps[self.step][0], dtype=np.int64)
        if self.nature is Nature.ENSEMBLE:
            return np.asarray((board.masks & self.mask) == self.mask, dtype=np.int64)
        if self.nature is Nature.PERIMETRE:
            return np.asarray(board.masks == self.mask, dtype=np.int64)
        if self.nature is Nature.ARRONDI:
            inside = board.summed([self.mask >> rank & 1 for rank in range(len(board.codes))])
            return inside // self.q
        return 1

    def rounded(self, board: Board) -> int:
        """The bound of a rounding: the slots of its establishments divided by ``q``."""
        return sum(self._slots(board, rank) for rank in range(len(board.codes)) if self.mask >> rank & 1) // self.q

    def _slots(self, board: Board, rank: int) -> int:
        left = board.capacity[rank]
        return left if self.group is None else min(left, board.places(self.group))

    def told(self, board: Board) -> dict[str, Any]:
        """The feature as JSON."""
        found: dict[str, Any] = {"nature": self.nature.value, "groupe": self.group}
        if self.nature is Nature.CATEGORIE:
            found["a_partir_de"] = str(board.instance.bands[self.step].since)
        elif self.nature is not Nature.PROJETS:
            found["etablissements"] = board.members(self.mask)
        if self.nature is Nature.ARRONDI:
            found["q"] = self.q
        return found
