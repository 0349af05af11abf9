"""What an exit document says, in our own words, before any format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """The exit documents that are made."""

    CR_PASSAGE = "cr_passage"
    FLUDR = "fludr"


@dataclass(frozen=True, slots=True)
class KindInfo:
    """How a kind of document is named and coded (LOINC, jeu de valeurs JDV_J07 of the CI-SIS)."""

    label: str
    title: str
    loinc: str
    display: str


KINDS: Mapping[Kind, KindInfo] = MappingProxyType(
    {
        Kind.CR_PASSAGE: KindInfo(
            "Compte rendu de passage", "Compte rendu de passage aux urgences", "15507-7", "CR de passage aux urgences"
        ),
        Kind.FLUDR: KindInfo(
            "Fiche de retour en EHPAD",
            "Fiche de liaison d'urgence : retour du service des urgences vers l'EHPAD",
            "74207-2",
            "Document de liaison d'urgence",
        ),
    }
)

SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "motif": "Motif de recours",
        "histoire": "Histoire et antécédents",
        "examen": "Examen clinique",
        "examens": "Examens et résultats",
        "diagnostic": "Diagnostic",
        "traitement": "Soins et traitements donnés",
        "sortie": "Décision, traitement de sortie et consignes",
    }
)
"""What a physician writes: key → title, in the order of the document."""
SECTION_LIMIT = 8_000
PATIENT_DOMAIN = "patient.mssante.fr"
"""Domain of the citizens' boxes (référentiel MSSanté)."""


@dataclass(frozen=True, slots=True)
class PatientIdentity:
    """The patient as the document names them. Personal data."""

    nom_naissance: str
    nom_utilise: str
    prenom: str
    """First first name of the birth certificate."""
    prenoms: str
    sexe: str
    """M, F or U."""
    naissance: date | None
    lieu_naissance: str
    """INSEE code; empty when unknown."""
    ins_matricule: str = ""
    """13 characters; empty unless the identity is qualified."""
    ins_cle: str = ""
    ins_oid: str = ""
    ipp: str = ""
    ipp_oid: str = ""
    """OID of the authority that gave the IPP; empty when the site has not told it."""

    @property
    def mss_address(self) -> str:
        """The patient's box (Mon espace santé); empty without a qualified identity."""
        return f"{self.ins_matricule}{self.ins_cle}@{PATIENT_DOMAIN}".lower() if self.ins_matricule else ""


@dataclass(frozen=True, slots=True)
class Physician:
    """Who answers for the document."""

    rpps: str
    nom: str
    prenom: str
    specialty: str = "G15_10/SM59"
    specialty_label: str = "Médecin - Médecine d'urgence (SM)"


@dataclass(frozen=True, slots=True)
class Organisation:
    """The hospital: its FINESS (geographic when known), its name."""

    finess: str
    name: str
    commune: str = ""
    phone: str = ""
    geographic: bool = True


@dataclass(frozen=True, slots=True)
class PassageFacts:
    """The passage as movements and entries tell it; moments are aware."""

    number: str
    """Number of the venue, as PV1-19 and PID-18 carry it."""
    arrived_at: datetime
    left_at: datetime
    triage_level: str = ""
    care_at: datetime | None = None
    outcome: str = ""
    """French: where the patient went."""
    diagnosis_code: str = ""
    diagnosis_label: str = ""
    """CIM-10 of the main diagnosis, where it was coded."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom the document is sent."""

    name: str
    address: str
    """MSSanté address."""
    kind: str = "ps"
    """ps, organisation, application, ehpad."""
    identifier: str = ""
    """RPPS of a person, FINESS of an organisation."""


@dataclass(frozen=True, slots=True)
class Content:
    """All that a document says. Personal and medical data."""

    kind: Kind
    uid: str
    """OID of this version, complete, without extension (the DMP takes no other form)."""
    set_uid: str
    version: int
    created_at: datetime
    patient: PatientIdentity
    author: Physician
    organisation: Organisation
    passage: PassageFacts
    sections: Mapping[str, str] = field(default_factory=dict)
    recipients: tuple[Recipient, ...] = ()
    replaces: str = ""
    """OID of the version replaced."""
    automatic: bool = False
    """Nobody read it: a setting of the site let it go."""
    masked: bool = False
    invisible: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document cannot be sent: the element, and a French sentence."""

    element: str
    sentence: str
    source: str = "archipel"
    """archipel, xsd, or the name of a schematron."""

    def __str__(self) -> str:
        return f"{self.element} : {self.sentence}" if self.element else self.sentence
