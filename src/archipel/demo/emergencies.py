"""The emergency departments of the demonstration: years of invented daily counts, and a folder for the RPU files.

The yearly activity of each department is the real one (SAE); its days are drawn around it and say so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from archipel.connectors.rpu.building import daily_range, sites
from archipel.connectors.rpu.deposits import deposit
from archipel.demo.simulator.profiles import ED_WEEKDAYS
from archipel.demo.site import scope_for
from archipel.domains.flow import public as flow
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.territory.reference_values import RefGht, RefUrgences

TARGET = "ARCHIPEL_RPU_TARGET"
RECENT_DAYS = 60
PARIS = ZoneInfo("Europe/Paris")


def seed(ght: RefGht) -> None:
    """Write the counts of the past, once: the same week of three years for BJML, the last two months for means."""
    scope, today = scope_for(ght), clock.now().astimezone(PARIS).date()
    years = flow.tension_config().bjml_years
    wanted = sorted({*flow.same_week(today, years), *(today - timedelta(days=n) for n in range(2, RECENT_DAYS))})
    with in_scope(scope):
        for ej in ght.ejs:
            for eg in ej.egs:
                if eg.urgences:
                    counts = {day: _day(eg.finess.value, eg.urgences, day) for day in wanted}
                    flow.store_days(scope=scope, establishment=ej.finess.value, site=eg.finess.value, counts=counts)


def _day(site: str, departments: Iterable[RefUrgences], day: date) -> flow.DayCount:
    """One invented day of a site."""
    draw = Random(f"{site}|{day}")  # noqa: S311 - a simulation
    passages = hospitalised = 0
    for one in departments:
        mean = one.passages / 365 * ED_WEEKDAYS[day.weekday()]
        count = max(0, round(draw.gauss(mean, mean**0.5 * 1.2)))
        passages += count
        share = (one.hospitalises or 0) / max(1, one.passages)
        hospitalised += sum(1 for _ in range(count) if draw.random() < share)
    minutes = hospitalised * max(120, round(draw.gauss(330, 45)))
    return flow.DayCount(day.toordinal(), passages, passages, hospitalised, minutes, round(passages * 0.16))


def refresh(ght: RefGht) -> None:
    """Once the history is there: levels of tension, and the files of the night in their folder."""
    flow.compute_tension(force=True)
    target = os.environ.get(TARGET, "")
    if not target.startswith("dossier:"):
        return
    Path(target.removeprefix("dossier:")).mkdir(parents=True, exist_ok=True)
    scope = scope_for(ght)
    first, last = daily_range(clock.now())
    with in_scope(scope):
        wanted = sorted(sites())
    for site in wanted:
        deposit(scope=scope, site=site, first=first, last=last)
