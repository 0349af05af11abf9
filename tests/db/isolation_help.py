"""What the pages of the catalogue of help, of maturity and of received files are asked in the walk of every route."""

from __future__ import annotations

from datetime import date

from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.catalogue import public as aide
from archipel.programmes.facts.public import Subject
from archipel.programmes.facts.services import attachments
from archipel.programmes.facts.services.subjects import place
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.services import imports as maturity_imports
from archipel.programmes.packs.public import Maille
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.services import imports as perimetre_imports
from tests.factories.proof import PDF

AID, GHT = "plan-accompagnement-2016/uniha-appui", "BFC-03"
GRID = ("care-d2", "auto-diagnostic-d2")
THEN = date(2017, 1, 10)
_numbers: dict[str, dict[str, int]] = {}
_asked: dict[str, int] = {}


def furnish(code: str, mark: str) -> None:
    """A campaign, a file of answers, a document and a file of the graph, each holding the mark of the establishment."""
    scope = system_scope(f"{mark}auteur", [code])
    with in_scope(scope):
        grid = maturity.grid(*GRID)
        campaign = maturity.open_campaign(
            scope=scope, grid=grid, title=f"{mark}CAMPAGNE", establishments=[code], due_on=date(2099, 1, 1)
        )
        raw = f"Établissement (FINESS);Question (identifiant);Réponse\n{code};d2-o4-referent;oui\n".encode()
        answers = maturity_imports.receive(scope=scope, grid=grid, raw=raw, name=f"{mark}REPONSES.csv")
        placed = place(Subject(Maille.FINESS_PMSI, code), date(2026, 1, 1))
        piece = attachments.attach(scope=scope, placed=placed, name=f"{mark}PIECE.pdf", content=PDF)
        graph = perimetre_imports.receive(scope=scope, name=f"{mark}GRAPHE.csv", raw=f"{mark};x\n".encode())
    _numbers[code] = {"campagne": campaign.facts[0], "fichier": answers, "piece": piece, "graphe": graph}


def furnish_group() -> None:
    """A request of the whole group: what its members share."""
    scope = system_scope("tests", perimetre.in_region("27"))
    with in_scope(scope):
        draft = aide.Draft(AID, GHT, "Filière AVC", asked_on=THEN)
        _asked[GHT] = aide.ask(scope=scope, draft=draft).number


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    known = _numbers.get(code, {})
    if "programmes/maturite/" in pattern and name in ("campagne", "fichier"):
        return [known.get(name, 1)]
    if "programmes/aide/" in pattern and name == "demande":
        return [_asked.get(GHT, 1)]
    if pattern == "programmes/faits/pieces/<int:number>":
        return [known.get("piece", 1)]
    if pattern.startswith("programmes/perimetre/import/"):
        return [known.get("graphe", 1)]
    return None
