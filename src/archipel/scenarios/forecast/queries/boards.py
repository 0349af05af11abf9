"""The answer to the boards of patient flow: what is expected at each site in the next hours."""

from __future__ import annotations

from archipel.domains.flow.public import ExpectedCount
from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.scenarios.forecast.queries.curves import MAX_AGE, curves
from archipel.scenarios.forecast.values import Grain


def forecaster(scope: Scope, hours: int) -> tuple[ExpectedCount, ...]:
    """Arrivals, admissions and discharges expected, by site and filière, and for a group that is alone (no site)."""
    found = []
    for level in ("ght", "site"):
        known = curves(scope=scope, level=level, grain=Grain.HEURE.value)
        if level == "ght" and len({one.key.code for one in known}) > 1:
            continue  # a board shows them all: quantiles do not add up
        for one in known:
            total = one.total(hours)
            if total is None or total.point.p50 is None or clock.now() - one.at > MAX_AGE:
                continue
            point, site = total.point, one.key.code if level == "site" else ""
            found.append(
                ExpectedCount(one.key.measure, site, one.key.filiere, hours, point.p10 or 0.0, point.p50 or 0.0,
                              point.p90 or 0.0, one.at)
            )  # fmt: skip
    return tuple(found)
