"""``make bench B=forecast``: the time of a refresh, and what the forecasts are worth beside the baselines.

On the simulator: a whole group (BFC-01: 9 sites, 3 emergency departments) lives through its past without messages, its
stays are written in the live tables of an embedded PostgreSQL, and everything is forecast once by two processes. On the
open data (UCL patientflow, synthetic ED admissions, MIT), where ``ARCHIPEL_REFERENCE_DATA`` is set: one day ahead. One
JSON object a line: ``{"bench", "figure", "value", "unit", "peer", "ratio"}``; ``ratio`` is above 1 when ours is better.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg

from archipel.demo.past import Stretch, stretches
from archipel.demo.simulator.calendar import PARIS
from archipel.demo.structure import DemoStructure, build_structure
from archipel.foundation import postgres, runtime
from archipel.kernel import clock
from archipel.scenarios.forecast.rules import daily
from archipel.scenarios.forecast.rules.holidays import Calendar
from archipel.territory.reference import ght as reference_ght
from archipel.territory.reference_values import RefGht

BAR_SECONDS = 60.0
COPY = (
    "COPY flow_segment (establishment, venue_id, begin, end_at, uf, chambre, lit, uf_medicale, uf_soins, patient_class,"
    " present, sexe, movement) FROM STDIN"
)
FIRST, DAYS = date(2031, 3, 1), 306


def say(figure: str, value: float, unit: str, peer: str = "", ratio: float | None = None) -> None:
    """Print one figure."""
    line = {"bench": "forecast", "figure": figure, "value": round(value, 3), "unit": unit, "peer": peer,
            "ratio": None if ratio is None else round(ratio, 3)}  # fmt: skip
    print(json.dumps(line, ensure_ascii=False), flush=True)


def open_data(root: Path) -> None:
    """ED admissions a day ahead, every day from the 29th on."""
    path = root / "flow/forecast/ucl_patientflow_synthetic_inpatient_arrivals.csv"
    with path.open(encoding="utf-8") as file:
        found = Counter(row["arrival_datetime"][:10] for row in csv.DictReader(file))
    values = np.array([found[(FIRST + timedelta(n)).isoformat()] for n in range(DAYS)], dtype=float)
    kinds = Calendar().kinds(FIRST, DAYS + 1)
    week = float(np.abs(values[7:] - values[:-7]).mean())
    month = float(np.abs(values[28:] - np.array([values[o - 28 : o].mean() for o in range(28, DAYS)])).mean())
    errors = []
    for o in range(28, DAYS):
        said = daily.candidates(values[:o], kinds.part(0, o), kinds.part(o, o + 1), None)["calendrier"][0]
        errors.append(abs(said - values[o]))
    ours = float(np.mean(errors))
    say("open data, MAE a day ahead", ours, "admissions", f"lag-7 {week:.2f}", week / ours)
    say("open data, MAE a day ahead", ours, "admissions", f"28-day mean {month:.2f}", month / ours)
    draws = np.random.default_rng(1).poisson(values.mean(), 400_000)
    floor = float(np.abs(draws - np.median(draws)).mean())
    say("open data, MAE of the true mean of a Poisson of that rate", floor, "admissions", "the floor")


def write(past: Iterator[Stretch], structure: DemoStructure, since: datetime) -> int:
    """The stays that go on after a moment, in the live tables, as the owner of the database."""
    units = {(uf.site, uf.filiere): uf for uf in reversed(structure.ufs)}
    count = number = 0
    with psycopg.connect(os.environ["DATABASE_URL"]) as owner, owner.cursor().copy(COPY) as copy:
        for one in past:
            number += not one.before
            if one.left is None or since < one.left != one.entered:
                uf = units[one.site, one.filiere].code
                copy.write_row(
                    (one.establishment, number, one.entered, one.left, uf, "", "", "", "", "I", True, "", "m")
                )
                count += 1
    return count


def house(folder: Path, ght: RefGht, days: int) -> DemoStructure:
    """An installation with the structure of the group and its past."""
    runtime.boot(folder, owner_pid=os.getpid())
    from archipel.demo import site

    structure = build_structure(ght, seed=1)
    site.prepare(ght, structure)
    now = clock.now().astimezone(PARIS)
    begin = time.monotonic()
    past = stretches(ght, structure, start=now - timedelta(days=days + 21), end=now, seed=3)
    count = write(past, structure, now - timedelta(days=days))
    say("past made up and written", time.monotonic() - begin, "s", f"{count} stays, {days} days")
    return structure


def worth() -> None:
    """Error, pinball loss and calibration of what was just computed, by measure."""
    from archipel.foundation.scope import in_scope
    from archipel.scenarios.forecast import public as forecast

    scope = forecast.everyone()
    with in_scope(scope):
        found = [one for one in forecast.curves(scope=scope) if one.model is not None and one.model.count]
    groups: dict[tuple[str, str, str], list[forecast.CurveInfo]] = defaultdict(list)
    for one in found:
        groups[one.key.measure, one.grain.value, one.key.level].append(one)
    for (measure, grain, level), each in sorted(groups.items()):
        name = f"{measure}, {grain}, {level}"
        whole = [one for one in each if not one.key.filiere]
        for one in whole if level == "ght" else ():
            assert one.model is not None
            best = min(base.mae for base in one.baselines)
            peer = ", ".join(f"{base.method} {base.mae:.2f}" for base in one.baselines)
            say(f"{name}: MAE of the model ({one.model.method})", one.model.mae, "patients", peer, best / one.model.mae)
        better = sum(one.state == "modele" for one in each)
        say(f"{name}: series where a model is shown", 100 * better / len(each), "%", f"{better} of {len(each)}")
        shown = [one.shown for one in each if one.shown is not None]
        weights = np.array([one.count for one in shown], dtype=float)
        inside = float(np.average([one.coverage for one in shown], weights=weights))
        low, middle, high = (float(np.average([one.below[n] for one in shown], weights=weights)) for n in range(3))
        peer = f"80 expected; under P10 {low:.0%}, P50 {middle:.0%}, P90 {high:.0%}"
        say(f"{name}: truth inside P10-P90", 100 * inside, "%", peer)
        pairs = [(one.shown, one.baselines[0]) for one in each if one.baselines[0].pinball > 0]
        loss = float(np.mean([ours.pinball / base.pinball for ours, base in pairs if ours is not None]))
        say(f"{name}: pinball loss of what is shown, over the best baseline", loss, "ratio", "1: no gain", 1 / loss)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=150)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ght", default="BFC-01", help="9 sites; 21-52 has 15")
    arguments = parser.parse_args()
    if root := os.environ.get("ARCHIPEL_REFERENCE_DATA"):
        open_data(Path(root))
    ght = reference_ght(arguments.ght)
    with tempfile.TemporaryDirectory(prefix="archipel-bench-") as name:
        folder = Path(name)
        house(folder, ght, arguments.days)
        from archipel.scenarios.forecast import public as forecast

        before, begin = os.times(), time.monotonic()
        done = forecast.refresh(workers=arguments.workers)
        seconds, after = time.monotonic() - begin, os.times()
        cpu = sum(after[:4]) - sum(before[:4])
        sites = len({eg.finess for ej in ght.ejs for eg in ej.egs})
        say(f"refresh of {sites} sites, {done.curves} curves, {arguments.workers} processes", seconds, "s",
            f"bar {BAR_SECONDS:g} s", BAR_SECONDS / seconds)  # fmt: skip
        say("processor time of the refresh", cpu, "s", f"load of the machine {os.getloadavg()[0]:.1f}")
        worth()
        postgres.stop(folder / runtime.CLUSTER)


if __name__ == "__main__":
    main()
