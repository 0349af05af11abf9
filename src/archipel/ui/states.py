"""The one look of each state: an icon, a word and a colour class, the same on every screen and on paper."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown; ``tone`` names a pair of colours in ``archipel.css``."""

    word: str
    icon: str
    tone: str


STATES: dict[str, Look] = {
    # beds
    "libre": Look("Libre", "circle-check", "libre"),
    "reserve": Look("Réservé", "bookmark", "reserve"),
    "occupe": Look("Occupé", "user", "occupe"),
    "a_nettoyer": Look("À nettoyer", "spray", "a_nettoyer"),
    "ferme": Look("Fermé", "lock", "ferme"),
    "non_arme": Look("Non armé", "user-off", "non_arme"),
    "conflit": Look("Conflit", "alert-octagon", "conflit"),
    "provisoire": Look("Provisoire", "question-mark", "provisoire"),
    # time
    "a_l_heure": Look("À l'heure", "clock", "libre"),
    "en_retard": Look("En retard", "hourglass", "a_nettoyer"),
    "bloque": Look("Bloqué", "ban", "conflit"),
    # evidence
    "prouve": Look("Prouvé", "check", "libre"),
    "declare": Look("Déclaré", "pencil", "reserve"),
    "manquant": Look("Manquant", "circle-minus", "conflit"),
    "contredit": Look("Contredit", "arrows-split-2", "conflit"),
    "en_cours": Look("En cours", "progress-check", "reserve"),
    # checks of a dossier
    "ok": Look("Complet", "check", "libre"),
    "a_completer": Look("À compléter", "circle-dashed", "reserve"),
    "a_risque": Look("À risque", "alert-triangle", "a_nettoyer"),
    # answers to a rule
    "oui": Look("Oui", "circle-check", "libre"),
    "non": Look("Non", "circle-x", "conflit"),
    # dossiers and requests
    "idee": Look("Idée", "bulb", "non_arme"),
    "en_redaction": Look("En rédaction", "pencil", "reserve"),
    "valide": Look("Validé", "rubber-stamp", "libre"),
    "depose": Look("Déposé", "send", "occupe"),
    "en_instruction": Look("En instruction", "gavel", "occupe"),
    "retenu": Look("Retenu", "star", "libre"),
    "refuse": Look("Refusé", "circle-x", "conflit"),
    "conventionne": Look("Conventionné", "signature", "libre"),
    "preuves": Look("Preuves déposées", "certificate", "occupe"),
    "solde": Look("Soldé", "circle-check", "ferme"),
    "abandonne": Look("Abandonné", "archive", "ferme"),
    # quality of passages
    "a_corriger": Look("À corriger", "alert-octagon", "conflit"),
    # tension
    "tension_normale": Look("Normal", "circle-check", "libre"),
    "vigilance": Look("Vigilance", "eye", "reserve"),
    "tension": Look("Tension", "trending-up", "a_nettoyer"),
    "tension_forte": Look("Tension forte", "alert-octagon", "conflit"),
    # deposits
    "accepte": Look("Accepté", "check", "libre"),
    # versions and dates of packs
    "publiee": Look("Publiée", "circle-check", "libre"),
    "proposee": Look("Proposée", "hourglass", "reserve"),
    "refusee": Look("Refusée", "circle-x", "conflit"),
    "retiree": Look("Retirée", "archive", "ferme"),
    "date_ferme": Look("Ferme", "calendar-event", "libre"),
    "date_annoncee": Look("Annoncée", "calendar-time", "reserve"),
    "date_defectueuse": Look("Défectueuse", "alert-triangle", "a_nettoyer"),
    # exit documents
    "brouillon": Look("À valider", "pencil", "reserve"),
    "controle": Look("Au contrôle", "progress-check", "reserve"),
    "document_refuse": Look("Refusé au contrôle", "circle-x", "conflit"),
    "sans_destination": Look("Sans destination", "ban", "ferme"),
    "a_envoyer": Look("À envoyer", "hourglass", "reserve"),
    "envoye": Look("Envoyé, attend l'accusé", "send", "occupe"),
    "transmis": Look("Transmis", "circle-check", "libre"),
    "echec": Look("Échec", "alert-octagon", "conflit"),
    "a_verifier": Look("À vérifier", "alert-triangle", "a_nettoyer"),
    "document_abandonne": Look("Abandonné", "archive", "ferme"),
    # messages
    "applied": Look("Appliqué", "check", "libre"),
    "ignored": Look("Ignoré", "minus", "ferme"),
    "parked": Look("À traiter", "inbox", "a_nettoyer"),
    "pending": Look("En attente", "hourglass", "reserve"),
    # connections
    "connecte": Look("Connecté", "heartbeat", "libre"),
    "silencieux": Look("Silencieux", "bell", "conflit"),
    "hors_ligne": Look("Hors ligne", "wifi-off", "conflit"),
    "perime": Look("Périmé", "clock", "a_nettoyer"),
    "inconnu": Look("Inconnu", "help-circle", "ferme"),
}

TONES = ("libre", "reserve", "occupe", "a_nettoyer", "ferme", "non_arme", "conflit", "provisoire")

_PLAIN = str.maketrans("éèêàâîôûç'’ -", "eeeaaiouc____")


def look(state: object) -> Look:
    """The look of a state given by its code or its French word; an unheard-of state is shown as it is, as unknown."""
    code = str(state if state is not None else "inconnu").strip()
    found = STATES.get(code) or STATES.get(code.lower().translate(_PLAIN))
    return found or Look(code or "Inconnu", "help-circle", "ferme")
