"""On the open data of ED admissions (UCL patientflow, synthetic, MIT): the baselines are found again, and beaten."""

from __future__ import annotations

import csv
import os
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from archipel.scenarios.forecast.rules import daily
from archipel.scenarios.forecast.rules.holidays import Calendar

FIRST, DAYS = date(2031, 3, 1), 306


def admissions() -> np.ndarray:
    """Admissions from the emergency department, by day."""
    root = os.environ.get("ARCHIPEL_REFERENCE_DATA")
    if not root:
        pytest.skip("ARCHIPEL_REFERENCE_DATA is not set")
    path = Path(root) / "flow/forecast/ucl_patientflow_synthetic_inpatient_arrivals.csv"
    with path.open(encoding="utf-8") as file:
        found = Counter(row["arrival_datetime"][:10] for row in csv.DictReader(file))
    assert sum(found.values()) == 12_636
    return np.array([found[(FIRST + timedelta(n)).isoformat()] for n in range(DAYS)], dtype=float)


def test_lag_7_and_the_mean_of_28_days_are_beaten_a_day_ahead() -> None:
    values, kinds = admissions(), Calendar().kinds(FIRST, DAYS + 1)
    week = np.abs(values[7:] - values[:-7]).mean()
    month = np.abs(values[28:] - np.array([values[o - 28 : o].mean() for o in range(28, DAYS)])).mean()
    assert (round(week, 2), round(month, 2)) == (6.98, 5.18)
    ours = []
    for o in range(28, DAYS):
        said = daily.candidates(values[:o], kinds.part(0, o), kinds.part(o, o + 1), None)
        ours.append(abs(said["calendrier"][0] - values[o]))
    error = float(np.mean(ours))
    print(f"\nerreur absolue moyenne à un jour : {error:.2f} (j-7 {week:.2f}, moyenne de 28 jours {month:.2f})")
    assert error < 5.15 < month < week
