"""The best set of projects: time to a checked certificate for 20 establishments and 4 themes; against greedy and naive.

Bar: every group proved and checked in 10 s. Groups are drawn from a seed: very different sizes as in real groups, sizes
around the steps of the ceilings, many middle ones, many small ones. ``ratio`` is the total over that of the peer, or
the time over the bar or over that of the naive formulation (project slots, a yes or no by establishment and slot).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from ortools.sat.python import cp_model

from archipel.programmes.funding.rules.portfolio.instance import Instance, Rules, Theme, frozen
from archipel.programmes.funding.rules.portfolio.solve import optimise
from archipel.programmes.funding.values import Band, Party

BAR = 10.0
BANDS = (
    Band("A", 35_000, Decimal(0), Decimal(7_000)),
    Band("B", 51_000, Decimal(7_000), Decimal(60_000)),
    Band("C", 85_000, Decimal(60_000), Decimal(230_000)),
    Band("D", 205_000, Decimal(230_000), None),
)
SIZES: dict[str, Callable[[random.Random], int]] = {
    "contrasted": lambda chance: round(chance.lognormvariate(10.8, 1.2)),
    "around the steps": lambda chance: chance.choice([6_900, 7_100, 57_400, 59_900, 60_100, 114_900, 115_100, 229_900]),
    "middle": lambda chance: chance.randint(55_000, 130_000),
    "small": lambda chance: chance.randint(57_600, 59_999),
}


def say(figure: str, value: float, unit: str, peer: float | str | None = None, ratio: float | None = None) -> None:
    """One line of the report."""
    line = {"bench": "portfolio", "figure": figure, "value": value, "unit": unit, "peer": peer, "ratio": ratio}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def group(kind: str, seed: int, count: int) -> Instance:
    """A group of that many establishments: four fifths eligible for three themes, two fifths for the fourth."""
    chance = random.Random(f"{kind}{seed}")
    codes = [f"21{rank:07d}" for rank in range(count)]
    parties = tuple(Party(code, f"CH {code[-2:]}", code, Decimal(SIZES[kind](chance)), "banc") for code in codes)
    main = frozenset(code for code in codes if chance.random() < 0.8)
    late = frozenset(code for code in codes if chance.random() < 0.4)
    themes = (*(Theme(name, name, main) for name in ("urgences", "logistique", "rh")), Theme("rattrapage", "r", late))
    return Instance(parties, themes, BANDS, Rules())


def naive(instance: Instance, seconds: float) -> tuple[int, int, float]:
    """What one writes first; returns (total, bound, seconds)."""
    model, parties, begun = cp_model.CpModel(), instance.known, time.monotonic()
    joined: dict[tuple[str, str], list[cp_model.IntVar]] = {}
    gains = []
    for theme in instance.themes:
        able = [party for party in parties if party.finess in theme.eligible]
        for slot in range(len(able)):
            inside = {party.finess: model.new_bool_var("") for party in able[: slot + 1]}
            for finess, x in inside.items():
                joined.setdefault((finess, theme.id), []).append(x)
            activity = sum(int(p.activity or 0) * inside[p.finess] for p in able[: slot + 1])
            bands = [model.new_bool_var("") for _ in instance.bands]
            model.add_at_most_one(bands)
            for band, chosen in zip(instance.bands, bands, strict=True):
                model.add(activity >= int(band.since)).only_enforce_if(chosen)
                model.add_bool_or(inside.values()).only_enforce_if(chosen)
                gains.append(band.amount // 1000 * chosen)
    for (_, _), places in joined.items():
        model.add_at_most_one(places)
    for party in parties:
        own = [x for (finess, _), places in joined.items() if finess == party.finess for x in places]
        model.add(sum(own) <= instance.rules.per_finess)
    model.maximize(sum(gains))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    solver.solve(model)
    return round(solver.objective_value) * 1000, int(solver.best_objective_bound) * 1000, time.monotonic() - begun


def spending(instance: Instance, seed: int) -> Instance:
    """The same group, what a project may use being bounded by the planned spend of its parties."""
    chance = random.Random(seed)
    cells = [(party.finess, theme.id) for party in instance.known for theme in instance.themes]
    return replace(
        instance, spend={cell: chance.choice([0, 10_000, 30_000, 60_000, 90_000, 150_000]) for cell in cells}
    )


def main() -> None:
    """Solve, check, compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5, help="groups of each kind")
    parser.add_argument("--naive", type=float, default=30.0, help="seconds left to the naive formulation; 0: not run")
    asked = parser.parse_args()
    optimise(group("middle", 0, 4))  # loads the solvers
    times: list[float] = []
    for kind in SIZES:
        own, best, by_hand, proved = [], 0, 0, 0
        for seed in range(asked.seeds):
            begun = time.monotonic()
            found = optimise(group(kind, seed, asked.members), seconds=60)
            own.append(time.monotonic() - begun)
            best += found["total"]
            by_hand += found["glouton"]["total"]
            proved += found["verification"]["plan"] and found["verification"]["borne"]
        times += own
        say(f"{kind}: proved and checked", proved, "groups", asked.seeds, proved / asked.seeds)
        say(f"{kind}: longest", round(max(own), 2), "s", BAR, round(max(own) / BAR, 3))
        say(f"{kind}: total", best, "€", by_hand, round(best / by_hand, 4))
    say("longest of all", round(max(times), 2), "s", BAR, round(max(times) / BAR, 3))
    begun = time.monotonic()
    found = optimise(spending(group("contrasted", 0, asked.members), 1), seconds=60)
    say("with planned spend: time", round(time.monotonic() - begun, 2), "s", BAR, None)
    say("with planned spend: certified", int(found["verification"]["borne"]), "group", 1)
    size = len(json.dumps(found["certificat"])) / 1000
    say(
        "with planned spend: certificate",
        round(size, 1),
        "kB",
        round(len(json.dumps(frozen(group("contrasted", 0, 20)))) / 1000, 1),
    )
    if asked.naive:
        for kind in SIZES:
            instance = group(kind, 0, asked.members)
            begun = time.monotonic()
            found = optimise(instance, seconds=60)
            spent = time.monotonic() - begun
            total, bound, seconds = naive(instance, asked.naive)
            say(f"{kind}: naive formulation, time", round(spent, 2), "s", round(seconds, 2), round(spent / seconds, 3))
            say(f"{kind}: naive formulation, total", found["total"], "€", total, round(found["total"] / total, 4))
            say(f"{kind}: naive formulation, bound", found["borne"], "€", bound, round(found["borne"] / bound, 4))


if __name__ == "__main__":
    main()
