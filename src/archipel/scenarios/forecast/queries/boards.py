"""The answer to the boards of patient flow: what is expected at each site in the next hours."""

from __future__ import annotations

from archipel.domains.flow.public import ExpectedCount
from archipel.foundation.scope import Scope
from archipel.scenarios.forecast.queries.curves import totals


def forecaster(scope: Scope, hours: int) -> tuple[ExpectedCount, ...]:
    """Arrivals, admissions and discharges expected, by site and filière, and for a group that is alone (no site)."""
    known = totals(scope=scope, hours=hours)
    alone = len({key.code for key, _, _ in known if key.level == "ght"}) == 1
    return tuple(
        ExpectedCount(
            key.measure, "" if key.level == "ght" else key.code, key.filiere, hours, total.point.p10 or 0.0,
            total.point.p50 or 0.0, total.point.p90 or 0.0, at,
        )
        for key, at, total in known
        if key.level == "site" or alone  # a board shows them all: quantiles do not add up
    )  # fmt: skip
