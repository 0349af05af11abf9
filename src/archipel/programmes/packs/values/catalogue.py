"""What a catalogue of help states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archipel.programmes.packs.values.base import Line, Nomme, Number, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne(Line):
    """The upper end of a duration."""

    jours: Number | None = None
    semaines: Number | None = None
    mois: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duree(Line):
    """A duration as a source states it, in days, weeks or months."""

    jours: Number | None = None
    semaines: Number | None = None
    mois: Number | None = None
    au_plus: Borne | None = None
    environ: bool = False
    texte: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operateur(Nomme):
    """Who offers help."""

    sigle: str | None = None
    lien: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acces(Nomme):
    """A route of access: who asks, and through whom the request goes, in order."""

    circuit: tuple[str, ...] = ()
    demandeur: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeFinancement(Nomme):
    """A mode of funding, and what is left to the establishment: total, partiel, aucun or variable."""

    reste_a_charge: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cout(Line):
    """A price in euros, and what it pays for."""

    montant: Number
    pour: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disponibilite(Line):
    """When the help may be had."""

    du: date | None = None
    au: date | None = None
    texte: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Line):
    """A dated session of a training, first and last day included."""

    id: str
    du: date
    au: date
    module: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Droit(Line):
    """The share of a quota that belongs to one or several regions (INSEE codes) together."""

    regions: tuple[str, ...]
    libelle: str
    nombre: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota(Line):
    """A limited number of beneficiaries, shared out between regions."""

    total: int
    par_region: tuple[Droit, ...]
    source: Source
    unite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prerequis(Line):
    """Something to have before, and the fact that says whether one has it."""

    id: str
    libelle: str
    source: Source
    module: str | None = None
    fait: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Line):
    """A condition of access, and the rule that checks it where one can."""

    id: str
    libelle: str
    source: Source
    regle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite(Line):
    """What comes after the help itself, and in how long."""

    id: str
    libelle: str
    delai: Duree
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeAide(Nomme):
    """A theme of the catalogue; ``alias`` are other words for the search."""

    alias: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispositif(Line):
    """A form of help: a tool, a guide, a training, a coaching, an operational support."""

    id: str
    nom: str
    type: str
    themes: tuple[str, ...]
    operateurs: tuple[str, ...]
    source: Source
    numero: int | None = None
    alias: tuple[str, ...] = ()
    rubrique: str | None = None
    description: str | None = None
    contenu: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    confidentiel: bool = False
    mots_cles: tuple[str, ...] = ()
    acces: str | None = None
    modalites: str | None = None
    financements: tuple[str, ...] = ()
    financement_texte: str | None = None
    cout: Cout | None = None
    delai: Duree | None = None
    suites: tuple[Suite, ...] = ()
    duree: Duree | None = None
    charge: Duree | None = None
    disponible: Disponibilite | None = None
    sessions: tuple[Session, ...] = ()
    cloture: Duree | None = None
    quota: Quota | None = None
    prerequis: tuple[Prerequis, ...] = ()
    conditions: tuple[Condition, ...] = ()
    liens: tuple[str, ...] = ()
    fiche: str = "presente"
    defauts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue(Line):
    """A catalogue of help."""

    types: tuple[Nomme, ...]
    themes: tuple[ThemeAide, ...]
    operateurs: tuple[Operateur, ...]
    dispositifs: tuple[Dispositif, ...]
    acces: tuple[Acces, ...] = ()
    financements: tuple[ModeFinancement, ...] = ()
    principes: tuple[Nomme, ...] = ()
