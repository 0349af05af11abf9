"""What the pages of money are asked in the walk of every route."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.funding import public as funding
from archipel.programmes.funding.public import Entry, Kind, Question

PACK = "hopen2-aap"
_numbers: dict[str, dict[str, int]] = {}


def furnish(code: str, mark: str) -> None:
    """A project, a line of its ledger and a question to the optimiser, each holding the mark of the establishment."""
    scope = system_scope("tests", [code])
    with in_scope(scope):
        project = funding.open_project(
            scope=scope, pack=PACK, theme="urgences", title=f"{mark}PROJET", perimeter=[code],
        )  # fmt: skip
        entry = Entry(Kind.DEPENSE, date(2026, 6, 1), Decimal(10), code, 2026, text=f"{mark}DEPENSE")
        line = funding.write(scope=scope, project_id=project, entry=entry)
        run = funding.ask(scope=scope, question=Question(PACK, [code], title=f"{mark}RECHERCHE", hopeful=True))
    _numbers[code] = {"projet": project, "ligne": line, "recherche": run}


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    if "programmes/financement" not in pattern or name not in ("number", "numero"):
        return None
    kind = "ligne" if "/lignes/" in pattern else "recherche" if "portefeuille" in pattern else "projet"
    return [_numbers.get(code, {}).get(kind, 1)]


def bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post, by pattern."""
    line = {"montant": "5", "entite": code, "exercice": "2026", "date": "2026-06-01", "texte": "intrus"}
    base = "programmes/financement"
    return {
        f"{base}/projets/nouveau/": [
            {"pack": PACK, "intitule": "intrus", "thematique": "rattrapage", "porteur": code, "etablissement": code}
        ],
        f"{base}/projets/<int:number>/ecrire": [
            {"nature": nature, **line} for nature in ("depense", "depense_prevue", "octroi", "refus", "cofinancement")
        ],
        f"{base}/lignes/<int:number>/annuler": [{"motif": "intrusion d'ailleurs"}],
        f"{base}/portefeuille/nouveau/": [
            {"pack": PACK, "etablissement": code, "thematique": "urgences", "inconnus": "oui", "titre": "intrus"}
        ],
        f"{base}/portefeuille/<int:number>/encore": [{"minimum": "1"}],
        f"{base}/portefeuille/<int:number>/annuler": [{}],
    }


def api_bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post to the interface, by pattern."""
    line = {"date_effet": "2026-06-01", "montant": "5", "entite": code, "exercice": 2026, "texte": "intrus"}
    base = "api/v1/programmes/financement"
    return {
        f"{base}/projets/<int:numero>/lignes": [{"nature": nature, **line} for nature in ("depense", "octroi")],
        f"{base}/lignes/<int:numero>/annuler": [{"motif": "intrusion d'ailleurs"}],
        f"{base}/portefeuille": [{"etablissements": [code], "titre": "intrus", "inconnus_eligibles": True}],
    }
