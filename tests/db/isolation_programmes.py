"""What the pages of the graph, of facts and of eligibility are asked in the walk of every route."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.facts.public import Draft, PaymentKind, Subject, record_fact, record_payment
from archipel.programmes.facts.services import imports
from archipel.programmes.packs.public import Maille
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind, Link
from archipel.programmes.perimetre.services.ledger import say
from archipel.programmes.perimetre.values import Said
from tests.db import isolation_funding

SINCE = date(2024, 1, 1)
OURS = ("programmes/faits", "programmes/perimetre", "programmes/versements", "programmes/eligibilite")
FACT = "activite-combinee"
_numbers: dict[str, dict[str, int]] = {}


def furnish(code: str, mark: str) -> None:
    """A fact, a payment and a file received for an establishment, each holding its mark."""
    scope = system_scope("tests", [code])
    with in_scope(scope):
        perimetre.load_reference(scope=scope)
        if perimetre.node(code) is None:
            legal, group = Key(Kind.EJ, code), Key(Kind.GHT, "BFC-03")
            told = [Said(legal, SINCE, name=f"CH {code}"), Said(legal, SINCE, link=Link.MEMBRE, parent=group)]
            say(scope=scope, statements=told, source="essai")
        subject = Subject(Maille.FINESS_PMSI, code)
        draft = Draft(subject, FACT, Decimal(8000), date(2026, 1, 1), f"{mark}SOURCE", proof=f"{mark}PREUVE")
        fact = record_fact(scope=scope, draft=draft)
        payment = record_payment(
            scope=scope, subject=subject, programme="sun-es", kind=PaymentKind.USAGE, amount=Decimal(1000),
            paid_on=date(2023, 1, 2), source=f"{mark}PAYEUR",
        )  # fmt: skip
        raw = f"finess;fait;valeur;date_effet;source\n{code};{FACT};9;01/02/2026;{mark}FICHIER\n".encode()
        received = imports.receive(scope=scope, kind="faits", name=f"{mark}.csv", raw=raw)
    _numbers[code] = {"fait": fact, "versement": payment, "import": received.id}
    isolation_funding.furnish(code, mark)


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    if (money := isolation_funding.values(pattern, name, code)) is not None:
        return money
    if pattern.startswith(("programmes/packs", "api/v1/programmes/packs")):
        return {
            "pack": ["hopen2-aap"],
            "rule": ["rattrapage"],
            "table": ["exigences"],
            "version_id": [1],
        }.get(name)
    if not pattern.startswith(OURS):
        return None
    known = _numbers.get(code, {"fait": 1, "versement": 1, "import": 1})
    if name == "number":
        kind = "versement" if "versements" in pattern else "import" if "import" in pattern else "fait"
        return [1 if "perimetre" in pattern else known[kind]]
    return {
        "maille": ["finess_pmsi"], "code": [code], "fait": [FACT], "kind": ["ej", "finess_pmsi"],
        "pack": ["hopen2-aap"], "theme": ["rattrapage", "=rattrapage"],
    }.get(name)  # fmt: skip


def bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post, by pattern."""
    said = {"valeur": "12", "date_effet": "2026-03-01", "source": "intrus", "preuve": "x"}
    return {
        "programmes/packs/proposer/": [{"texte": "pack: intrus"}],
        "programmes/packs/propositions/<int:version_id>/": [
            {"acte": acte, "motif": "x"} for acte in ("publier", "refuser")
        ],
        "programmes/packs/versions/<int:version_id>/retrait/": [{"acte": "retirer", "motif": "x"}],
        "programmes/faits/saisir/": [{"sujet": f"finess_pmsi:{code}", "fait": FACT, **said}],
        "programmes/faits/<int:number>/corriger/": [said],
        "programmes/faits/<int:number>/agir": [
            {"action": action, "valide_jusqu_au": "2026-06-01"} for action in ("clore", "retirer", "annuler")
        ],
        "programmes/faits/import/": [{"nature": "faits"}],
        "programmes/faits/import/<int:number>/decider": [
            {"action": action, "empreinte": "x"} for action in ("appliquer", "ecarter", "annuler")
        ],
        "programmes/versements/": [
            {
                "finess": code,
                "programme": "sun-es",
                "nature": "usage",
                "montant": "5",
                "date": "2024-01-01",
                "source": "x",
            }
        ],
        "programmes/versements/<int:number>/retirer": [{}],
        "programmes/perimetre/charger": [
            {"action": action, "modification": "1"} for action in ("reference", "territoire", "annuler")
        ],
        "programmes/perimetre/import/": [{}],
        "programmes/perimetre/import/<int:number>/": [{}],
        "programmes/perimetre/ej/<str:code>/pmsi": [{"pmsi": code, "du": "2026-01-01", "source": "intrus"}],
        **isolation_funding.bodies(code),
    }


def api_bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post to the interface, by pattern."""
    return isolation_funding.api_bodies(code)
