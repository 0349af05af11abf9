"""How far a document and each of its deliveries went."""

from __future__ import annotations

from enum import StrEnum


class DocumentState(StrEnum):
    """Where a document stands, told by the fold of what happened to it."""

    BROUILLON = "brouillon"
    CONTROLE = "controle"
    REFUSE = "refuse"
    SANS_DESTINATION = "sans_destination"
    A_ENVOYER = "a_envoyer"
    ENVOYE = "envoye"
    TRANSMIS = "transmis"
    ECHEC = "echec"
    A_VERIFIER = "a_verifier"
    ABANDONNE = "abandonne"


STATE_WORDS = {
    DocumentState.BROUILLON: "À valider",
    DocumentState.CONTROLE: "Au contrôle",
    DocumentState.REFUSE: "Refusé au contrôle",
    DocumentState.SANS_DESTINATION: "Sans destination",
    DocumentState.A_ENVOYER: "À envoyer",
    DocumentState.ENVOYE: "Envoyé, attend l'accusé",
    DocumentState.TRANSMIS: "Transmis",
    DocumentState.ECHEC: "Échec",
    DocumentState.A_VERIFIER: "À vérifier",
    DocumentState.ABANDONNE: "Abandonné",
}


class DeliveryState(StrEnum):
    """Where one delivery stands."""

    A_ENVOYER = "a_envoyer"
    EN_COURS = "en_cours"
    ACCEPTE = "accepte"
    REJETE = "rejete"
    INCERTAIN = "incertain"
    ANNULE = "annule"


class ReceiptKind(StrEnum):
    """What was received about a delivery."""

    ACK = "ack"
    DMP = "dmp"
    """ZAM^Z01: the DMP took it, or not."""
    MSS_RECEPTION = "mss_reception"
    """ZAM^Z02 or a DSN: the mail server of a recipient took it, or not."""
    MSS_LECTURE = "mss_lecture"
    """ZAM^Z03 or an MDN: a recipient read or integrated it, or could not."""
