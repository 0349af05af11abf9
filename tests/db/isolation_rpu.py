"""What the pages of RPU and tension are asked in the walk of every route."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from archipel.connectors.rpu import models
from archipel.connectors.rpu.building import build_file
from archipel.connectors.rpu.codec import RpuFile, RpuPassage, write
from archipel.connectors.rpu.imports import import_file
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import Item
from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel import clock

_files: dict[str, int] = {}
_imports: dict[str, int] = {}
_facts: dict[str, int] = {}


def furnish(code: str, mark: str, site: str, venue: int) -> None:
    """A passage coded, a file made and deposited, a file read, for an establishment; each holds its mark."""
    scope, today = system_scope("tests", [code]), clock.today()
    with in_scope(scope):
        done = flow.enter_items(
            scope=scope, venue=venue, rank=1, items={Item.MOTIF: [f"{mark}MOTIF"], Item.COMMUNE: [f"{mark}VILLE"]}
        )
        _facts[code] = done.facts[0]
        row = build_file(scope=scope, site=site, first=today, last=today).row
        models.Deposit.objects.create(
            establishment=code, file=row, at=clock.now(), target="dossier:/x", outcome="echec", answer=f"{mark}REPONSE",
            actor=f"{mark}AUTEUR",
        )  # fmt: skip
        _files[code] = row.pk
    past = RpuPassage(datetime(2025, 11, 3, 8), None, date(1999, 9, 9), {Item.COMMUNE: (f"{mark}VILLE",)})
    raw = write(RpuFile(site, "1", None, date(2025, 11, 3), date(2025, 11, 3), (past,)))
    _imports[code] = import_file(scope=scope, name=f"{mark}.xml", raw=raw).number


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    if name == "number" and pattern.startswith("rpu/envois/"):
        return [_files.get(code, 1)]
    if name == "number" and pattern.startswith("rpu/imports/"):
        return [_imports.get(code, 1)]
    return None


def queries(pattern: str, site: str) -> list[str]:
    """Query strings worth asking."""
    today = clock.today()
    return {
        "rpu/": [f"site={site}&du={today}&au={today}", "probleme=manque.dp"],
        "api/v1/rpu/passages": [f"site={site}&du={today}&au={today}"],
        "rpu/export": [f"site={site}&du={today}&au={today}"],
        "rpu/codes": ["item=dp&dp=R1", "item=da&da=I10%20R1"],
        "tension/besoins/": [f"site={site}", "filiere=MED"],
    }.get(pattern, [])


def bodies(code: str, site: str) -> dict[str, list[dict[str, Any]]]:
    """What to post, by pattern."""
    today = clock.today().isoformat()
    return {
        "rpu/envois/deposer": [
            {"site": site, "du": today, "au": today, "action": action} for action in ("produire", "deposer", "encore")
        ],
        "rpu/imports/": [{}],
        "urgences/patients/<int:venue>/rpu/": [{"passage": "1", "dp": "S720", "gravite": "3"}],
        "urgences/patients/<int:venue>/rpu/annuler": [{"fait": str(_facts.get(code, 1))}],
        "tension/agir": [
            {"sujet": f"site:{site}", "action": action, "niveau": "2", "heures": "3", "motif": "essai d'un autre"}
            for action in ("declarer", "confirmer", "lever")
        ],
    }


def api_bodies(code: str, site: str) -> dict[str, list[dict[str, Any]]]:
    """The same for the programming interface."""
    today = clock.today().isoformat()
    why = {"sujet": f"site:{site}", "motif": "essai d'un autre établissement"}
    return {
        "api/v1/tension/declarer": [why | {"niveau": "tension"}],
        "api/v1/tension/confirmer": [why],
        "api/v1/tension/lever": [why],
        "api/v1/rpu/envois": [{"site": site, "du": today, "au": today, "encore": True}],
    }
