"""Pure vocabulary of patient identity: what a message asserts about a person.

A *patient key* is the text ``"<authority>|<ipp>"``; it is unique inside one establishment.
A *stamp* is a text that sorts in the sender's order of emission and never depends on arrival:
``"<MSH-7 as UTC YYYYMMDDHHMMSSffffff>|<control id>|<first 8 hex digits of the content's SHA-256>"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

TRAITS = (
    "nom_naissance",
    "nom_utilise",
    "prenom",
    "prenoms",
    "sexe",
    "date_naissance",
    "lieu_naissance",
    "deces",
    "deces_le",
    "statut_identite",
)
"""The trait fields, all texts; dates are ISO. ``lieu_naissance`` is an INSEE code, ``sexe`` is M, F or U."""


class StatutIns(StrEnum):
    """Derived identity status (référentiel national d'identitovigilance)."""

    PROV = "PROV"
    VALI = "VALI"
    RECUP = "RECUP"
    QUAL = "QUAL"


@dataclass(frozen=True, slots=True)
class InsAssertion:
    """A national identifier as carried by PID-3, with the two independent facts behind its status."""

    matricule: str
    """13 characters."""
    cle: str
    """Two digits: the key received, or the computed one where none was given."""
    oid: str
    recupere: bool
    """Retrieved from the INSi teleservice."""
    piece_verifiee: bool
    """An identity document was checked."""


@dataclass(frozen=True, slots=True)
class IdentityAssertion:
    """What one message says about one patient; fields absent from the message are absent from ``traits``."""

    patient: str
    stamp: str
    traits: Mapping[str, str | None] = field(default_factory=dict)
    """Field → value; ``None`` is HL7's explicit null (``""``): the sender empties the field."""
    ins: InsAssertion | None = None


@dataclass(frozen=True, slots=True)
class MergeAssertion:
    """``loser`` is the same person as ``survivor`` (A40), or was renamed to it (A47)."""

    loser: str
    survivor: str
    stamp: str
    event: str


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as shown to a user who may see names."""

    patient: str
    nom_naissance: str
    nom_utilise: str
    prenom: str
    sexe: str
    date_naissance: date | None
    statut: StatutIns
