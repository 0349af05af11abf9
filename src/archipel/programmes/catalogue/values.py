"""What an aid is, what it costs, when it may be had, where a request for it stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from archipel.programmes.packs.values.catalogue import Duree, Session


class Reste(StrEnum):
    """What a mode of funding leaves to the establishments."""

    TOTAL = "total"
    PARTIEL = "partiel"
    AUCUN = "aucun"
    VARIABLE = "variable"


class Acteur(StrEnum):
    """Who acts on a request."""

    ETABLISSEMENT = "etablissement"
    GHT = "ght"
    ARS = "ars"
    OPERATEUR = "operateur"
    DGOS = "dgos"


ACTEUR_LABELS: dict[Acteur, str] = {
    Acteur.ETABLISSEMENT: "l'établissement",
    Acteur.GHT: "le GHT",
    Acteur.ARS: "l'ARS",
    Acteur.OPERATEUR: "l'opérateur",
    Acteur.DGOS: "la DGOS",
}
ASKING = (Acteur.ETABLISSEMENT, Acteur.GHT)
"""Those whose part of the circuit is to ask."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode of funding of an aid."""

    id: str
    libelle: str
    reste: Reste


@dataclass(frozen=True, slots=True)
class Droits:
    """A share of a quota: the regions (INSEE codes) that hold it together, and how many beneficiaries."""

    regions: tuple[str, ...]
    libelle: str
    nombre: int


@dataclass(frozen=True, slots=True)
class Point:
    """A prerequisite or a condition of access; ``fait`` or ``regle`` is what checks it, where something can."""

    id: str
    libelle: str
    source: str = ""
    module: str = ""
    fait: str = ""
    regle: str = ""


@dataclass(frozen=True, slots=True)
class Etape:
    """What comes after the help, and in how long."""

    libelle: str
    delai: Duree


@dataclass(frozen=True, slots=True)
class Porteur:
    """An operator."""

    id: str
    libelle: str
    sigle: str = ""
    lien: str = ""

    @property
    def court(self) -> str:
        """Its acronym, or its name."""
        return self.sigle or self.libelle


@dataclass(frozen=True, slots=True)
class Aide:
    """A form of help, national (of a pack) or regional (``region``, added by its ARS)."""

    ref: str
    nom: str
    type: str
    type_libelle: str
    themes: tuple[str, ...]
    operateurs: tuple[Porteur, ...]
    source: str
    region: str = ""
    pack: str = ""
    version: str = ""
    numero: int | None = None
    alias: tuple[str, ...] = ()
    rubrique: str = ""
    description: str = ""
    contenu: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    mots_cles: tuple[str, ...] = ()
    confidentiel: bool = False
    acces: str = ""
    demandeur: str = ""
    circuit: tuple[Acteur, ...] = ()
    modalites: str = ""
    modes: tuple[Mode, ...] = ()
    financement_texte: str = ""
    prix: Decimal | None = None
    prix_pour: str = ""
    part_ars: Decimal | None = None
    """What the ARS pays, in percent, where it has said so."""
    delai: Duree | None = None
    suites: tuple[Etape, ...] = ()
    duree: Duree | None = None
    charge: Duree | None = None
    du: date | None = None
    au: date | None = None
    disponible: str = ""
    sessions: tuple[Session, ...] = ()
    cloture: Duree | None = None
    quota: tuple[Droits, ...] = ()
    prerequis: tuple[Point, ...] = ()
    conditions: tuple[Point, ...] = ()
    liens: tuple[str, ...] = ()
    fiche: str = "presente"
    defauts: tuple[str, ...] = ()

    @property
    def demandable(self) -> bool:
        """Whether a request for it is followed here: not what is published, nor what a person asks for herself."""
        return bool(self.circuit) and not self.confidentiel and self.fiche != "annoncee"

    def droits(self, region: str) -> Droits | None:
        """The share of the quota of a region."""
        return next((one for one in self.quota if region in one.regions), None)


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of a catalogue; ``alias`` are other words for it."""

    id: str
    libelle: str
    resume: str = ""
    alias: tuple[str, ...] = ()


class Avis(StrEnum):
    """What one of the parties says of a request."""

    FAVORABLE = "favorable"
    DEFAVORABLE = "defavorable"
    COMPLEMENT = "complement"


class Acte(StrEnum):
    """What may happen to a request."""

    DEPOT = "depot"
    AVIS = "avis"
    COMPLEMENT = "complement"
    RETRAIT = "retrait"
    DEMARRAGE = "demarrage"
    FIN = "fin"
    ANNULATION = "annulation"


class Etat(StrEnum):
    """Where a request stands."""

    EN_COURS = "en_cours"
    A_COMPLETER = "a_completer"
    ACCORDEE = "accordee"
    REFUSEE = "refusee"
    RETIREE = "retiree"
    DEMARREE = "demarree"
    TERMINEE = "terminee"


ETAT_LABELS: dict[Etat, str] = {
    Etat.EN_COURS: "En cours",
    Etat.A_COMPLETER: "À compléter",
    Etat.ACCORDEE: "Accordée",
    Etat.REFUSEE: "Refusée",
    Etat.RETIREE: "Retirée",
    Etat.DEMARREE: "Mission en cours",
    Etat.TERMINEE: "Mission terminée",
}
