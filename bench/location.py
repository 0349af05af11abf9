"""The location kernels on public instances: cost against the published optimum, bound, and time.

Instances: OR-Library p-median (Beasley 1985), all 40; single-source capacitated location (Holmberg, Rönnqvist and Yuan
1999), a sample unless ``--all``. They are read from the folder named by ``ARCHIPEL_REFERENCE_DATA``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np

from archipel.scenarios.location import pmedian, singlesource
from archipel.scenarios.location.singlesource import Capacitated

SAMPLE = (1, 7, 13, 19, 25, 31, 41, 50, 56, 64, 71)


def say(figure: str, value: float, unit: str, peer: float | str | None = None) -> None:
    """One line of the report; the peer is the published optimum."""
    ratio = value / peer if isinstance(peer, int | float) and peer else None
    print(
        json.dumps({"bench": "location", "figure": figure, "value": value, "unit": unit, "peer": peer, "ratio": ratio})
    )


def pmed(path: Path) -> tuple[np.ndarray, int]:
    """Shortest paths between all vertices of an OR-Library graph, and p."""
    numbers = list(map(int, path.read_text().split()))
    n, edges, p = numbers[:3]
    costs = np.full((n, n), 10**6, np.int64)
    np.fill_diagonal(costs, 0)
    for a, b, length in np.array(numbers[3 : 3 + 3 * edges]).reshape(edges, 3):
        costs[a - 1, b - 1] = costs[b - 1, a - 1] = length
    for k in range(n):
        np.minimum(costs, costs[:, k : k + 1] + costs[k : k + 1, :], out=costs)
    return costs.astype(float), p


def holmberg(path: Path) -> Capacitated:
    """One instance: sizes, capacities, opening costs, demands, serving costs by client."""
    text = path.read_text().split()
    sites, clients = int(text[0]), int(text[1])
    v = np.array(text[2:], dtype=float)
    serving = v[2 * sites + clients :][: sites * clients].reshape(clients, sites)
    return Capacitated(v[:sites], v[sites : 2 * sites], v[2 * sites : 2 * sites + clients], serving)


def instances() -> Path:
    """The folder of the public instances; ends with a sentence when it is not there."""
    named = os.environ.get("ARCHIPEL_REFERENCE_DATA")
    if not named:
        sys.exit("bench location: ARCHIPEL_REFERENCE_DATA must name the folder that holds or/orlib-pmed (not set).")
    folder = Path(named) / "or"
    if not (folder / "orlib-pmed" / "pmedopt.txt").is_file():
        sys.exit(
            f"bench location: no or/orlib-pmed/pmedopt.txt in {named}, the folder that ARCHIPEL_REFERENCE_DATA names."
        )
    return folder


def main() -> None:
    """Solve, compare, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0, help="time given to each instance")
    parser.add_argument("--all", action="store_true", help="every single-source instance")
    asked = parser.parse_args()
    folder = instances()
    lines = [line.split() for line in (folder / "orlib-pmed" / "pmedopt.txt").read_text().splitlines()]
    optimum = {line[0]: int(line[1]) for line in lines if len(line) == 2 and line[0].startswith("pmed")}
    proved, spent, worst = 0, 0.0, 0.0
    for name, best in optimum.items():
        costs, p = pmed(folder / "orlib-pmed" / f"{name}.txt")
        plan = pmedian.solve(costs, p, seconds=asked.seconds)
        proved, spent, worst = proved + plan.proven, spent + plan.seconds, max(worst, plan.cost / best - 1)
        say(f"{name} n={len(costs)} p={p} cost", plan.cost, "distance", best)
        say(f"{name} gap", round(100 * plan.gap, 4), "%")
        say(f"{name} time", round(plan.seconds, 2), "s")
    say("p-median proved", proved, "instances", len(optimum))
    say("p-median worst distance to the published optimum", round(100 * worst, 4), "%")
    say("p-median time, all", round(spent, 1), "s")
    published = [float(x) for x in (folder / "sscflp-holmberg" / "os").read_text().split()]
    for number in range(1, 72) if asked.all else SAMPLE:
        found = singlesource.solve(holmberg(folder / "sscflp-holmberg" / f"p{number}"), seconds=asked.seconds)
        say(f"holmberg p{number} cost", found.cost, "cost", published[number - 1])
        say(f"holmberg p{number} time", round(found.seconds, 2), "s")


if __name__ == "__main__":
    main()
