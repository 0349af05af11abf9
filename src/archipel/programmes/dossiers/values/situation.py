"""What the checks of a dossier look at, gathered: its contents, its perimeter, its pieces, what the neighbours say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from archipel.programmes.dossiers.values.content import EMPTY, Content
from archipel.programmes.dossiers.values.template import Template


class Answer(StrEnum):
    """A three-valued answer."""

    OUI = "oui"
    NON = "non"
    INCONNU = "inconnu"


class PieceNature(StrEnum):
    """What an attachment is."""

    LETTRE = "lettre-engagement"
    AVIS = "avis"
    DEVIS = "devis"
    PREUVE = "preuve"
    CONVENTION = "convention"
    ACCUSE = "accuse-depot"
    AUTRE = "autre"


PIECE_LABELS: dict[PieceNature, str] = {
    PieceNature.LETTRE: "Lettre d'engagement d'un industriel",
    PieceNature.AVIS: "Avis d'une instance",
    PieceNature.DEVIS: "Devis",
    PieceNature.PREUVE: "Preuve d'un résultat",
    PieceNature.CONVENTION: "Convention",
    PieceNature.ACCUSE: "Accusé de dépôt",
    PieceNature.AUTRE: "Autre",
}


@dataclass(frozen=True, slots=True)
class Party:
    """An establishment of the perimeter: FINESS PMSI, legal entity, its sites, and whether it agreed to take part."""

    finess: str
    ej: str
    name: str
    role: str
    sites: tuple[str, ...] = ()
    agreed: bool = True
    public_member: bool = False
    """Public, and member of a GHT: the project must be validated by the group."""
    status: str = "inconnu"
    """public, espic, prive or inconnu."""

    @property
    def bearer(self) -> bool:
        """Whether it is the lead (chef de file)."""
        return self.role == "porteur"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What the rules say of the whole perimeter, and why."""

    answer: Answer = Answer.INCONNU
    why: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """The facts that would decide, in words."""


@dataclass(frozen=True, slots=True)
class Cap:
    """The cap of the grant for the summed activité combinée; None when a member's is unknown."""

    amount: Decimal | None = None
    category: str = ""
    activity: Decimal | None = None
    missing: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is looked at."""

    template: Template
    contents: Mapping[str, Content]
    parties: tuple[Party, ...] = ()
    pieces: Mapping[str, int] = field(default_factory=dict)
    """How many attachments of each nature."""
    eligibility: Eligibility = field(default_factory=Eligibility)
    cap: Cap = field(default_factory=Cap)
    validated: bool = False
    """The group validated the project, in a decision still in force."""
    open_forks: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    """FINESS → how many other projects of the programme it is in."""

    def content(self, rubric: str) -> Content:
        """The content in force of a rubric."""
        return self.contents.get(rubric, EMPTY)

    @property
    def needs_ght(self) -> bool:
        """Whether the group must validate: a public member is in the perimeter."""
        return any(party.public_member for party in self.parties)
