"""Static checks of a pack: what its file says may be well formed and still make no sense."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from archipel.programmes.packs.rules.checks.catalogue import catalogue_problems
from archipel.programmes.packs.rules.checks.dates import date_problems
from archipel.programmes.packs.rules.checks.grids import grid_problems
from archipel.programmes.packs.rules.checks.names import name_problems
from archipel.programmes.packs.rules.checks.rules import rule_problems
from archipel.programmes.packs.rules.checks.tables import table_problems
from archipel.programmes.packs.rules.checks.together import together_problems
from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.values.pack import Pack

CHECKS: tuple[Callable[[Pack], Iterator[Problem]], ...] = (
    name_problems,
    rule_problems,
    date_problems,
    table_problems,
    catalogue_problems,
    grid_problems,
)


def check(pack: Pack, file: str = "") -> list[Problem]:
    """Everything wrong in one pack, in the order of its file; warnings included."""
    found = [problem._replace(file=file) for one in CHECKS for problem in one(pack)]
    return sorted(dict.fromkeys(found), key=lambda problem: (problem.line, problem.sentence))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that forbid using the pack."""
    return [problem for problem in problems if not problem.warning]


__all__ = ["CHECKS", "check", "errors", "together_problems"]
