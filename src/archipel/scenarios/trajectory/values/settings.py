"""What a person asks of a scenario: horizon, targets, constraints, weights, choices made by hand, assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from archipel.scenarios.trajectory.values.problem import Weights


class Preset(StrEnum):
    """Ready-made scenarios."""

    GARDER = "tout-garder"
    UN_DPI = "un-dpi"
    MEILLEUR = "meilleur-par-fonction"
    POLES = "deux-poles"
    LIBRE = "libre"


PRESETS: dict[Preset, tuple[str, str]] = {
    Preset.GARDER: (
        "Tout garder",
        "Rien de ce qui marche ne change ; seuls les manques obligatoires et les fins de vie sont traités.",
    ),
    Preset.UN_DPI: ("Un seul DPI", "Tous les membres sur le même dossier patient à la fin ; le reste au moindre coût."),
    Preset.MEILLEUR: (
        "Le meilleur par fonction",
        "Pour chaque fonction où les produits diffèrent, une majorité des membres sur le même.",
    ),
    Preset.POLES: (
        "Deux pôles",
        "Deux groupes d'établissements, chacun avec son dossier patient et sa gestion administrative.",
    ),
    Preset.LIBRE: ("Moindre coût", "Aucune cible imposée : le calcul choisit ce qui coûte le moins sur la période."),
}
"""Preset → (name, what it asks)."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is aimed at for a function: see :class:`archipel.scenarios.trajectory.values.problem.Common`."""

    function: str
    share: float
    product: str = ""
    members: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """A choice made by hand: a product imposed from a calendar year (None: at the end), or forbidden."""

    establishment: str
    function: str
    product: str
    year: int | None = None
    allowed: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. Years are calendar years, money whole euros, effort person-days.

    Attributes:
        first_year: first year of the horizon.
        years: how many.
        capacity: person-days by year; empty: by the assumption, for every member.
        one_large: at most one large switch a year and an establishment.
        sovereign_share: least share of needs (by users) at the expected level of sovereignty, in the last year.
        carbon_cut: least cut of the emissions of today in the last year (0 to 1); None: no limit.
        mandatory_from: year from which mandatory functions must be served.
        budgets: establishment → euros a year at most.
        keep: nothing that works changes.
        barred: products that nobody may move to.
        ends: product → last year in which it is supported.
        seconds: time given to the search; ``gap``: share of the cost within which it may stop.
        prices: whether to work out afterwards what each constraint costs.
    """

    preset: Preset = Preset.LIBRE
    first_year: int = 2027
    years: int = 5
    capacity: tuple[int, ...] = ()
    one_large: bool = True
    sovereign_share: float = 0.0
    carbon_cut: float | None = None
    mandatory_from: int = 2028
    budgets: tuple[tuple[str, int], ...] = ()
    keep: bool = False
    targets: tuple[Target, ...] = ()
    barred: tuple[str, ...] = ()
    ends: tuple[tuple[str, int], ...] = ()
    hands: tuple[Hand, ...] = ()
    weights: Weights = field(default_factory=Weights)
    assumptions: Mapping[str, float] = field(default_factory=dict)
    seconds: int = 60
    gap: float = 0.001
    prices: bool = True
