"""The past of a demonstration, counted: the simulator run over the months before its first message.

It goes in as a hospital would bring its own history: by the import of counts, marked synthetic.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from archipel.demo.past import since, stretches
from archipel.demo.simulator.calendar import PARIS
from archipel.demo.structure import DemoStructure
from archipel.scenarios.forecast import public as forecast
from archipel.scenarios.forecast.rules import counting
from archipel.scenarios.forecast.rules.sheet import COLUMNS
from archipel.scenarios.forecast.values import Measure
from archipel.territory.reference_values import RefGht

DAYS = 75
"""How many days of past a demonstration is given."""
WARM_UP = 21
"""Days that the simulator needs to forget how it began."""


def counts_sheet(ght: RefGht, structure: DemoStructure, *, end: datetime, seed: int, days: int = DAYS) -> bytes:
    """The counts of the days before a local midnight, as the file that the import of a history takes.

    Emergency departments and sites hour by hour, filières by day.
    """
    past = stretches(ght, structure, start=since(end, days + WARM_UP), end=end, seed=seed + 1)
    found = counting.events(past, lambda at: at.astimezone(PARIS))
    frame = counting.Frame.up_to(end, days)
    lines = [";".join(COLUMNS)]
    for key, one in counting.live_series(found, frame).items():
        hourly = not key.filiere and key.measure != Measure.PRESENTS
        for rank in range(frame.days):
            day = frame.first + timedelta(rank)
            values = one.hourly[rank * 24 : rank * 24 + 24] if hourly else [one.daily[rank]]
            for hour, value in enumerate(values):
                if value == value and (value or not hourly or hour == 0):
                    when = hour if hourly else ""
                    lines.append(f"{day.isoformat()};{when};{key.code};{key.measure};{key.filiere};{int(value)}")
    return "\n".join(lines).encode()


def seed(ght: RefGht, structure: DemoStructure, *, start: datetime, dice: int) -> int:
    """Import the made-up past of a demonstration once; forecasts are then made. Returns the days written.

    Args:
        ght: the group.
        structure: its made-up units.
        start: when its messages begin.
        dice: the seed of the demonstration.
    """
    scope = forecast.everyone()
    if forecast.imported():
        return 0
    end = since(start.astimezone(PARIS), -1)
    raw = counts_sheet(ght, structure, end=end, seed=dice)
    number = forecast.receive(scope=scope, raw=raw, name="passé synthétique de la démonstration.csv")
    return forecast.apply(scope=scope, number=number)
