"""Looking at a search while it runs: its best value, what is proven, and the best plan so far.

HiGHS offers neither a call at each solution nor a way to be stopped, but it says a line at each step and, asked to,
writes each better solution to a file as it finds it: both are read here.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ortools.math_opt.python import mathopt

from archipel.scenarios.trajectory.rules.model import Trajectory
from archipel.scenarios.trajectory.values import Choice

THOUSANDS = 1000.0
"""The solver counts in thousands of euros: its tolerances are made for numbers of that size."""
_LINE = re.compile(r"%\s+(\S+)\s+(\S+)\s+(?:\S+%|Large|inf)\s")
_PRINTED = 1e-8
"""The solver prints bounds with some ten digits: what it prints is lowered by so much to stay a bound."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a search is: euros of the best plan and of the bound (None: none yet), seconds since it began."""

    best: float | None
    bound: float | None
    seconds: float

    @property
    def gap(self) -> float | None:
        """Share of the best value that a better plan could save at most."""
        if self.best is None or self.bound is None:
            return None
        return max(0.0, (self.best - self.bound) / self.best) if self.best else 0.0


class Watch:
    """Follows one search at a time.

    Args:
        file: where the solver writes its solutions; None: the best plan so far cannot be read.
        tell: called with each step.
    """

    def __init__(self, file: Path | None = None, tell: Callable[[Seen], None] | None = None) -> None:
        self.file, self.tell = file, tell
        self.seen = Seen(None, None, 0.0)
        self._trajectory: Trajectory | None = None
        self._columns: list[mathopt.Variable] = []
        self._began = time.monotonic()

    def follow(self, trajectory: Trajectory, limits: mathopt.SolveParameters) -> None:
        """Before a search begins."""
        self._trajectory, self._columns = trajectory, list(trajectory.model.variables())
        self._began, self.seen = time.monotonic(), Seen(None, None, 0.0)
        if self.file is not None:
            self.file.unlink(missing_ok=True)
            limits.highs.bool_options["mip_improving_solution_save"] = True
            limits.highs.string_options["mip_improving_solution_file"] = str(self.file)

    def heard(self, lines: Sequence[str]) -> None:
        """What the solver says."""
        for line in lines:
            found = _LINE.search(line)
            if found is None:
                continue
            bound, best = (_number(text) for text in found.groups())
            lowered = None if bound is None else (bound - abs(bound) * _PRINTED) * THOUSANDS
            known = None if best is None else best * THOUSANDS
            self.seen = Seen(known, lowered, time.monotonic() - self._began)
            if self.tell is not None:
                self.tell(self.seen)

    def choices_so_far(self) -> tuple[Choice, ...]:
        """The choices of the best plan found so far; empty when there is none that can be read."""
        if self._trajectory is None or self.file is None or not self.file.exists():
            return ()
        found = _last_solution(self.file.read_text("ascii", "replace"), len(self._columns))
        return tuple(self._trajectory.choices(dict(zip(self._columns, found, strict=True)))) if found else ()


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _last_solution(text: str, columns: int) -> list[float]:
    """The values of the last solution that was written whole; empty when there is none."""
    parts = text.split(f"# Columns {columns}\n")[1:]
    for part in reversed(parts):
        lines = part.split("\n")[:columns]
        values = [_number(line.rsplit(" ", 1)[-1]) for line in lines]
        known = [value for value in values if value is not None]
        if len(known) == columns and part.count("\n") >= columns:
            return known
    return []
