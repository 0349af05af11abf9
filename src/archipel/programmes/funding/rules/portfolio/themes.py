"""Who bears which project on which theme: the choice of perimeters turned into a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from archipel.programmes.funding.rules.portfolio.board import Board, Column


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a plan. ``value`` is what it is worth in the total; ``locked``: it was imposed."""

    theme: str
    perimeter: tuple[str, ...]
    bearer: str
    value: int
    locked: bool = False


def themed(board: Board, chosen: Sequence[tuple[Column, int]]) -> list[tuple[str, int, int]] | None:
    """(theme, mask, value) of each project: an establishment never twice on a theme.

    Where themes need not be distinct, they are spread as far as can be. None: themes that are worth the same cannot be
    dealt out; they must be told apart.
    """
    strict = board.instance.rules.distinct_themes
    found: list[tuple[str, int, int]] = []
    for number, group in enumerate(board.groups):
        masks = [c.mask for c, count in chosen for _ in range(count) if c.group == number]
        values = [c.value for c, count in chosen for _ in range(count) if c.group == number]
        colours = _coloured(masks, len(group.themes), strict)
        if colours is None:
            return None
        found += [
            (group.themes[colour], mask, value) for colour, mask, value in zip(colours, masks, values, strict=True)
        ]
    return found


def _coloured(masks: Sequence[int], colours: int, strict: bool) -> list[int] | None:
    model = cp_model.CpModel()
    variables = [model.new_int_var(0, colours - 1, "") for _ in masks]
    clashes = []
    for rank, mask in enumerate(masks):
        for other in range(rank):
            if mask & masks[other] and strict:
                model.add(variables[rank] != variables[other])
            elif mask & masks[other]:
                clash = model.new_bool_var("")
                model.add(variables[rank] != variables[other]).only_enforce_if(clash.negated())
                clashes.append(clash)
    model.minimize(sum(clashes) * (len(masks) + 1) * colours + sum(variables))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = 5
    solver.parameters.num_workers = 1
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [solver.value(one) for one in variables]


def borne(board: Board, projects: Sequence[tuple[str, int, int, bool]]) -> list[Project]:
    """Each project (theme, mask, value, locked) with its bearer: an eligible member, the load shared out.

    Among the fairest shares, the members of greatest activity bear.
    """
    model = cp_model.CpModel()
    most = model.new_int_var(0, max(1, len(projects)), "")
    bears: dict[tuple[int, int], cp_model.IntVar] = {}
    for number, (theme, mask, _, _) in enumerate(projects):
        eligible = board.instance.theme(theme).eligible
        able = [r for r, code in enumerate(board.codes) if mask >> r & 1 and code in eligible]
        for rank in able:
            bears[number, rank] = model.new_bool_var("")
        model.add_exactly_one(bears[number, rank] for rank in able)
    for rank in range(len(board.codes)):
        model.add(sum(x for (_, r), x in bears.items() if r == rank) <= most)
    order = sorted(range(len(board.codes)), key=lambda rank: (-board.activity[rank], rank))
    place = {rank: index for index, rank in enumerate(order)}
    weight = 1 + len(projects) * len(board.codes)
    model.minimize(weight * most + sum(place[rank] * x for (_, rank), x in bears.items()))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = 5
    solver.parameters.num_workers = 1
    solver.solve(model)
    found = []
    for number, (theme, mask, value, locked) in enumerate(projects):
        bearer = next(rank for (n, rank), x in bears.items() if n == number and solver.value(x))
        found.append(Project(theme, tuple(board.members(mask)), board.codes[bearer], value, locked))
    return found
