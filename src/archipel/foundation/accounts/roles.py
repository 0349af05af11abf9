"""The roles and what each may do. Deny by default: a capability that is not listed is not held."""

from __future__ import annotations

from enum import StrEnum

from archipel.foundation.scope import Capability as C


class Role(StrEnum):
    """A job in the group; held for one establishment, or for the whole territory where that makes sense."""

    GESTIONNAIRE_LITS = "gestionnaire_lits"
    IDE_URGENCES = "ide_urgences"
    MEDECIN_URGENCES = "medecin_urgences"
    DIM = "dim"
    PHARMACIEN = "pharmacien"
    DIRECTION = "direction"
    CELLULE_TERRITORIALE = "cellule_territoriale"
    ADMINISTRATEUR = "administrateur"
    SERVICES_NUMERIQUES = "services_numeriques"
    REFERENT_POLE = "referent_pole"
    CHARGE_PROGRAMMES = "charge_programmes"
    REFERENT_ARS = "referent_ars"


LABELS: dict[Role, str] = {
    Role.GESTIONNAIRE_LITS: "Gestionnaire de lits",
    Role.IDE_URGENCES: "Infirmier des urgences",
    Role.MEDECIN_URGENCES: "Médecin des urgences",
    Role.DIM: "Département d'information médicale",
    Role.PHARMACIEN: "Pharmacien",
    Role.DIRECTION: "Direction",
    Role.CELLULE_TERRITORIALE: "Cellule territoriale",
    Role.ADMINISTRATEUR: "Administrateur",
    Role.SERVICES_NUMERIQUES: "Direction des services numériques",
    Role.REFERENT_POLE: "Référent de pôle (cartographie)",
    Role.CHARGE_PROGRAMMES: "Chargé de programmes et qualité",
    Role.REFERENT_ARS: "Référent de l'ARS",
}

CAPABILITIES: dict[Role, frozenset[C]] = {
    Role.GESTIONNAIRE_LITS: frozenset(
        {C.VOIR_CAPACITE, C.VOIR_PATIENTS, C.GERER_LITS, C.DEMANDER_LIT, C.RECEVOIR_DEMANDE, C.BRIS_DE_GLACE}
    ),
    Role.IDE_URGENCES: frozenset(
        {
            C.VOIR_CAPACITE,
            C.VOIR_PATIENTS,
            C.GERER_URGENCES,
            C.SAISIR_RPU,
            C.VOIR_DOCUMENTS,
            C.DEMANDER_LIT,
            C.BRIS_DE_GLACE,
        }
    ),
    Role.MEDECIN_URGENCES: frozenset(
        {
            C.VOIR_CAPACITE,
            C.VOIR_PATIENTS,
            C.GERER_URGENCES,
            C.SAISIR_RPU,
            C.VOIR_DOCUMENTS,
            C.VALIDER_DOCUMENTS,
            C.DEMANDER_LIT,
            C.BRIS_DE_GLACE,
        }
    ),
    Role.DIM: frozenset(
        {
            C.VOIR_CAPACITE,
            C.VOIR_PATIENTS,
            C.GERER_MESSAGES,
            C.GERER_IDENTITES,
            C.SAISIR_RPU,
            C.TRANSMETTRE_RPU,
            C.VOIR_DOCUMENTS,
        }
    ),
    Role.PHARMACIEN: frozenset({C.VOIR_CAPACITE, C.VOIR_PATIENTS}),
    Role.DIRECTION: frozenset(
        {
            C.VOIR_CAPACITE,
            C.VOIR_PROGRAMMES,
            C.GERER_PROGRAMMES,
            C.VALIDER_PROGRAMMES,
            C.VOIR_SYSTEMES,
            C.VOIR_PRIX,
            C.DECLARER_TENSION,
        }
    ),
    Role.CELLULE_TERRITORIALE: frozenset(
        {C.VOIR_CAPACITE, C.VOIR_PATIENTS, C.GERER_LITS, C.DEMANDER_LIT, C.RECEVOIR_DEMANDE, C.DECLARER_TENSION}
    ),
    Role.ADMINISTRATEUR: frozenset(
        {C.VOIR_CAPACITE, C.GERER_MESSAGES, C.GERER_STRUCTURE, C.GERER_COMPTES, C.VOIR_AUDIT}
    ),
    Role.SERVICES_NUMERIQUES: frozenset(
        {C.VOIR_CAPACITE, C.VOIR_PROGRAMMES, C.GERER_PROGRAMMES, C.VOIR_SYSTEMES, C.VOIR_PRIX, C.GERER_SYSTEMES}
    ),
    Role.REFERENT_POLE: frozenset({C.VOIR_CAPACITE, C.VOIR_SYSTEMES}),
    Role.CHARGE_PROGRAMMES: frozenset({C.VOIR_CAPACITE, C.VOIR_PROGRAMMES, C.GERER_PROGRAMMES}),
    Role.REFERENT_ARS: frozenset({C.VOIR_PROGRAMMES, C.INSTRUIRE_PROGRAMMES}),
}

TERRITORIAL = frozenset(
    {
        Role.CELLULE_TERRITORIALE,
        Role.DIRECTION,
        Role.ADMINISTRATEUR,
        Role.SERVICES_NUMERIQUES,
        Role.REFERENT_POLE,
        Role.CHARGE_PROGRAMMES,
        Role.REFERENT_ARS,
    }
)
"""Roles that may be held for the whole territory (``*``)."""

MESSAGE_READERS = frozenset({Role.DIM, Role.ADMINISTRATEUR})
"""Roles for which the raw messages of the establishment are shown (they hold identities; each read is traced)."""
