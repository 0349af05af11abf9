"""The calendar of this installation: school holidays from its file, local holidays where they apply."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from archipel.kernel.errors import Invalid
from archipel.scenarios.forecast.rules.holidays import Calendar, read_periods


def calendar() -> Calendar:
    """The calendar of the settings.

    Raises:
        Invalid: the file of school holidays cannot be read; its line, what was found and what was expected are told.
    """
    path = settings.SCHOOL_HOLIDAYS
    if not path:
        return Calendar(settings.ALSACE_MOSELLE)
    try:
        periods = read_periods(Path(path).read_text("utf-8").splitlines(), settings.SCHOOL_ZONE)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"Vacances scolaires : {path} ne se lit pas ({error}).", code="vacances") from error
    except ValueError as error:
        raise Invalid(f"Vacances scolaires : {path}, {error}.", code="vacances") from error
    return Calendar(settings.ALSACE_MOSELLE, periods, max((one.last for one in periods), default=None))
