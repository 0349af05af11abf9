"""Pure vocabulary of the group's structure."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The levels of the structure, from the top down."""

    GHT = "GHT"
    EJ = "EJ"
    EG = "EG"
    POLE = "POLE"
    SERVICE = "SERVICE"
    UF = "UF"
    CHAMBRE = "CHAMBRE"
    LIT = "LIT"


PARENTS: dict[Kind, tuple[Kind, ...]] = {
    Kind.EJ: (Kind.GHT,),
    Kind.EG: (Kind.EJ,),
    Kind.POLE: (Kind.EJ, Kind.EG),
    Kind.SERVICE: (Kind.POLE, Kind.EG),
    Kind.UF: (Kind.SERVICE, Kind.POLE, Kind.EG),
    Kind.CHAMBRE: (Kind.UF,),
    Kind.LIT: (Kind.CHAMBRE,),
}
"""Which kinds a kind may be attached to, the usual one first."""


class RelationKind(StrEnum):
    """Typed relations between two entities."""

    RATTACHEMENT = "rattachement"
    """The tree: child belongs to parent."""
    IMPLANTATION = "implantation"
    """A UF, service or pôle works on a geographic site (EG)."""
    SUCCESSION = "succession"
    """The child replaces the parent, which closed."""


class Filiere(StrEnum):
    """Filières of care for beds; the labels are for screens."""

    MED = "MED"
    CHI = "CHI"
    OBS = "OBS"
    PED = "PED"
    GER = "GER"
    SCA = "SCA"
    SCP = "SCP"
    BRU = "BRU"
    SMR = "SMR"
    PSY = "PSY"
    SLD = "SLD"
    UHCD = "UHCD"
    URG = "URG"
    AUTRE = "AUTRE"


FILIERE_LABELS: dict[str, str] = {
    "MED": "Médecine",
    "CHI": "Chirurgie",
    "OBS": "Obstétrique",
    "PED": "Pédiatrie",
    "GER": "Gériatrie",
    "SCA": "Soins critiques adultes",
    "SCP": "Soins critiques pédiatriques",
    "BRU": "Grands brûlés",
    "SMR": "Soins médicaux et de réadaptation",
    "PSY": "Psychiatrie",
    "SLD": "Soins de longue durée",
    "UHCD": "Hospitalisation de courte durée",
    "URG": "Urgences",
    "AUTRE": "Filière à préciser",
}
