"""What the pages of the fil d'Ariane are asked in the walk of every route."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel import clock
from archipel.passages.pathway.models import Thread


def furnish(code: str, mark: str, venue: int) -> None:
    """A page of a passage of the establishment, opened by somebody who holds its mark."""
    now = clock.now()
    with in_scope(system_scope("tests", [code])):
        Thread.objects.create(
            establishment=code, venue_number=venue, token_hash=f"{mark}EMPREINTE", opened_by=f"{mark}AGENT",
            opened_at=now, expires_at=now + timedelta(hours=5),
        )  # fmt: skip


def values(pattern: str, name: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    return ["x" * 43] if pattern.startswith("fil/") and name == "token" else None


BODIES: dict[str, list[dict[str, Any]]] = {
    "urgences/patients/<int:venue>/fil/ouvrir": [{"accord": "1", "langue": "fr"}],
    "urgences/patients/<int:venue>/fil/agir": [
        {"action": "dire", "marque": "examens"}, {"action": "taire"}, {"action": "reprendre"}, {"action": "fermer"},
    ],
}  # fmt: skip
