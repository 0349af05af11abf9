"""The demonstration shows every status, on documents that say that they are fictitious."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from archipel.demo.programmes import proof as seeding
from archipel.foundation.scope import in_scope
from archipel.programmes.proof import models
from archipel.programmes.proof import public as proof
from archipel.programmes.proof.values import Status
from archipel.territory.reference import ght as reference_ght
from tests.factories.proof import GHT, furnish, system


@pytest.mark.django_db
def test_the_demonstration_shows_every_status_and_is_seeded_once() -> None:
    furnish()
    group, scope = reference_ght(GHT), system()
    with in_scope(scope):
        seeding.seed(scope, group)
        found = proof.statuses(scope=scope, subject=group.support.finess.value)
        entries = models.Entry.objects.count()
        seeding.seed(scope, group)
        assert models.Entry.objects.count() == entries > 20
        files = list(models.File.objects.all()[:3])
        past = models.Change.objects.order_by("at").first()
        assert (past.recorded_at - past.at).days > 60, "a trend from the first day"
    seen = {one.status for one in found}
    assert {Status.PROUVE, Status.DECLARE, Status.EN_COURS, Status.PERIME, Status.MANQUANT} <= seen
    for file in files:
        assert "document fictif" in PdfReader(io.BytesIO(bytes(file.content))).pages[0].extract_text()
