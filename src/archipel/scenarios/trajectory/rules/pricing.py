"""What a product costs for one user, from what establishments pay for it; assumed when nobody says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from archipel.scenarios.trajectory.values.facts import Facts


@dataclass(frozen=True, slots=True)
class Unit:
    """Euros a year and a user of the establishment: licence, and running (hosting and staff)."""

    licence: int
    run: int


@dataclass(frozen=True, slots=True)
class Book:
    """The price of each product; ``alike``: taken from products of the same function, ``unknown``: from assumptions."""

    units: Mapping[str, Unit]
    alike: tuple[str, ...]
    unknown: tuple[str, ...]


def price_book(facts: Facts, users: Mapping[str, int], assumed: Callable[[str], float]) -> Book:
    """The median of what is known of each product, by user; else the median of its kin; else the assumption."""
    licences, runs, functions = _known(facts, users)
    names = {one.product for one in facts.uses} | {one.name for one in facts.products}
    units: dict[str, Unit] = {}
    alike: list[str] = []
    unknown: list[str] = []
    for name in sorted(names):
        kin = [other for other in licences if other != name and functions[other] & functions[name]]
        found = []
        for table, fallback in ((licences, "licence"), (runs, "exploitation")):
            own = table.get(name)
            near = [value for other in kin for value in table.get(other, ())]
            if own:
                found.append(median(own))
            elif near:
                found.append(median(near))
            else:
                found.append(assumed(fallback))
        if name not in licences or name not in runs:
            (alike if kin else unknown).append(name)
        units[name] = Unit(round(found[0]), round(found[1]))
    return Book(units, tuple(alike), tuple(unknown))


def _known(
    facts: Facts, users: Mapping[str, int]
) -> tuple[dict[str, list[float]], dict[str, list[float]], dict[str, set[str]]]:
    licences: dict[str, list[float]] = defaultdict(list)
    runs: dict[str, list[float]] = defaultdict(list)
    functions: dict[str, set[str]] = defaultdict(set)
    for product in facts.products:
        functions[product.name] |= set(product.functions)
    for use in facts.uses:
        functions[use.product] |= set(use.functions)
        if use.licence is not None:
            licences[use.product].append(use.licence / users[use.establishment])
        if use.run is not None:
            runs[use.product].append(use.run / users[use.establishment])
    return licences, runs, functions
