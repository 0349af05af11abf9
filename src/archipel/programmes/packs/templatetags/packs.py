"""Labels of what a line of a pack refers to."""

from __future__ import annotations

from decimal import Decimal

from django import template

from archipel.foundation.web.formats import number
from archipel.programmes.packs.pages.showing import proof_text
from archipel.programmes.packs.values.base import Number
from archipel.programmes.packs.values.pack import Pack
from archipel.programmes.packs.values.programme import Preuve

register = template.Library()


@register.filter
def libelle_regle(rule_id: str, pack: Pack) -> str:
    """The label of a rule of the pack: ``{{ theme.eligibilite|libelle_regle:pack }}``."""
    rule = pack.rule(rule_id)
    return rule.libelle if rule else rule_id


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
