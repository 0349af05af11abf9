"""What the pages of trajectories are asked in the walk of every route."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archipel.foundation.scope import in_scope, system_scope
from archipel.scenarios.trajectory import public as trajectory
from archipel.scenarios.trajectory.public import Preset

_numbers: dict[str, int] = {}
BASE = "systemes/trajectoires"
TABLES = ["bascules", "couts", "annees", "cible", "contraintes"]


def furnish(code: str, mark: str) -> None:
    """A scenario of one establishment, solved and chosen, holding its mark."""
    scope = system_scope("tests", [code])
    with in_scope(scope):
        number = trajectory.create(
            scope=scope, preset=Preset.GARDER, members=[code], title=f"{mark}SCENARIO",
            change=lambda settings: replace(settings, prices=False),
        )  # fmt: skip
        run = trajectory.ask(scope=scope, number=number)
    assert trajectory.claim() == run
    trajectory.execute(run)
    with in_scope(scope):
        trajectory.choose(scope=scope, number=number, note=f"{mark}DECISION")
    _numbers[code] = number


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    if not pattern.startswith((BASE, "api/v1/trajectoires")):
        return None
    table: dict[str, list[object]] = {
        "number": [_numbers.get(code, 1)], "numero": [_numbers.get(code, 1)], "table": [*TABLES],
        "document": ["schema-directeur"],
    }  # fmt: skip
    return table.get(name)


def bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post, by pattern."""
    one = f"{BASE}/<int:number>"
    hand = {"etablissement": code, "fonction": "dpi", "produit": "INTRUS", "annee": "2030"}
    settings = {"premiere_annee": "2030", "annees": "3", **{f"poids_{n}": "7" for n in ("licences", "run", "fees")}}
    return {
        f"{BASE}/nouveau/": [{"prereglage": "libre", "etablissement": code, "titre": "intrus"}],
        f"{one}/calculer": [{}],
        f"{one}/arreter": [{}],
        f"{one}/publier": [{"note": "intrus"}],
        f"{one}/retirer": [{"motif": "intrus"}],
        f"{one}/copier": [{}],
        f"{one}/annuler": [{}],
        f"{one}/reglages/": [{**settings, "action": "enregistrer"}, {**settings, "action": "calculer"}],
        f"{one}/plan/": [{**hand, "action": action} for action in ("imposer", "interdire", "retirer", "calculer")],
    }  # fmt: skip


def api_bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """The same for the programming interface (JSON)."""
    base = "api/v1/trajectoires"
    return {
        base: [{"prereglage": "libre", "etablissements": [code], "titre": "intrus"}],
        f"{base}/<int:numero>/calculer": [{}],
        f"{base}/<int:numero>/arreter": [{}],
        f"{base}/<int:numero>/publier": [{"note": "intrus"}],
        f"{base}/<int:numero>/retirer": [{"motif": "intrus"}],
        f"{base}/<int:numero>/reglages": [{"annees": 3}],
        f"{base}/<int:numero>/copier": [{}],
        f"{base}/<int:numero>/choix": [{"etablissement": code, "fonction": "dpi", "produit": "INTRUS"}],
        f"{base}/<int:numero>/annuler": [{}],
    }
