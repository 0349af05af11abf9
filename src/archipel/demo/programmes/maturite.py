"""Invented answers of the real members to the CaRE D2 grid, and a campaign that is under way. All of it says so."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from archipel.foundation.scope import Scope
from archipel.programmes.maturity import public as maturity
from archipel.territory.reference_values import RefGht

MARK = "Démonstration : réponse fictive."
PACK, GRID = "care-d2", "auto-diagnostic-d2"


def seed(scope: Scope, ght: RefGht) -> None:
    """A campaign, answers that differ from member to member, efforts; once."""
    today = timezone.localdate()
    if maturity.campaigns(scope, today):
        return
    grid = maturity.grid(PACK, GRID)
    group = maturity.group(scope, grid, ght.code)
    campaign = maturity.open_campaign(
        scope=scope, grid=grid, title=f"CaRE D2 : où en sommes-nous ? (fictif, {today.year})",
        establishments=[e for m in group.members for e in m.establishments], due_on=today + timedelta(days=12),
        opens_on=today - timedelta(days=20), note=MARK, ght=group.code,
    )  # fmt: skip
    dice = random.Random(ght.code)  # noqa: S311 - invented answers, the same at each demonstration
    for rank, member in enumerate(group.members):
        _answer(scope, grid, member, dice, 0.75 - 0.08 * rank, campaign.facts[0])
        for indicator in ("d2-o1-c-soins", "d2-o1-c-administratif", "d2-o1-c-plateau"):
            days = Decimal(dice.randint(8, 40)) / 2
            maturity.state_effort(
                scope=scope, grid=grid, entity=member.code, indicator=indicator, level=0, days=days, reason=MARK
            )
    _answer(scope, grid, group.itself, dice, 0.6, campaign.facts[0])


def _answer(
    scope: Scope, grid: maturity.Grille, who: maturity.EntityInfo, dice: random.Random, skill: float, campaign: int
) -> None:
    """Two rounds, a month apart; the last members have not finished."""
    today = timezone.localdate()
    own = [i for i in grid.indicateurs if not who.ght or i.groupe == who.group]
    for days_ago, better in ((40, 0.0), (6, 0.15)):
        given = []
        for indicator in own:
            if days_ago == 6 and dice.random() < 0.3 - skill / 3:
                continue
            yes = dice.random() < skill + better
            measure = maturity.measure_of(grid, indicator.id, "oui" if yes else "non")
            piece = (maturity.Evidence(f"Pièce fictive : {indicator.preuve or indicator.code}", "Démonstration"),)
            evidence = piece if yes and dice.random() < 0.7 else ()
            given.append(maturity.Given(indicator.id, measure, MARK, evidence, today - timedelta(days=days_ago)))
        if given and (days_ago == 6 or skill > 0.3):
            maturity.answer(scope=scope, grid=grid, entity=who.code, given=given, campaign=campaign)
