"""A version of a pack, whole; and what a region changes in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from archipel.programmes.packs.values.base import (
    Chiffre,
    Defaut,
    Document,
    Line,
    Maille,
    Nature,
    Periode,
    Serie,
    Source,
)
from archipel.programmes.packs.values.cases import Cas
from archipel.programmes.packs.values.catalogue import Catalogue
from archipel.programmes.packs.values.expressions import Fait, Regle
from archipel.programmes.packs.values.grid import Grille
from archipel.programmes.packs.values.programme import (
    Contact,
    Critere,
    Dossier,
    Exigence,
    Financement,
    Incompatibilite,
    Jalonnement,
    Objectif,
    Resultat,
    Theme,
)


class Requirement(NamedTuple):
    """A requirement and the way down to it."""

    theme: Theme
    objectif: Objectif
    resultat: Resultat
    exigence: Exigence

    @property
    def path(self) -> str:
        """Its name in the pack, stable from version to version: ``theme/objectif/resultat[/exigence]``."""
        parts = [self.theme.id, self.objectif.id, self.resultat.id]
        return "/".join(parts if self.exigence.id == self.resultat.id else [*parts, self.exigence.id])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack(Line):
    """One version of a pack. Field names are the keys of the file; each is told in ``pack.schema.json``."""

    pack: str
    version: str
    nature: Nature
    titre: str
    porteur: str
    publie_le: date
    valide: Periode
    sources: tuple[Document, ...]
    resume: str | None = None
    historique: bool = False
    maille: Maille | None = None
    defauts: tuple[Defaut, ...] = ()
    faits: tuple[Fait, ...] = ()
    regles: tuple[Regle, ...] = ()
    eligibilite: str | None = None
    recevabilite: tuple[str, ...] = ()
    themes: tuple[Theme, ...] = ()
    financement: Financement | None = None
    incompatibilites: tuple[Incompatibilite, ...] = ()
    selection: tuple[Critere, ...] = ()
    calendrier: tuple[Jalonnement, ...] = ()
    dossier: Dossier | None = None
    contacts: tuple[Contact, ...] = ()
    chiffres: tuple[Chiffre, ...] = ()
    series: tuple[Serie, ...] = ()
    catalogue: Catalogue | None = None
    grilles: tuple[Grille, ...] = ()
    cas: tuple[Cas, ...] = ()

    def requirements(self) -> Iterator[Requirement]:
        """Every requirement, in the order of the pack."""
        for theme in self.themes:
            for objectif in theme.objectifs:
                for resultat in objectif.resultats:
                    for exigence in resultat.requirements():
                        yield Requirement(theme, objectif, resultat, exigence)

    def rule(self, rule_id: str) -> Regle | None:
        """The rule of that id."""
        return next((rule for rule in self.regles if rule.id == rule_id), None)

    def fact(self, fact_id: str) -> Fait | None:
        """The fact of that id."""
        return next((fact for fact in self.faits if fact.id == fact_id), None)

    def milestone(self, milestone_id: str) -> Jalonnement | None:
        """The calendar line of that id."""
        return next((line for line in self.calendrier if line.id == milestone_id), None)

    def theme(self, theme_id: str) -> Theme | None:
        """The theme of that id."""
        return next((theme for theme in self.themes if theme.id == theme_id), None)

    def eligibility(self, theme_id: str | None = None) -> str | None:
        """The rule that says who is eligible: the theme's own, else that of the pack."""
        theme = self.theme(theme_id) if theme_id else None
        return (theme.eligibilite if theme else None) or self.eligibilite

    def admissibility(self, theme_id: str | None = None) -> tuple[str, ...]:
        """The rules that a project must meet: those of the pack, then the theme's own."""
        theme = self.theme(theme_id) if theme_id else None
        return self.recevabilite + (theme.recevabilite if theme else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Modification(Line):
    """A line of the pack whose fields a region replaces."""

    cible: str
    id: str
    champs: dict[str, Any]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrait(Line):
    """A line of the pack that a region takes away."""

    cible: str
    id: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge(Line):
    """What a region (INSEE code) adds to a pack, changes in it or takes away; ``ajoute`` is raw, by list."""

    surcharge: str
    region: str
    version: str
    titre: str
    publie_le: date
    sources: tuple[Document, ...]
    pour: tuple[str, ...] = ()
    ajoute: dict[str, Any] | None = None
    modifie: tuple[Modification, ...] = ()
    retire: tuple[Retrait, ...] = ()
