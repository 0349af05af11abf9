"""What somebody would do by hand: one function after another, the product that the most members already use.

A baseline to compare with; it looks at costs one need at a time and stops at constraints it can see locally.
"""

from __future__ import annotations

from collections import Counter

from archipel.scenarios.trajectory.rules.checker import check, cost_of, sized
from archipel.scenarios.trajectory.values import Application, Choice, Establishment, Function, Plan, Problem, Status


def plan(problem: Problem) -> Plan:
    """A trajectory made by hand's rules; FEASIBLE only when it keeps every constraint."""
    today = {(c.establishment, c.function): c.application for c in problem.current}
    room = list(problem.rules.capacity[: problem.years]) or [10**12] * problem.years
    choices: list[Choice] = []
    moved: dict[tuple[str, str], int] = {}
    for function in problem.functions:
        target = _favourite(problem, function, today)
        for establishment in sorted(problem.establishments, key=lambda e: e.id):
            if function.id in establishment.needs:
                before = today.get((establishment.id, function.id), "")
                year = _year(problem, function, establishment, before, target, room, moved)
                to = before if year is None or target is None else target.id
                begin = problem.years if year is None else year
                if year is not None:
                    moved[establishment.id, function.id] = year
                by_year = tuple(to if t >= begin else before for t in range(problem.years))
                choices.append(Choice(establishment.id, function.id, before, by_year))
    sound = not check(problem, choices)
    cost = cost_of(problem, choices)
    return Plan(Status.FEASIBLE if sound else Status.INFEASIBLE, tuple(choices), cost)


def _favourite(problem: Problem, function: Function, today: dict[tuple[str, str], str]) -> Application | None:
    used = Counter(product for (_, name), product in today.items() if name == function.id and product)
    able = [
        a
        for a in problem.applications
        if function.id in a.covers and a.target and (a.last is None or a.last >= problem.years - 1)
    ]
    return min(able, key=lambda a: (-used[a.id], a.licence, a.id), default=None)


def _year(
    problem: Problem,
    function: Function,
    establishment: Establishment,
    before: str,
    target: Application | None,
    room: list[int],
    moved: dict[tuple[str, str], int],
) -> int | None:
    if target is None or before == target.id:
        return None
    effort = sized(function.effort, establishment)
    earliest = max([target.first, *(moved.get((establishment.id, f), 0) for f in function.after)])
    for year in range(earliest, problem.years):
        if room[year] >= effort:
            room[year] -= effort
            return year
    return None
