"""A past that forecasts can learn from: segments in the live tables, drawn with a fixed seed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import Segment
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.scenarios.forecast import public as forecast
from archipel.scenarios.forecast.models import Curve, Refresh
from tests.factories.beds import CHU, make_unit, system

PARIS = ZoneInfo("Europe/Paris")
SITE = "210987558"
HOURS = np.array([2, 2, 1, 1, 1, 1, 2, 3, 4, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 5, 4, 3], dtype=float)
WEEK = (2.0, 1.1, 0.9, 0.9, 1.0, 0.7, 0.4)


def make_hospital(establishment: str = CHU, site: str = "210987558") -> None:
    """An emergency department and two wards, with a bed each in the structure."""
    with in_scope(system()):
        make_unit("9001", establishment=establishment, site=site, filiere="URG", beds="B1-1", usage="box")
        make_unit("3001", establishment=establishment, site=site, filiere="MED")
        make_unit("4001", establishment=establishment, site=site, filiere="CHI")


def make_past(days: int, *, until: datetime, a_day: float = 30.0, seed: int = 5, establishment: str = CHU) -> int:
    """Passages and stays over the days before a moment; returns how many segments."""
    dice = np.random.default_rng(seed)
    rows: list[Segment] = []
    start = (until - timedelta(days=days)).astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    shape = HOURS / HOURS.sum()
    number = 0
    for day in range(days + 1):
        midnight = start + timedelta(days=day)
        for hour, share in enumerate(shape):
            for _ in range(dice.poisson(a_day * share * WEEK[midnight.weekday()])):
                number += 1
                entered = midnight + timedelta(hours=hour, minutes=float(dice.uniform(0, 59)))
                if entered < until:
                    rows += _passage(dice, number, entered, until, establishment)
    with in_scope(system(establishment)):
        Segment.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


def _passage(
    dice: np.random.Generator, number: int, entered: datetime, until: datetime, establishment: str
) -> list[Segment]:
    left = entered + timedelta(hours=float(dice.exponential(3)) + 0.2)
    path = [("9001", entered, left)]
    if dice.random() < 0.3:
        stay = timedelta(days=float(dice.exponential(4)) + 0.3)
        path.append(("3001" if dice.random() < 0.7 else "4001", left, left + stay))
    return [
        Segment(
            establishment=establishment, venue_id=number, begin=begin, end_at=None if end > until else end, uf=uf,
            patient_class="I", present=True, movement=f"m|{number}|{uf}",
        )
        for uf, begin, end in path
        if begin < until
    ]  # fmt: skip


def quality(method: str, mae: float, horizons: int) -> dict[str, Any]:
    """How well a method did."""
    return {"method": method, "mae": mae, "pinball": mae / 3, "below": [0.09, 0.52, 0.91], "coverage": 0.82,
            "count": 196, "mae_by_horizon": [mae + n / 50 for n in range(horizons)]}  # fmt: skip


def make_curves() -> None:
    """The curves of a refresh, written by hand: by day, by hour with totals, a baseline shown, one too short."""
    now = clock.now()
    today, hour = now.astimezone(PARIS).date(), now.astimezone(PARIS).replace(minute=0, second=0, microsecond=0)
    days = [(today + timedelta(n)).isoformat() for n in range(8)]
    seen = [[(today - timedelta(n)).isoformat(), 80 + n % 7, 70.0, 82.0, 95.0] for n in range(28, 0, -1)]
    hours = [(hour.replace(tzinfo=None) + timedelta(hours=n)).isoformat(timespec="minutes") for n in range(168)]
    past = [[(hour.replace(tzinfo=None) - timedelta(hours=n)).isoformat(timespec="minutes"), n % 6, 1.0, 3.0, 6.0]
            for n in range(72, 0, -1)]  # fmt: skip
    daily = {"state": "modele", "method": "calendrier", "points": [[day, 71.0, 83.5, 96.0] for day in days],
             "seen": seen, "model": quality("calendrier", 7.2, 8), "history": 90, "imported": 60,
             "baselines": [quality("moyenne-28", 8.1, 8), quality("j-7", 9.9, 8)]}  # fmt: skip
    hourly = {**daily, "state": "reference", "method": "moyenne-28-heure", "seen": past,
              "points": [[moment, 1.0, 3.2, 6.0] for moment in hours], "model": quality("profil", 1.9, 168),
              "baselines": [quality("moyenne-28-heure", 1.8, 168)]}  # fmt: skip
    total = {"state": "modele", "method": "profil", "points": [["", 70.0, 83.0, 97.0]],
             "model": quality("profil", 8.0, 1), "baselines": [quality("h-168", 9.0, 1)]}  # fmt: skip
    hourly["totals"] = {str(span): total for span in (1, 4, 12, 24, 48)}
    short = {"state": "trop-court", "known": 20, "needed": 56, "possible_on": "2027-01-02", "points": [], "seen": seen}
    made = [("site", SITE, "arrivees", "", "jour", daily), ("site", SITE, "arrivees", "", "heure", hourly),
            ("ght", "BFC-03", "arrivees", "", "jour", daily), ("site", SITE, "sorties", "MED", "jour", short),
            ("site", SITE, "presents", "MED", "heure", {**hourly, "totals": {}})]  # fmt: skip
    with in_scope(forecast.everyone()):
        row = Refresh.objects.create(
            establishments=[CHU], actor="x", asked_at=now, told_at=now, ended_at=now, at=now, state=Refresh.DONE
        )
        for level, code, measure, filiere, grain, content in made:
            Curve.objects.create(
                refresh=row, establishments=[CHU], level=level, code=code, measure=measure, filiere=filiere,
                grain=grain, at=now, content=content,
            )  # fmt: skip


def make_offer() -> None:
    """An offer of the ROR that counts the medical ward."""
    hands = system()
    offer = flow.Offer(CHU, f"1{SITE}", "MED-A", "Médecine A", "MED", units=("3001",), valid_from=date(2026, 1, 1))
    with in_scope(hands):
        flow.declare_offer(scope=hands, offer=offer)
