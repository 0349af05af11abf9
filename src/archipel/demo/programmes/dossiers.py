"""Three invented dossiers of the HOP'EN 2 call: one agreed with the agency, one being written, one idea."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from archipel.foundation.scope import Scope
from archipel.programmes.dossiers import public as dossiers
from archipel.territory.reference_values import RefEj, RefGht

PACK, VERSION = "hopen2-aap", "2026.1"
FICTIF = "Texte fictif de démonstration."


def seed(scope: Scope, ght: RefGht) -> None:
    """Open and bring them where they stand, once."""
    if dossiers.dossiers(scope=scope, today=timezone.localdate()):
        return
    support, *others = sorted(ght.ejs, key=lambda ej: (ej.role != "S", -ej.lits(), ej.finess))
    agreed = _open(scope, "urgences", "Des urgences à l'aval sans attente", support, others[:2])
    _write(scope, agreed, URGENCES, people=3)
    _bring(scope, agreed)
    writing = _open(scope, "temps-travail-rh", "Un planning, une paie", support, others[:1])
    _write(scope, writing, {"enjeux": URGENCES["enjeux"]}, people=1)
    _open(scope, "rattrapage", "Messagerie sécurisée pour tous", others[0] if others else support, (), idea=True)


def _open(scope: Scope, theme: str, title: str, bearer: RefEj, parties: Sequence[RefEj], *, idea: bool = False) -> int:
    return dossiers.open_dossier(
        scope=scope,
        programme=PACK,
        version=VERSION,
        theme=theme,
        title=f"{title} (fictif)",
        bearer=bearer.finess.value,
        parties=[dossiers.Entry(ej.finess.value) for ej in parties],
        as_idea=idea,
    )


URGENCES: Mapping[str, Mapping[str, Any]] = {
    "enjeux": {
        "texte": f"{FICTIF} Les patients attendent un lit d'aval alors que des lits sont libres dans le groupement. "
        "Les équipes se les demandent par téléphone, et l'état des lits est ressaisi dans chaque établissement."
    },
    "objectifs": {
        "texte": f"{FICTIF} Voir en direct les lits du groupement, trouver un lit d'aval en moins de dix minutes, "
        "tenir le ROR à jour sans ressaisie.",
        "choix": ["aval", "vision-capacitaire"],
    },
    "chantiers": {
        "texte": f"{FICTIF} Raccorder les gestions administratives en HL7, publier le fichier de structure commun, "
        "alimenter le ROR par interface."
    },
    "cibles": {
        "lignes": [
            {
                "id": "a",
                "libelle": "Délai médian de la demande d'hospitalisation à l'entrée en unité",
                "nature": "quantitative",
                "cible": "2 h en juin 2027",
                "preuve": "Mesure « des urgences à l'aval »",
            }
        ]
    },
    "depenses": {
        "lignes": [
            {"id": "a", "poste": "Interfaces et licences", "nature": "logiciel", "a2026": "46000", "a2027": "38000"},
            {"id": "b", "poste": "Conduite du changement", "nature": "prestation", "a2026": "12000", "a2027": "9000"},
        ]
    },
}
PEOPLE = (
    {"id": "a", "nom": "Camille Fictif", "profession": "medecin", "role": "porteur"},
    {"id": "b", "nom": "Dominique Fictif", "profession": "soignant", "role": "referent"},
    {"id": "c", "nom": "Alex Fictif", "profession": "dsi", "role": "chef-projet"},
)


def _write(scope: Scope, number: int, rubrics: Mapping[str, Mapping[str, Any]], *, people: int) -> None:
    written = {"equipe": {"lignes": list(PEOPLE[:people])}, **rubrics}
    for rubric, content in written.items():
        dossiers.save(scope=scope, dossier=number, rubric=rubric, base=0, content=content)


def _bring(scope: Scope, number: int) -> None:
    for code, day, given in (
        ("valider", (2026, 5, 12), {"instance": "Comité stratégique (fictif)", "reference": "CS-2026-05"}),
        ("deposer", (2026, 5, 26), {"receipt": "ACCUSE-FICTIF"}),
        ("instruire", (2026, 6, 8), {}),
        ("retenir", (2026, 7, 3), {"amount": "80000", "reason": "Périmètre et ambition (décision fictive)"}),
        ("conventionner", (2026, 9, 15), {"reference": "CONV-FICTIVE"}),
    ):
        at = datetime(*day, 10, tzinfo=timezone.get_current_timezone())
        dossiers.act(scope=scope, dossier=number, code=code, given=dossiers.Given(at=at, **given))
