"""Settings that make sense on some facts: bounds, known names, years of the horizon."""

from __future__ import annotations

import math
from dataclasses import replace

from archipel.kernel.errors import Invalid
from archipel.scenarios.trajectory.rules.assumptions import Defaults
from archipel.scenarios.trajectory.values.facts import Facts
from archipel.scenarios.trajectory.values.settings import Settings

MOST_YEARS, MOST_SECONDS, MOST_HANDS = 10, 600, 500


def checked(settings: Settings, facts: Facts, defaults: Defaults) -> Settings:
    """The settings, without what can have no effect.

    Raises:
        Invalid: something that cannot be; the sentence says what was found and what was expected.
    """
    _numbers(settings)
    _names(settings, facts, defaults)
    last = settings.first_year + settings.years - 1
    for hand in settings.hands:
        if hand.year is not None and not settings.first_year <= hand.year <= last:
            raise Invalid(
                f"{hand.year} est hors de la période : {settings.first_year} à {last} attendu.",
                code="annee",
                field="annee",
            )
    return replace(settings, capacity=settings.capacity[: settings.years])


def _numbers(settings: Settings) -> None:
    def within(value: float, least: float, most: float, name: str, field: str) -> None:
        if not math.isfinite(value) or not least <= value <= most:
            raise Invalid(f"{name} : {value:g} trouvé, de {least:g} à {most:g} attendu.", code="borne", field=field)

    within(settings.years, 2, MOST_YEARS, "Nombre d'années", "annees")
    within(settings.first_year, 2000, 2100, "Première année", "premiere_annee")
    within(settings.seconds, 1, MOST_SECONDS, "Durée du calcul (s)", "secondes")
    within(settings.gap, 0, 0.2, "Écart toléré", "ecart")
    within(settings.sovereign_share, 0, 1, "Part souveraine", "souverain")
    if settings.carbon_cut is not None:
        within(settings.carbon_cut, -1, 1, "Baisse du carbone", "carbone")
    for days in settings.capacity:
        within(days, 0, 1e6, "Capacité des équipes", "capacite")
    for name in ("licences", "run", "fees", "interfaces", "migration", "carbon"):
        within(getattr(settings.weights, name), 0, 1000, "Poids", "poids")
    for _, euros in settings.budgets:
        within(euros, 0, 1e12, "Budget", "budget")
    for target in settings.targets:
        within(target.share, 0, 1, "Part visée", "cible")
    for value in settings.assumptions.values():
        within(value, 0, 1e9, "Hypothèse", "hypothese")
    if len(settings.hands) > MOST_HANDS:
        raise Invalid(f"{len(settings.hands)} choix à la main, {MOST_HANDS} au plus.", code="choix", field="choix")


def _names(settings: Settings, facts: Facts, defaults: Defaults) -> None:
    functions = {one.id for one in facts.functions}
    members = {one.code for one in facts.members}
    products = {one.name for one in facts.products} | {one.product for one in facts.uses}

    def known(value: str, names: set[str], what: str) -> None:
        if value not in names:
            raise Invalid(f"{what} « {value[:60]} » : inconnu des données figées.", code="inconnu", field="cible")

    for target in settings.targets:
        known(target.function, functions, "Fonction")
        if target.product:
            known(target.product, products, "Produit")
        for member in target.members:
            known(member, members, "Établissement")
    for hand in settings.hands:
        known(hand.establishment, members, "Établissement")
        known(hand.function, functions, "Fonction")
        if hand.product:
            known(hand.product, products, "Produit")
    for name in (*settings.barred, *(product for product, _ in settings.ends)):
        known(name, products, "Produit")
    for member, _ in settings.budgets:
        known(member, members, "Établissement")
    for name in settings.assumptions:
        known(name, set(defaults.names), "Hypothèse")
