"""A made-up past: the stays of the simulator over some months, without a single message. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from archipel.demo.simulator.calendar import moment, seconds
from archipel.demo.simulator.core import Fact
from archipel.demo.simulator.engine import Simulation
from archipel.demo.structure import DemoStructure
from archipel.territory.reference_values import RefGht

_ENTRIES = frozenset({"A01", "A02", "A04", "A06"})


@dataclass(slots=True)
class Stretch:
    """A stay in one filière of one site (see ``domains.flow.public.FiliereStay``)."""

    establishment: str
    site: str
    filiere: str
    entered: datetime
    left: datetime | None
    before: str
    same_site: bool


def stretches(ght: RefGht, structure: DemoStructure, *, start: datetime, end: datetime, seed: int) -> Iterator[Stretch]:
    """The stays of a simulated group, each patient's in order.

    Args:
        ght: the group.
        structure: its made-up units.
        start: beginning of the simulation.
        end: what happens later is left out.
        seed: of the dice.
    """
    paths: dict[int, list[Stretch]] = {}
    done: list[list[Stretch]] = []
    last = seconds(end)
    for now, facts in Simulation(ght, structure, start=seconds(start), seed=seed).run():
        if now > last:
            break
        for fact in facts:
            if isinstance(fact, Fact) and fact.stay is not None:
                _follow(paths, done, fact, id(fact.stay))
    for path in [*done, *paths.values()]:
        yield from path


def _follow(paths: dict[int, list[Stretch]], done: list[list[Stretch]], fact: Fact, key: int) -> None:
    """Add what a fact says to the path of its stay."""
    path = paths.get(key)
    if fact.trigger in _ENTRIES and fact.uf is not None:
        at, uf = moment(fact.at), fact.uf
        if path is None:
            path = paths[key] = []
        here = path[-1] if path else None
        if here is not None and here.left is None:
            if (here.site, here.filiere) == (uf.site, uf.filiere):
                return
            here.left = max(at, here.entered)
        before = here.filiere if here is not None else ""
        same = here is not None and here.site == uf.site
        path.append(Stretch(uf.establishment, uf.site, uf.filiere, at, None, before, same))
    elif fact.trigger == "A03" and path:
        path[-1].left = max(moment(fact.at), path[-1].entered)
        done.append(paths.pop(key))
    elif fact.trigger == "A11" and path:
        del paths[key]


def since(now: datetime, days: int) -> datetime:
    """Local midnight, ``days`` days before a local moment."""
    return (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
