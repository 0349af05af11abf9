"""Publishing the structure, loading the reference, provisional entities."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection, transaction

from archipel.foundation.scope import in_scope, system_scope
from archipel.territory import models
from archipel.territory.public import ensure_provisional, load_reference

CHU = "210780581"
SCOPE = system_scope("tests", [CHU])


@pytest.mark.django_db
def test_reference_is_loaded_once():
    with in_scope(SCOPE):
        done = load_reference(scope=SCOPE, ght_code="BFC-03")
        assert done is not None
        chu = models.Etablissement.objects.get(code=CHU)
        assert (chu.ght, chu.support, chu.provisional) == ("BFC-03", True, False)
        site = models.Site.objects.get(finess="210987558")
        assert site.commune == "Dijon"
        assert site.latitude == pytest.approx(47.33187)
        version = models.Version.objects.get(entity__code="210987558")
        assert version.attributes["capacites"]["SCA"]["lits"] > 0
        assert load_reference(scope=SCOPE, ght_code="BFC-03") is None
        assert models.Publication.objects.count() == 1


@pytest.mark.django_db
def test_provisional_is_idempotent_and_complete():
    beds = {("2101", "12", "P"), ("2101", "12", "F"), ("2102", "", "1"), ("2103", "4", "")}
    with in_scope(SCOPE):
        for _ in range(2):
            ensure_provisional(establishment="~CHX", name="CH X", ufs={"2100"}, beds=beds, source="m1")
        assert models.Etablissement.objects.get(code="~CHX").provisional
        assert set(models.Uf.objects.values_list("code", flat=True)) == {"2100", "2101", "2102", "2103"}
        assert models.Lit.objects.filter(provisional=True).count() == 3
        assert models.Entity.objects.filter(kind="CHAMBRE").count() == 2
        assert models.Publication.objects.count() == 1
        assert models.Version.objects.count() == models.Entity.objects.count() == 10
        assert models.Relation.objects.count() == 9


def test_provisional_under_concurrency(fresh_database):
    errors = []

    def create(rank: int) -> None:
        try:
            with in_scope(SCOPE), transaction.atomic():
                beds = {(f"U{n % 7}", f"{n % 5}", str(n % 11)) for n in range(rank, rank + 60)}
                ensure_provisional(establishment="~CHX", name="CH X", ufs=set(), beds=beds, source=f"m{rank}")
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=create, args=(rank,)) for rank in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    entities = models.Entity.objects.count()
    assert models.Version.objects.count() == entities
    assert models.Relation.objects.count() == entities - 1
    assert models.Entity.objects.filter(kind="LIT").count() == models.Lit.objects.count()
    _ = date
