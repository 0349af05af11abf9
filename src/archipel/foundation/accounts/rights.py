"""The table of rights, written from the code itself: ``docs/domaines/droits.md``."""

from __future__ import annotations

from archipel.foundation.accounts.roles import CAPABILITIES, LABELS, TERRITORIAL, Role
from archipel.foundation.scope import Capability

MEANING: dict[Capability, str] = {
    Capability.VOIR_CAPACITE: "Voir les lits de tout le territoire, sans nom",
    Capability.VOIR_PATIENTS: "Voir les patients de l'établissement",
    Capability.GERER_LITS: "Réserver, fermer, libérer un lit, déplacer un patient",
    Capability.GERER_URGENCES: "Tenir le tableau des urgences",
    Capability.SAISIR_RPU: "Voir et saisir le résumé de passage aux urgences (diagnostics, actes)",
    Capability.TRANSMETTRE_RPU: "Envoyer et importer les fichiers RPU",
    Capability.DECLARER_TENSION: "Déclarer, confirmer ou lever une tension",
    Capability.VOIR_DOCUMENTS: "Lire les documents de sortie et leur suivi",
    Capability.VALIDER_DOCUMENTS: "Rédiger, valider et envoyer les documents de sortie (médecin, avec un RPPS)",
    Capability.DEMANDER_LIT: "Demander un lit d'aval",
    Capability.RECEVOIR_DEMANDE: "Répondre aux demandes de lit",
    Capability.GERER_MESSAGES: "Lire et corriger les messages mis de côté",
    Capability.GERER_STRUCTURE: "Publier la structure",
    Capability.GERER_IDENTITES: "Rapprocher et séparer des identités",
    Capability.GERER_COMPTES: "Tenir les comptes et donner les rôles",
    Capability.VOIR_AUDIT: "Lire les traces et relire les bris de glace",
    Capability.BRIS_DE_GLACE: "Ouvrir un accès exceptionnel",
    Capability.VOIR_PROGRAMMES: "Voir les programmes, faits, dossiers et preuves de l'établissement",
    Capability.GERER_PROGRAMMES: "Saisir des faits, écrire un dossier, déposer une preuve, répondre à une grille",
    Capability.VALIDER_PROGRAMMES: "Valider un projet, publier une décision du groupement",
    Capability.INSTRUIRE_PROGRAMMES: "Instruire et décider au nom de l'ARS",
    Capability.VOIR_SYSTEMES: "Voir l'inventaire du système d'information",
    Capability.VOIR_PRIX: "Voir les prix : coûts des applications, montants des contrats, dispersion, trajectoires",
    Capability.GERER_SYSTEMES: "Tenir l'inventaire et la trajectoire du système d'information",
}

_HEAD = """# Droits

Table écrite par `python -m archipel.foundation.accounts.rights` à partir du code ; un test échoue quand elle a vieilli.

Un rôle se donne pour un établissement. Ceux marqués « territoire » peuvent aussi se donner pour tout le territoire.
Ce qui n'est pas marqué « oui » est refusé.
"""

_TAIL = """
## Règles qui ne sont pas dans la table

- Personne ne change ses propres rôles, ne se réinitialise ni ne se ferme soi-même.
- L'administrateur d'un établissement ne donne de rôle que pour celui-ci. Il ne tient la fiche (mot de passe,
  fermeture, deuxième facteur) que des comptes dont tous les rôles y sont ; les autres reviennent à un
  administrateur du territoire.
- Les prix d'un établissement se lisent avec le droit de voir les prix, avec celui de tenir son inventaire, ou avec un
  rôle donné pour cet établissement-là. Ailleurs ils sont ôtés à la lecture : écrans, exports, interface, cartes.
- Un bris de glace demande un motif de 10 caractères, dure de 1 à 4 heures, et est relu par quelqu'un d'autre.
- La situation d'exercice choisie restreint les droits à un établissement ; elle n'en ajoute jamais.
- Les traces d'un établissement se lisent avec le droit de les voir pour cet établissement ; celles qui n'en ont pas
  (connexions) avec ce droit pour tout le territoire. La base de données l'impose aussi.
"""


def matrix() -> str:
    """The whole page: roles in columns, capabilities in rows, and the rules beside it."""
    roles = list(Role)
    heads = [LABELS[role] + (" (territoire)" if role in TERRITORIAL else "") for role in roles]
    lines = ["| Droit | Code | " + " | ".join(heads) + " |", "|---|---|" + ":-:|" * len(roles)]
    for capability in Capability:
        cells = ["oui" if capability in CAPABILITIES[role] else "–" for role in roles]
        lines.append(f"| {MEANING[capability]} | `{capability.value}` | " + " | ".join(cells) + " |")
    return f"{_HEAD}\n" + "\n".join(lines) + "\n" + _TAIL


if __name__ == "__main__":
    print(matrix(), end="")
