"""Scenarios for tests: the demonstration's inventory of three members, or a small one."""

from __future__ import annotations

from dataclasses import replace

from archipel.demo import inventory as demo
from archipel.demo.site import scope_for
from archipel.demo.structure import build_structure
from archipel.foundation.scope import Scope, in_scope
from archipel.scenarios.trajectory import public as trajectory
from archipel.scenarios.trajectory.public import Preset
from archipel.territory.public import load_reference
from archipel.territory.reference import ght as reference_ght
from tests.factories.systems import CHU, LANGRES

GHT = reference_ght("BFC-03")
THIRD = next(ej.finess.value for ej in GHT.ejs if ej.finess.value not in (CHU, LANGRES))
MEMBERS = sorted({CHU, LANGRES, THIRD})


def furnish() -> Scope:
    """The demonstration's inventory, for three members; returns who keeps it."""
    small = replace(GHT, ejs=tuple(ej for ej in GHT.ejs if ej.finess.value in MEMBERS))
    scope = scope_for(small)
    with in_scope(scope):
        load_reference(scope=scope_for(GHT), ght_code="BFC-03")
    demo.prepare(scope, small, build_structure(small, seed=1))
    return scope


def make(scope: Scope, preset: Preset = Preset.UN_DPI, title: str = "", **changes: object) -> int:
    """A scenario of the three members; what each constraint costs is not worked out unless told."""
    with in_scope(scope):
        return trajectory.create(
            scope=scope, preset=preset, members=MEMBERS, title=title,
            change=lambda settings: replace(settings, **{"prices": False, **changes}),  # type: ignore[arg-type]
        )  # fmt: skip


def solve(scope: Scope, number: int) -> int:
    """Ask, and answer here; returns the number of the search."""
    with in_scope(scope):
        run = trajectory.ask(scope=scope, number=number)
    assert trajectory.claim() == run
    trajectory.execute(run)
    return run
