"""The one clock. In production it is the machine's; a demonstration may run it faster.

``ARCHIPEL_CLOCK`` is ``"<machine seconds>;<shown seconds>;<speed>"``: at the first instant (Unix time) the clock
shows the second one, then advances ``speed`` times as fast as the machine.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from archipel.kernel.errors import Invalid

VARIABLE = "ARCHIPEL_CLOCK"
PARIS = ZoneInfo("Europe/Paris")


class Clock:
    """A clock that may be ahead of the machine's, and faster."""

    def __init__(self, setting: str = "") -> None:
        """Read the setting.

        Raises:
            Invalid: it is not three numbers separated by ``;``.
        """
        try:
            machine, shown, speed = (float(part) for part in setting.split(";")) if setting else (0.0, 0.0, 1.0)
        except ValueError as error:
            raise Invalid(
                f"{VARIABLE} : trouvé « {setting[:60]} », attendu trois nombres séparés par « ; »."
            ) from error
        self.machine, self.shown, self.speed = machine, shown, speed

    @property
    def real(self) -> bool:
        """Whether it is simply the machine's."""
        return self.speed == 1.0 and self.machine == self.shown

    def now(self) -> datetime:
        """The time shown, aware, in UTC."""
        return datetime.fromtimestamp(self.shown + (time.time() - self.machine) * self.speed, UTC)


_CLOCK = Clock(os.environ.get(VARIABLE, ""))


def now() -> datetime:
    """The time shown by this process's clock."""
    return _CLOCK.now()


def day_of(moment: datetime) -> date:
    """The day that it is in Paris at an aware moment: an hour or two after midnight, UTC still says the day before."""
    return moment.astimezone(PARIS).date()


def today() -> date:
    """The day that it is in Paris."""
    return day_of(now())


def configure(setting: str) -> None:
    """Give this process and its children another clock."""
    global _CLOCK
    _CLOCK = Clock(setting)
    os.environ[VARIABLE] = setting


def current() -> Clock:
    """This process's clock."""
    return _CLOCK
