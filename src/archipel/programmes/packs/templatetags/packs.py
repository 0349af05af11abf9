"""Labels of what a line of a pack refers to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django import template

from archipel.foundation.web.formats import number
from archipel.programmes.packs.pages.showing import proof_text
from archipel.programmes.packs.values.base import REGIONS, Number
from archipel.programmes.packs.values.pack import Pack
from archipel.programmes.packs.values.programme import Preuve

register = template.Library()

FIELDS = {
    "publie_le": "publié le",
    "si": "condition",
    "du": "début",
    "au": "fin",
    "annee": "exercice",
    "montant": "montant (€)",
    "a_partir_de": "à partir de",
    "eligibilite": "règle d'éligibilité",
    "recevabilite": "règles de recevabilité",
    "libelle": "libellé",
    "ge": "au moins",
    "gt": "plus de",
    "le": "au plus",
    "lt": "moins de",
    "vaut": "égal à",
    "categorie": "catégorie",
    "resume": "résumé",
    "a": "jusqu'à",
    "de": "à partir de",
}
"""The keys of the files that do not read as French words."""


@register.filter
def libelle_regle(rule_id: str, pack: Pack) -> str:
    """The label of a rule of the pack: ``{{ theme.eligibilite|libelle_regle:pack }}``."""
    rule = pack.rule(rule_id)
    return rule.libelle.removesuffix(".") if rule else rule_id


@register.filter
def libelle_fait(fact_id: str, pack: Pack) -> str:
    """The label of a fact of the pack."""
    fact = pack.fact(fact_id)
    return fact.libelle if fact else fact_id


@register.filter
def preuve(proof: Preuve | None) -> str:
    """How a requirement is proved, in words."""
    return proof_text(proof)


@register.filter
def pourcent(share: Number) -> str:
    """A share as a percentage: ``0.5`` → ``50``."""
    return number(Decimal(share) * 100)


@register.filter
def champ(name: str) -> str:
    """The name of a field of a file, in words: ``publie_le`` → ``publié le``."""
    return FIELDS.get(name, name.replace("_", " "))


@register.filter
def region(code: str) -> str:
    """The name of a region from its INSEE code."""
    return REGIONS.get(code, code)


@register.filter
def reculs(lines: Sequence[str]) -> list[tuple[int, str]]:
    """The lines of an explanation with their depth, from 0 to 5."""
    return [(min(5, (len(line) - len(line.lstrip())) // 2), line.strip()) for line in lines]
