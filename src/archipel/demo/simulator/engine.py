"""The engine: builds the hospitals, fills them, and lets time pass."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from archipel.demo.simulator.calendar import HOUR
from archipel.demo.simulator.core import Core, Deed, Fact
from archipel.demo.simulator.emergency import NO_SURGE, EmergencyFlow, Surge
from archipel.demo.simulator.planning import Planning
from archipel.demo.simulator.wards import WardFlow
from archipel.demo.simulator.world import World
from archipel.demo.structure import DemoStructure
from archipel.territory.reference_values import RefGht

WARM_UP = 14 * HOUR
"""The simulation begins that much before, so that the emergency departments are in full work at the beginning."""


class Simulation:
    """The hospitals of a GHT, living. Deterministic for a seed."""

    def __init__(
        self, ght: RefGht, structure: DemoStructure, *, start: int, seed: int, surge: Surge = NO_SURGE
    ) -> None:
        random = Random(seed)  # noqa: S311 - a simulation, not a secret
        self.world = World(ght, structure, random)
        self.core = Core(self.world, random, start - WARM_UP)
        self.wards = WardFlow(self.core)
        self.emergency = EmergencyFlow(self.core, self.wards, surge)
        self.planning = Planning(self.core, self.wards, self.emergency)

    def _say_closed(self) -> None:
        """Tell which beds are closed at the beginning."""
        for ward in self.world.inpatient_wards():
            for bed in ward.beds:
                if not bed.armed:
                    self.core.deed("lit_ferme", ward, bed, None, motif="personnel")

    def run(self) -> Iterator[tuple[int, list[Fact | Deed]]]:
        """Yield, step by step, the present instant and what happened; the list is reused, take it at once.

        The first step holds the stays already under way, whose facts are in the past. Never ends.
        """
        core = self.core
        self.planning.calibrate()
        self.planning.fill()
        self.planning.start()
        self._say_closed()
        while True:
            if core.facts:
                yield core.now, core.facts
                core.facts.clear()
            if not core.step():
                return
