"""The real groups, legal entities and sites of the region."""

from __future__ import annotations

from archipel.foundation.scope import Scope
from archipel.programmes.perimetre import public as perimetre
from archipel.territory.reference_values import RefGht


def seed(scope: Scope, ght: RefGht) -> None:
    """Load them; without effect when they are there."""
    del ght  # the whole region, so that the agency has its groups
    perimetre.load_reference(scope=scope)
