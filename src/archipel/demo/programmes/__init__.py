"""What the demonstration knows of national programmes: real establishments, invented values that say so.

Each room's module has ``seed(scope, ght)``, which does nothing when it was run before.
"""

from __future__ import annotations

from collections.abc import Callable

from archipel.demo.programmes import aide, dossiers, facts, maturite, perimeter, proof
from archipel.foundation.scope import EVERYWHERE, Scope, in_scope, system_scope
from archipel.territory import reference
from archipel.territory.reference_values import RefGht

SEEDS: tuple[Callable[[Scope, RefGht], None], ...] = (
    perimeter.seed,
    facts.seed,
    dossiers.seed,
    maturite.seed,
    aide.seed,
    proof.seed,
)
"""In the order in which they need one another."""


def seed(ght: RefGht) -> None:
    """Make the region's programmes ready for a demonstration of this group."""
    everyone = [ej.finess.value for group in reference.ghts() for ej in group.ejs]
    scope = system_scope("démonstration", [*everyone, EVERYWHERE])
    with in_scope(scope):
        for one in SEEDS:
            one(scope, ght)


def refresh() -> None:
    """What depends on the simulated history, once it is loaded."""
    proof.refresh()
