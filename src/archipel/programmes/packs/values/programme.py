"""What a programme or a framework states: themes down to requirements, money, calendar, dossier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from enum import StrEnum

from archipel.programmes.packs.values.base import Line, Maille, Number, Source


class NaturePreuve(StrEnum):
    """What establishes that a requirement is met."""

    METRIQUE = "metrique"
    PIECE = "piece"
    DECISION = "decision"
    DECLARATIF = "declaratif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seuil(Line):
    """What a live metric must reach."""

    vaut: Number | None = None
    lt: Number | None = None
    le: Number | None = None
    gt: Number | None = None
    ge: Number | None = None
    unite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preuve(Line):
    """How a requirement is proved; ``metrique`` names a live metric, where one exists."""

    nature: NaturePreuve
    metrique: str | None = None
    seuil: Seuil | None = None
    maille: Maille | None = None
    fraicheur_jours: int | None = None
    pieces: tuple[str, ...] = ()
    instance: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exigence(Line):
    """Something to hold, that can be proved; ``si`` names the rule outside of which it does not apply."""

    id: str
    libelle: str
    preuve: Preuve
    source: Source
    detail: str | None = None
    obligatoire: bool = True
    jalon: str | None = None
    si: str | None = None
    defauts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resultat(Line):
    """An expected result."""

    id: str
    libelle: str
    source: Source
    numero: int | None = None
    detail: str | None = None
    preuve: Preuve | None = None
    exigences: tuple[Exigence, ...] = ()
    jalon: str | None = None
    defauts: tuple[str, ...] = ()

    def requirements(self) -> tuple[Exigence, ...]:
        """Its requirements: those written, else itself when it says how it is proved."""
        if self.exigences or self.preuve is None:
            return self.exigences
        return (
            Exigence(
                id=self.id,
                libelle=self.libelle,
                detail=self.detail,
                preuve=self.preuve,
                source=self.source,
                jalon=self.jalon,
                defauts=self.defauts,
                ligne=self.ligne,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectif(Line):
    """An objective and the results expected."""

    id: str
    libelle: str
    source: Source
    numero: int | None = None
    definition: str | None = None
    resultats: tuple[Resultat, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme(Line):
    """A theme, a domain or a part of a programme."""

    id: str
    libelle: str
    source: Source
    resume: str | None = None
    eligibilite: str | None = None
    recevabilite: tuple[str, ...] = ()
    objectifs: tuple[Objectif, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranche(Line):
    """A band of a funding table, [a_partir_de, moins_de), and its amount in euros."""

    categorie: str
    montant: Number
    a_partir_de: Number | None = None
    moins_de: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plafonds(Line):
    """The ceiling of a project, by band of a number summed over its perimeter."""

    fait: str
    tranches: tuple[Tranche, ...]
    source: Source
    par: str = "projet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forfait(Line):
    """A fixed amount, in euros."""

    id: str
    libelle: str
    montant: Number
    source: Source
    par: Maille | None = None
    condition: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enveloppe(Line):
    """A whole budget, in euros."""

    id: str
    libelle: str
    montant: Number
    source: Source
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Echeance(Line):
    """An instalment: the share (0 to 1) of the amount granted, and what triggers it."""

    id: str
    libelle: str
    part: Number
    condition: str
    source: Source
    annee: int | None = None
    jalon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Critere(Line):
    """A criterion of selection or modulation, and what checks it where something can."""

    id: str
    libelle: str
    source: Source
    regle: str | None = None
    rubrique: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Financement(Line):
    """What the programme pays, and how."""

    monnaie: str = "EUR"
    plafonds: Plafonds | None = None
    forfaits: tuple[Forfait, ...] = ()
    enveloppes: tuple[Enveloppe, ...] = ()
    echeances: tuple[Echeance, ...] = ()
    modulation: tuple[Critere, ...] = ()
    cofinancement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incompatibilite(Line):
    """A limit over several projects (``au_plus``) or several packs (``exclusif``)."""

    id: str
    libelle: str
    regle: str
    source: Source
    n: int | None = None
    par: Maille | None = None
    roles: tuple[str, ...] = ()
    etendue: str | None = None
    avec: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Jalonnement(Line):
    """A line of the calendar: a day, a period, or the words of a source that gives neither."""

    id: str
    libelle: str
    nature: str
    certitude: str
    source: Source
    date: Date | None = None
    du: Date | None = None
    au: Date | None = None
    texte: str | None = None
    defaut: str | None = None

    @property
    def debut(self) -> Date | None:
        """The first day, where it is known."""
        return self.date or self.du

    @property
    def fin(self) -> Date | None:
        """The last day, where it is known: the day that « avant » and « au plus tard » compare with."""
        return self.date or self.au


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubrique(Line):
    """A section of the dossier."""

    id: str
    libelle: str
    type: str
    source: Source
    aide: str | None = None
    obligatoire: bool = True
    exercices: tuple[int, ...] = ()
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier(Line):
    """The dossier, in the order of the national platform."""

    rubriques: tuple[Rubrique, ...]
    plateforme: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Line):
    """Whom to reach; ``region`` is an INSEE code."""

    role: str
    source: Source
    region: str | None = None
    nom: str | None = None
    courriel: str | None = None
    telephone: str | None = None
    lien: str | None = None
