"""The least-effort plan of a group of 50 entities: time, and effort against a greedy plan and a direct CP-SAT model.

``make bench B=maturity`` prints one JSON line per figure. The instances are drawn at random from a fixed seed: each
indicator stands at a level from 0 to 3, each step takes from 1 to 20 days, each entity has an AC from 200 to 90,000.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from fractions import Fraction
from math import ceil, lcm

from ortools.sat.python import cp_model

from archipel.programmes.maturity.rules.effort import But, Entite, Lot, Point, Probleme, goal_reached, plan_problems
from archipel.programmes.maturity.rules.solve import least_effort
from archipel.programmes.maturity.values import Agregation

RUBRICS = {"6": (2, 2, 2), "30": (5,) * 6, "118": (6, 5, 5, 7, 5, 7, 6, 4, 3, 4, 4, 6, 3, 11, 3, 5, 5, 4, 2, 2, 2, 6, 2,
                                                   4, 1, 1, 1, 4)}  # fmt: skip
"""Sizes of the rubrics; the last are those of the identity maturity indicators (28 key points, 118 indicators)."""
TARGET, SHARE, BAR = Fraction(3), Fraction(66, 100), 1.0


def drawn(entities: int, sizes: tuple[int, ...], goal: But, rule: Agregation, seed: int = 1) -> Probleme:
    """A group at random."""
    dice = random.Random(seed)
    made = []
    for e in range(entities):
        lots = []
        for r, size in enumerate(sizes):
            points = []
            for i in range(size):
                level = dice.randint(0, 3)
                efforts = tuple(Fraction(dice.randint(1, 20)) for _ in range(4 - level))
                points.append(Point(f"i{r}.{i}", level, efforts))
            lots.append(Lot(f"r{r}", tuple(points)))
        made.append(Entite(f"e{e}", Fraction(dice.randint(200, 90_000)), tuple(lots)))
    return Probleme(tuple(made), goal, TARGET, SHARE, rule, rule)


def greedy(problem: Probleme) -> Fraction:
    """What people do: the cheapest step of the moment, again and again, until the goal is met; the effort."""
    reached = {(e.id, p.indicateur): p.niveau for e in problem.entites for lot in e.lots for p in lot.points}
    steps = sorted(
        ((p.efforts[rank], e.id, p.indicateur, p.niveau + rank + 1) for e in problem.entites for lot in e.lots
         for p in lot.points for rank in range(len(p.efforts))),
    )  # fmt: skip
    total, pending = Fraction(0), steps
    done: list[Fraction] = []
    while pending:
        later = []
        for effort, entity, indicator, level in pending:
            if level == reached[entity, indicator] + 1:
                reached[entity, indicator] = level
                done.append(effort)
                if len(done) % 25 == 0 and goal_reached(problem, reached):
                    return sum(done, total)
            else:
                later.append((effort, entity, indicator, level))
        pending = later
    return sum(done, total)


def direct(problem: Probleme, seconds: float) -> tuple[float, float, bool]:
    """The same question written as one CP-SAT model (means only): (effort, proved bound, whether optimal)."""
    model, costs, scores = cp_model.CpModel(), [], []
    scale = lcm(*{len(lot.points) * len(e.lots) for e in problem.entites for lot in e.lots})
    for entity in problem.entites:
        score = []
        for lot in entity.lots:
            weight = scale // (len(lot.points) * len(entity.lots))
            for point in lot.points:
                below = None
                score.append(weight * point.niveau)
                for effort in point.efforts:
                    step = model.new_bool_var("")
                    costs.append(int(effort) * step)
                    score.append(weight * step)
                    if below is not None:
                        model.add_implication(step, below)
                    below = step
        scores.append(sum(score))
    total = int(sum(e.ac for e in problem.entites))
    if problem.but is But.MOYENNE:
        model.add(
            sum(int(e.ac) * s for e, s in zip(problem.entites, scores, strict=True)) >= int(TARGET) * scale * total
        )
    else:
        holds = [model.new_bool_var("") for _ in scores]
        for hold, score in zip(holds, scores, strict=True):
            model.add(score >= int(TARGET) * scale).only_enforce_if(hold)
        carried = sum(int(e.ac) * h for e, h in zip(problem.entites, holds, strict=True))
        model.add(carried >= (ceil(problem.part * total) if problem.but is But.PART else total))
    model.minimize(sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, 1
    status = solver.solve(model)
    return solver.objective_value, solver.best_objective_bound, status == cp_model.OPTIMAL


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entities", type=int, default=50)
    parser.add_argument("--peer-seconds", type=float, default=10.0)
    asked = parser.parse_args()
    for size, sizes in RUBRICS.items():
        for goal in But:
            for rule in Agregation:
                problem = drawn(asked.entities, sizes, goal, rule)
                begin = time.perf_counter()
                plan = least_effort(problem)
                took = time.perf_counter() - begin
                assert plan_problems(problem, plan) == [], "the plan does not stand its check"
                name = f"{asked.entities} entités × {size} indicateurs, {goal}, {rule}"
                figure(name, round(took, 3), "s", f"bar {BAR:g} s", round(BAR / took, 2))
                figure(
                    name, float(plan.effort), "jours", "pas le moins cher d'abord", ratio(greedy(problem), plan.effort)
                )
                if rule is Agregation.MOYENNE:
                    peer(name, problem, float(plan.effort), took, asked.peer_seconds)


def peer(name: str, problem: Probleme, effort: float, took: float, seconds: float) -> None:
    """The direct model on the same question."""
    begin = time.perf_counter()
    value, bound, optimal = direct(problem, seconds)
    spent = time.perf_counter() - begin
    assert bound <= effort + 1e-6 and (not optimal or round(value) == round(effort)), "the two solvers disagree"
    found = f"{value:.0f} jours" if value else "aucun plan"
    said = "CP-SAT direct, optimal" if optimal else f"CP-SAT direct, arrêté : {found}, borne {bound:.0f}"
    figure(name, round(spent, 3), "s", said, round(spent / took, 1))


def ratio(other: Fraction, ours: Fraction) -> float:
    """How many times more."""
    return round(float(other / ours), 3)


def figure(name: str, value: float, unit: str, peer: str, ratio: float) -> None:
    """One line of JSON."""
    line = {"bench": "maturity", "figure": name, "value": value, "unit": unit, "peer": peer, "ratio": ratio}
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
