"""The test cases written beside the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archipel.programmes.packs.values.base import Line, Maille, Number, Source, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Entite(Line):
    """An entity of the small graph of a case."""

    id: str
    maille: Maille
    dans: str | None = None
    porteur: str | None = None
    perimetre: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaitPose(Line):
    """A fact of a case; several values are contradictory ones."""

    fait: str
    valeurs: tuple[Value, ...]
    chez: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendu(Line):
    """What a case must find: one of a verdict, a ceiling, instalments, a level.

    ``verdict`` goes with ``regle`` or ``eligibilite`` (a theme, or « pack »), ``manque`` being the smallest sets of
    facts that would decide it; ``plafond`` is in euros; ``mesure`` and ``niveau`` go with ``bareme``.
    """

    regle: str | None = None
    eligibilite: str | None = None
    chez: str | None = None
    verdict: str | None = None
    manque: tuple[tuple[str, ...], ...] | None = None
    plafond: Number | str | None = None
    categorie: str | None = None
    octroi: Number | None = None
    echeances: tuple[Number, ...] = ()
    bareme: str | None = None
    grille: str | None = None
    mesure: Number | None = None
    niveau: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cas(Line):
    """A test case: entities, facts, a day, and what is expected."""

    id: str
    attendu: tuple[Attendu, ...]
    libelle: str | None = None
    le: date | None = None
    graphe: tuple[Entite, ...] = ()
    faits: tuple[FaitPose, ...] = ()
    source: Source | None = None
