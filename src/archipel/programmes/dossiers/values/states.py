"""The states of a dossier, from idea to last payment, and which act leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a dossier stands."""

    IDEE = "idee"
    REDACTION = "en_redaction"
    VALIDE_GHT = "valide"
    DEPOSE = "depose"
    INSTRUCTION = "en_instruction"
    RETENU = "retenu"
    REFUSE = "refuse"
    CONVENTIONNE = "conventionne"
    PREUVES = "preuves"
    SOLDE = "solde"
    ABANDONNE = "abandonne"


LABELS: dict[Status, str] = {
    Status.IDEE: "Idée",
    Status.REDACTION: "En rédaction",
    Status.VALIDE_GHT: "Validé GHT",
    Status.DEPOSE: "Déposé",
    Status.INSTRUCTION: "En instruction",
    Status.RETENU: "Retenu",
    Status.REFUSE: "Refusé",
    Status.CONVENTIONNE: "Conventionné",
    Status.PREUVES: "Preuves déposées",
    Status.SOLDE: "Soldé",
    Status.ABANDONNE: "Abandonné",
}

PATH: tuple[Status, ...] = (
    Status.IDEE,
    Status.REDACTION,
    Status.VALIDE_GHT,
    Status.DEPOSE,
    Status.INSTRUCTION,
    Status.RETENU,
    Status.CONVENTIONNE,
    Status.PREUVES,
    Status.SOLDE,
)
"""The way of a dossier that succeeds."""


class Side(StrEnum):
    """Who may do an act: the establishments that write, the group that validates, the agency that decides."""

    ETABLISSEMENT = "etablissement"
    GHT = "ght"
    ARS = "ars"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that may be done to a dossier: its word, the state it leads to, who does it, whether it needs a reason.

    ``asks`` names the fields that its form asks for, besides the date and the reason.
    """

    code: str
    label: str
    before: frozenset[Status]
    after: Status
    side: Side
    icon: str
    reasoned: bool = False
    asks: tuple[str, ...] = ()


def _from(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


S = Status
ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act("rediger", "Ouvrir la rédaction", _from(S.IDEE), S.REDACTION, Side.ETABLISSEMENT, "pencil"),
        Act("remettre", "Remettre en idée", _from(S.REDACTION), S.IDEE, Side.ETABLISSEMENT, "bulb", reasoned=True),
        Act(
            "valider", "Valider au nom du GHT", _from(S.REDACTION), S.VALIDE_GHT, Side.GHT, "rubber-stamp",
            asks=("instance", "reference"),
        ),
        Act(
            "reprendre", "Reprendre la rédaction", _from(S.VALIDE_GHT, S.DEPOSE), S.REDACTION, Side.ETABLISSEMENT,
            "arrow-back-up", reasoned=True,
        ),
        Act(
            "deposer", "Enregistrer le dépôt", _from(S.REDACTION, S.VALIDE_GHT), S.DEPOSE, Side.ETABLISSEMENT, "send",
            asks=("accuse",),
        ),
        Act("instruire", "Ouvrir l'instruction", _from(S.DEPOSE), S.INSTRUCTION, Side.ARS, "gavel"),
        Act(
            "retenir", "Retenir le projet", _from(S.INSTRUCTION), S.RETENU, Side.ARS, "star", reasoned=True,
            asks=("montant",),
        ),
        Act("refuser", "Refuser le projet", _from(S.INSTRUCTION), S.REFUSE, Side.ARS, "circle-x", reasoned=True),
        Act("rouvrir", "Rouvrir l'instruction", _from(S.REFUSE), S.INSTRUCTION, Side.ARS, "refresh", reasoned=True),
        Act(
            "conventionner", "Enregistrer la convention", _from(S.RETENU), S.CONVENTIONNE, Side.ARS, "signature",
            asks=("reference",),
        ),
        Act("prouver", "Déposer les preuves", _from(S.CONVENTIONNE), S.PREUVES, Side.ETABLISSEMENT, "certificate"),
        Act(
            "completer", "Demander un complément de preuve", _from(S.PREUVES), S.CONVENTIONNE, Side.ARS, "file-upload",
            reasoned=True,
        ),
        Act("solder", "Solder le dossier", _from(S.PREUVES), S.SOLDE, Side.ARS, "circle-check", reasoned=True),
        Act(
            "abandonner", "Abandonner le dossier",
            _from(S.IDEE, S.REDACTION, S.VALIDE_GHT, S.DEPOSE, S.INSTRUCTION, S.RETENU, S.CONVENTIONNE),
            S.ABANDONNE, Side.ETABLISSEMENT, "archive", reasoned=True,
        ),
    )
}  # fmt: skip
"""Every act, by its code."""

OPENING = {"idee": Status.IDEE, "redaction": Status.REDACTION}
"""A dossier is opened as an idea, or written at once."""

WRITABLE = frozenset({Status.IDEE, Status.REDACTION})
"""States in which rubrics and perimeter are written; afterwards the writing is taken up again, with a reason."""
COUNTED = frozenset(set(Status) - {Status.IDEE, Status.ABANDONNE})
"""States in which a dossier counts as one of the projects of an establishment; a refused one has been a candidate."""
BEFORE_DEPOSIT = frozenset({Status.IDEE, Status.REDACTION, Status.VALIDE_GHT})
CLOSED = frozenset({Status.REFUSE, Status.SOLDE, Status.ABANDONNE})
GRANTED = frozenset({Status.RETENU, Status.CONVENTIONNE, Status.PREUVES, Status.SOLDE})


class EventKind(StrEnum):
    """What a line of a dossier's ledger tells."""

    OUVERTURE = "ouverture"
    ACTE = "acte"
    ANNULATION = "annulation"
    PERIMETRE = "perimetre"
    ACCORD = "accord"
    REFUS_ACCORD = "refus_accord"
    TITRE = "titre"
    PIECE = "piece"
    PIECE_RETIREE = "piece_retiree"
    PIECE_REMISE = "piece_remise"
    VERSEMENT = "versement"
    REVUE = "revue"


EVENT_LABELS: dict[EventKind, str] = {
    EventKind.OUVERTURE: "Dossier ouvert",
    EventKind.ACTE: "Étape",
    EventKind.ANNULATION: "Étape annulée",
    EventKind.PERIMETRE: "Périmètre changé",
    EventKind.ACCORD: "Accord d'une partie",
    EventKind.REFUS_ACCORD: "Refus d'une partie",
    EventKind.TITRE: "Titre changé",
    EventKind.PIECE: "Pièce déposée",
    EventKind.PIECE_RETIREE: "Pièce retirée",
    EventKind.PIECE_REMISE: "Pièce remise",
    EventKind.VERSEMENT: "Versement",
    EventKind.REVUE: "Revue des preuves",
}
