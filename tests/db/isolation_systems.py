"""What the pages of systems are asked in the walk of every route."""

from __future__ import annotations

from typing import Any

from archipel.domains.systems.public import Kind, receive, say
from archipel.foundation.scope import in_scope, system_scope

_numbers: dict[str, int] = {}
NATURES = ["application", "contrat"]
NO_DELIVERY = "00000000-0000-4000-8000-000000000000"
VIEWS = ["applications", "flux", "infrastructure", "editeurs"]


def furnish(code: str, mark: str) -> None:
    """An application, a contract and a file received for an establishment, each holding its mark."""
    scope = system_scope("tests", [code])
    with in_scope(scope):
        content = {
            "nom": f"{mark}LOGICIEL", "fonctions": ["dpi"], "responsable": f"{mark}RESPONSABLE", "unites": ["7001"],
            "utilisateurs": "10", "cout_licence": "1000",
        }  # fmt: skip
        say(scope=scope, kind=Kind.APPLICATION, establishment=code, code="DPI", content=content)
        contract = {"objet": f"{mark}MARCHE", "debut": "2025-01-01", "fin": "2027-01-01"}
        say(scope=scope, kind=Kind.CONTRAT, establishment=code, code="DPI", content=contract)
        raw = f"Établissement;Application\n{code};{mark}TABLEUR\n".encode()
        _numbers[code] = receive(scope=scope, name=f"{mark}.csv", raw=raw, establishment=code)


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    if pattern.startswith(("abonnements/", "api/v1/abonnements")):
        return {"number": [1], "numero": [1], "delivery": [NO_DELIVERY], "livraison": [NO_DELIVERY]}.get(name)
    if not pattern.startswith(("systemes/", "api/v1/systemes/")):
        return None
    table: dict[str, list[object]] = {
        "number": [_numbers.get(code, 1)], "numero": [_numbers.get(code, 1)], "kind": [*NATURES], "nature": [*NATURES],
        "code": ["DPI"], "ej": [code], "name": [*VIEWS], "vue": [*VIEWS],
        "tableau": ["couverture", "echeances", "couts", "indicateurs", "fragilites"],
    }  # fmt: skip
    return table.get(name)


def bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post, by pattern."""
    sheet = {"nom": "Intrus", "objet": "Intrus", "debut": "2026-01-01"}
    subscription = {"nom": "Intrus", "url": "https://203.0.113.9/", "sujets": ["systems.inventaire"]}
    return {
        "abonnements/": [subscription],
        "abonnements/<int:number>/": [{"action": action} for action in ("essayer", "suspendre", "secret", "supprimer")],
        "abonnements/livraisons/<uuid:delivery>/rejouer": [{}],
        "systemes/modifier": [
            {"nature": "application", "fiche": f"{code}|DPI", "champ": "version", "valeur": "666", "requete": ""}
        ],
        "systemes/import/": [{"etablissement": code, "source": "x"}],
        "systemes/import/<int:number>/decider": [
            {"action": action, "empreinte": "x", "titre": "Application", "champ": "nom", "nature": "produit",
             "texte": "Essai", "fiche": ""}
            for action in ("colonnes", "nom", "appliquer", "ecarter", "annuler")
        ],
        "systemes/campagne/": [{"fiche": f"{code}|DPI"}],
        "systemes/noms/dire": [{"nature": "produit", "texte": "Essai", "fiche": "-"}],
        "systemes/nouvelle/<str:kind>": [{"nature": kind, "etablissement": code, **sheet} for kind in NATURES],
        "systemes/fiches/<str:kind>/<str:ej>/<path:code>": [
            {"action": action, **sheet, "enonce": "1"}
            for action in ("enregistrer", "retirer", "annuler", "annuler-groupe")
        ],
    }  # fmt: skip


def api_bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """The same for the programming interface (JSON)."""
    subscription = {"nom": "Intrus", "url": "https://203.0.113.9/", "sujets": ["systems.inventaire"]}
    return {
        "api/v1/systemes/fiches/<nature>/<ej>/<code>": [{"contenu": {"note": "intrus"}, "motif": "x"}],
        "api/v1/systemes/fiches/<nature>/<ej>/<code>/retirer": [{"motif": "intrus"}],
        "api/v1/systemes/imports": [{}],
        "api/v1/systemes/imports/<numero>/appliquer": [{"empreinte": "x"}],
        "api/v1/systemes/imports/<numero>/ecarter": [{"motif": "intrus"}],
        "api/v1/systemes/imports/<numero>/annuler": [{"motif": "intrus"}],
        "api/v1/abonnements": [subscription],
        "api/v1/abonnements/<numero>": [{}],
        "api/v1/abonnements/<numero>/suspendre": [{}],
        "api/v1/abonnements/<numero>/reprendre": [{}],
        "api/v1/abonnements/livraisons/<livraison>/rejouer": [{}],
    }
