"""What the pages of forecasts are asked in the walk of every route."""

from __future__ import annotations

from typing import Any

from archipel.foundation.scope import in_scope, system_scope
from archipel.scenarios.forecast.public import receive

_numbers: dict[str, int] = {}


def furnish(code: str, mark: str, site: str) -> None:
    """A file of past counts of an establishment, named after its mark."""
    scope = system_scope("tests", [code])
    with in_scope(scope):
        raw = f"jour;site;mesure;nombre\n2026-01-06;{site};arrivees;12\n".encode()
        _numbers[code] = receive(scope=scope, raw=raw, name=f"{mark}HISTORIQUE.csv")


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    return [_numbers.get(code, 1)] if pattern.startswith("previsions/") and name == "fichier" else None


def bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post, by pattern."""
    return {
        "previsions/calculer": [{}],
        "previsions/import/": [{}],
        "previsions/import/<int:fichier>/": [{}],
        "previsions/capacites/valider": [{"structure": code, "code": "X", "h03": "3", "etablissement": code}],
    }
