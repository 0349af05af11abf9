"""French words for what the movements of a venue are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TRIGGERS: Mapping[str, str] = MappingProxyType(
    {
        "A01": "Admission en hospitalisation",
        "A02": "Mutation",
        "A03": "Sortie",
        "A04": "Admission en consultation ou aux urgences",
        "A05": "Préadmission",
        "A06": "Passage en hospitalisation",
        "A07": "Passage en externe",
        "A14": "Admission attendue",
        "A15": "Mutation prévue",
        "A16": "Sortie prévue",
        "A21": "Départ en permission",
        "A22": "Retour de permission",
        "A54": "Changement de médecin",
        "A55": "Annulation d'un changement de médecin",
        "Z99": "Mise à jour d'un mouvement",
    }
)
CLASSES: Mapping[str, str] = MappingProxyType(
    {"I": "hospitalisation", "E": "urgences", "O": "externe", "P": "préadmission", "R": "séances", "N": "sans objet"}
)
ACTIONS: Mapping[str, str] = MappingProxyType({"INSERT": "créé", "UPDATE": "modifié", "CANCEL": "annulé"})
ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "dmp_alimentation": "DMP, consentement à l'alimentation (ZFA-9)",
        "dmp_consultation": "DMP, consentement à la consultation (ZFA-11)",
        "dmp_statut": "DMP, statut (ZFA-1)",
        "pmsi_mode_entree": "PMSI, mode d'entrée (ZFM-1)",
        "pmsi_mode_sortie": "PMSI, mode de sortie (ZFM-2)",
        "pmsi_provenance": "PMSI, provenance (ZFM-3)",
        "pmsi_destination": "PMSI, destination (ZFM-4)",
        "admission_prevue": "Admission prévue (PV2-8)",
        "deces": "Décès signalé (PID-30)",
        "residence_cp": "Résidence, code postal (PID-11)",
        "residence_commune": "Résidence, commune (PID-11)",
        "identite_commentaires": "Commentaires sur l'identité",
    }
)
"""The other facts of a venue, as its messages tell them."""


def trigger_label(trigger: str) -> str:
    """What a movement is; the code itself when unheard of."""
    return TRIGGERS.get(trigger, trigger)


def class_label(code: str) -> str:
    """What a patient class is; the code itself when unheard of."""
    return CLASSES.get(code, code)
