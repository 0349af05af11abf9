"""Scenarios of the demonstration, computed for good on its fictitious inventory; one is chosen by the group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from django.utils import timezone

from archipel.demo.catalogue import FICTITIOUS
from archipel.foundation.scope import Scope, in_scope
from archipel.scenarios.trajectory import public as trajectory
from archipel.scenarios.trajectory.public import Preset, Settings
from archipel.territory.reference_values import RefGht

CHOSEN = Preset.UN_DPI
NOTE = f"Choix fictif du comité stratégique. {FICTITIOUS}."


def prepare(scope: Scope, ght: RefGht) -> int:
    """Compute the presets on the inventory of the beginning of the year, once; returns how many were made.

    The year under way is the first of the horizon, so that the follow-up has something to say.
    """
    year = timezone.localdate().year
    with in_scope(scope):
        if trajectory.scenarios(1):
            return 0
    made = 0
    for preset in Preset:
        with in_scope(scope):
            number = trajectory.create(
                scope=scope, preset=preset, members=[ej.finess.value for ej in ght.ejs], day=date(year, 1, 2),
                change=_from(year, prices=preset is CHOSEN),
            )  # fmt: skip
            run = trajectory.ask(scope=scope, number=number)
        while (claimed := trajectory.claim()) is not None:
            trajectory.execute(claimed)
            if claimed == run:
                break
        made += 1
        if preset is CHOSEN:
            with in_scope(scope):
                trajectory.choose(scope=scope, number=number, note=NOTE)
    return made


def _from(year: int, *, prices: bool) -> Callable[[Settings], Settings]:
    def change(settings: Settings) -> Settings:
        return replace(settings, first_year=year, mandatory_from=year + 1, seconds=20, prices=prices)

    return change
