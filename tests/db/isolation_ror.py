"""The ROR in the walk of routes: an offer of each establishment. Figures by offer are readable by the whole group."""

from __future__ import annotations

from typing import Any

from archipel.domains.flow import public as flow
from archipel.domains.flow.values.offers import Offer
from archipel.foundation.scope import in_scope, system_scope

CODE = "MED1"


def furnish(code: str, site: str, uf: str) -> None:
    """An offer that counts the unit."""
    scope = system_scope("tests", [code])
    with in_scope(scope):
        flow.declare_offer(scope=scope, offer=Offer(code, f"1{site}", CODE, "Médecine", "MED", units=(uf,)))


def values(pattern: str, name: str, site: str) -> list[object] | None:
    """What fills a hole of an address."""
    return {"idnat": [f"1{site}"], "lieu": [CODE]}.get(name) if pattern.startswith("ror/") else None


def bodies(code: str, site: str) -> dict[str, list[dict[str, Any]]]:
    """What to post."""
    form = {
        "etablissement": code, "idnatstruct": f"1{site}", "code_externe": CODE, "nom": "INTRUS", "filiere": "MED",
        "nature": "01", "affectation": "01", "depuis": "2026-01-01",
    }  # fmt: skip
    line = f"etablissement;idnatstruct;code_externe;nom;filiere\n{code};1{site};{CODE};INTRUS;MED\n"
    return {
        "ror/renvoyer": [{"etat": "muet"}, {"etat": "a_envoyer", "etablissement": code}],
        "ror/offres/<str:idnat>/<str:lieu>/renvoyer": [{}],
        "ror/correspondance/import/": [{}, {"acte": "appliquer", "texte": line}],
        "ror/correspondance/nouvelle/": [form],
        "ror/correspondance/<str:idnat>/<str:lieu>/": [form],
        "ror/correspondance/<str:idnat>/<str:lieu>/terminer": [{"raison": "essai"}],
    }
