"""What one does by hand: group where it brings the most, again and again, then everybody alone."""

from __future__ import annotations

from archipel.programmes.funding.rules.portfolio.board import Board, Column


def greedy(board: Board) -> list[tuple[str, int, int]]:
    """(theme, mask, value) of each project of the greedy plan, the locked ones left out."""
    alone = {(c.mask, c.group): c.value for c in board.columns if c.size == 1}

    def gain(column: Column) -> int:
        members = (1 << rank for rank in range(len(board.codes)) if column.mask >> rank & 1)
        return column.value - sum(alone.get((bit, column.group), 0) for bit in members)

    grouped = sorted((c for c in board.columns if c.size > 1), key=lambda c: (-gain(c), c.size, c.mask, c.group))
    singles = sorted((c for c in board.columns if c.size == 1), key=lambda c: (-c.value, c.mask, c.group))
    plan = _Plan(board)
    for column in [c for c in grouped if gain(c) > 0] + singles:
        while plan.take(column):
            pass
    return plan.projects


class _Plan:
    def __init__(self, board: Board) -> None:
        self.board = board
        self.left = list(board.capacity)
        self.on: dict[str, int] = {}
        self.projects: list[tuple[str, int, int]] = []

    def take(self, column: Column) -> bool:
        """Add the project when there is room for it and a theme that none of its members has."""
        rules = self.board.instance.rules
        if rules.at_most is not None and len(self.projects) + len(self.board.used) >= rules.at_most:
            return False
        inside = [rank for rank in range(len(self.left)) if column.mask >> rank & 1]
        if any(self.left[rank] < 1 for rank in inside):
            return False
        themes = self.board.groups[column.group].themes
        free = [theme for theme in themes if not self.on.get(theme, 0) & column.mask]
        if not free and rules.distinct_themes:
            return False
        theme = (free or themes)[0]
        for rank in inside:
            self.left[rank] -= 1
        self.on[theme] = self.on.get(theme, 0) | column.mask
        self.projects.append((theme, column.mask, column.value))
        return True
