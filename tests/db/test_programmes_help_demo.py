"""The demonstration of help and maturity: every state can be seen, everything says invented, twice changes nothing."""

from __future__ import annotations

import pytest
from django.utils import timezone

from archipel.demo.programmes import aide as help_demo
from archipel.demo.programmes import maturite as maturity_demo
from archipel.foundation.scope import EVERYWHERE, in_scope, system_scope
from archipel.programmes.catalogue import public as catalogue
from archipel.programmes.catalogue.models import RequestEvent
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.models import Answer
from archipel.programmes.perimetre import public as perimetre
from archipel.territory import reference
from tests.factories.programmes import load_region

pytestmark = pytest.mark.django_db


def test_the_demonstration_shows_every_state_and_says_invented() -> None:
    load_region()
    ght = next(one for one in reference.ghts() if one.code == "BFC-03")
    scope = system_scope("démonstration", [*perimetre.in_region("27"), EVERYWHERE])
    today = timezone.localdate()
    with in_scope(scope):
        counts = []
        for _ in range(2):
            maturity_demo.seed(scope, ght)
            help_demo.seed(scope, ght)
            counts.append((RequestEvent.objects.count(), Answer.objects.count()))
        assert counts[0] == counts[1]
        states = {line.course.etat for line in catalogue.requests(scope, today)}
        assert states >= {"en_cours", "demarree", "terminee"}
        assert any(line.dates.en_retard for line in catalogue.requests(scope, today))
        assert len(catalogue.published()) == 2 and all("fictif" in p.content["titre"] for p in catalogue.published())
        assert "fictive" in catalogue.offers("27")[0].nom
        (campaign,) = maturity.campaigns(scope, today)
        assert "fictif" in campaign.title and 0 < campaign.complete < len(campaign.members)
        assert set(Answer.objects.values_list("comment", flat=True)) == {maturity_demo.MARK}
