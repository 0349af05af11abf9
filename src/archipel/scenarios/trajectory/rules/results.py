"""What a plan means, for screens, files and documents: all of it counted from the choices, as the checker does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from archipel.scenarios.trajectory.rules.checker import Part, carbon_by_year, costs_by_part, sized
from archipel.scenarios.trajectory.values import Choice, Problem

PART_LABELS = {
    Part.LICENCES: "Licences",
    Part.RUN: "Exploitation",
    Part.FEES: "Tenue des contrats",
    Part.INTERFACES: "Interfaces",
    Part.MIGRATION: "Bascules",
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One function that changes product in one establishment; ``days`` person-days, ``euros`` once."""

    establishment: str
    name: str
    function: str
    label: str
    before: str
    after: str
    rank: int
    year: int
    days: int
    euros: int
    large: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """A line of the Gantt: an establishment moves to a product, function by function, year by year."""

    name: str
    product: str
    large: bool
    by_year: tuple[tuple[str, ...], ...]
    """The functions that switch in each year."""


@dataclass(frozen=True, slots=True)
class Line:
    """One function across the members: products before and at the end (product, members), most used first."""

    function: str
    label: str
    needs: int
    before: tuple[tuple[str, int], ...]
    after: tuple[tuple[str, int], ...]

    @property
    def convergence(self) -> tuple[float, float]:
        """Share (%) of the members on the most used product, before and at the end."""
        return tuple(100 * (side[0][1] if side else 0) / self.needs for side in (self.before, self.after))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Results:
    """All of it. Euros by year and part, by member and year; person-days by year; shares in %."""

    years: tuple[int, ...]
    parts: Mapping[Part, tuple[float, ...]]
    members: tuple[tuple[str, tuple[float, ...]], ...]
    status_quo: tuple[float, ...]
    switches: tuple[Switch, ...]
    lanes: tuple[Lane, ...]
    lines: tuple[Line, ...]
    load: tuple[int, ...]
    capacity: tuple[int, ...]
    carbon: tuple[int, ...]
    sovereign: tuple[float, ...]
    products: tuple[int, ...]

    @property
    def totals(self) -> tuple[float, ...]:
        """Euros by year."""
        return tuple(sum(values[rank] for values in self.parts.values()) for rank in range(len(self.years)))

    @property
    def saved(self) -> float:
        """Euros less than the status quo over the horizon (negative: more)."""
        return sum(self.status_quo) - sum(self.totals)


def results(problem: Problem, choices: Sequence[Choice]) -> Results:
    """What a plan means."""
    years = tuple(problem.first_year + rank for rank in range(problem.years))
    parts: dict[Part, list[float]] = {part: [0.0] * problem.years for part in Part}
    members: dict[str, list[float]] = {one.id: [0.0] * problem.years for one in problem.establishments}
    for (place, rank, part), euros in costs_by_part(problem, choices).items():
        parts[part][rank] += euros
        members[place][rank] += euros
    names = {one.id: one.label or one.id for one in problem.establishments}
    moved = tuple(sorted(_switches(problem, choices), key=lambda one: (one.rank, one.name, one.label)))
    return Results(
        years=years,
        parts={part: tuple(values) for part, values in parts.items()},
        members=tuple((names[place], tuple(values)) for place, values in members.items()),
        status_quo=_status_quo(problem),
        switches=moved,
        lanes=tuple(_lanes(problem, moved)),
        lines=tuple(_lines(problem, choices)),
        load=tuple(sum(one.days for one in moved if one.rank == rank) for rank in range(problem.years)),
        capacity=problem.rules.capacity[: problem.years],
        carbon=tuple(carbon_by_year(problem, choices)),
        sovereign=tuple(_sovereign(problem, choices, rank) for rank in range(problem.years)),
        products=tuple(len({c.by_year[rank] for c in choices} - {""}) for rank in range(problem.years)),
    )


def staying(problem: Problem) -> tuple[Choice, ...]:
    """Nothing changes: what serves today serves for ever."""
    today = {(c.establishment, c.function): c.application for c in problem.current}
    return tuple(
        Choice(e.id, f.id, today.get((e.id, f.id), ""), (today.get((e.id, f.id), ""),) * problem.years)
        for e in problem.establishments
        for f in problem.functions
        if f.id in e.needs
    )


def _status_quo(problem: Problem) -> tuple[float, ...]:
    totals = [0.0] * problem.years
    for (_, rank, _), euros in costs_by_part(problem, staying(problem)).items():
        totals[rank] += euros
    return tuple(totals)


def _switches(problem: Problem, choices: Iterable[Choice]) -> Iterable[Switch]:
    functions = {one.id: one for one in problem.functions}
    members = {one.id: one for one in problem.establishments}
    large = {one.id for one in problem.applications if one.large}
    for one in choices:
        rank = one.switch_year
        if rank is not None:
            function, member = functions[one.function], members[one.establishment]
            yield Switch(
                member.id, member.label or member.id, function.id, function.label or function.id, one.before,
                one.by_year[rank], rank, problem.first_year + rank, sized(function.effort, member),
                sized(function.migration, member), one.by_year[rank] in large,
            )  # fmt: skip


def _lanes(problem: Problem, switches: Sequence[Switch]) -> Iterable[Lane]:
    grouped: dict[tuple[str, str], list[Switch]] = defaultdict(list)
    for one in switches:
        grouped[one.name, one.after].append(one)
    for (name, product), found in sorted(grouped.items(), key=lambda pair: (pair[0][0], pair[1][0].rank, pair[0][1])):
        by_year = tuple(tuple(one.label for one in found if one.rank == rank) for rank in range(problem.years))
        yield Lane(name, product, found[0].large, by_year)


def _lines(problem: Problem, choices: Sequence[Choice]) -> Iterable[Line]:
    for function in problem.functions:
        here = [one for one in choices if one.function == function.id]
        if here:
            sides = (Counter(one.before for one in here), Counter(one.by_year[-1] for one in here))
            before, after = (
                tuple(sorted(((p, n) for p, n in side.items() if p), key=lambda pair: (-pair[1], pair[0])))
                for side in sides
            )
            yield Line(function.id, function.label or function.id, len(here), before, after)


def _sovereign(problem: Problem, choices: Sequence[Choice], rank: int) -> float:
    users = {one.id: one.users for one in problem.establishments}
    held = {one.id for one in problem.applications if one.sovereign}
    served = [one for one in choices if one.by_year[rank]]
    whole = sum(users[one.establishment] for one in served)
    return 100 * sum(users[one.establishment] for one in served if one.by_year[rank] in held) / whole if whole else 0.0
