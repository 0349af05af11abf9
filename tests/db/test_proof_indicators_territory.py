"""The structure: shared and clean, today and as it was known."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from archipel.foundation.scope import NOBODY, in_scope, system_scope
from archipel.kernel.errors import Denied
from archipel.kernel.indicators import Indicator
from archipel.territory import models
from archipel.territory.public import ensure_provisional, load_reference, shared_structure
from archipel.territory.services.undo import undo
from archipel.territory.services.validation import validate
from archipel.territory.values import Key, Kind
from tests.db.test_territory_publication import CHU, FILE, SCOPE, SITE, TODAY, import_file

OTHER = "210780706"


def read(*places: str, **options) -> Indicator:
    now = timezone.now()
    return shared_structure(
        scope=system_scope("tests", places), establishments=places or (CHU,),
        at=options.pop("at", now), known_at=options.pop("known_at", now), **options,
    )  # fmt: skip


def values(indicator: Indicator) -> dict[str, Decimal | None]:
    return {one.code: one.value for one in indicator.measures}


@pytest.fixture
def group(db):
    with in_scope(SCOPE):
        load_reference(scope=SCOPE, ght_code="BFC-03")
        yield


def test_nothing_described_is_unknown_and_not_zero(group) -> None:
    found = values(read(CHU))
    assert found["part-propre"] is None and found["age-publication"] is None
    assert found["uf"] == 0 and found["membres-couverts"] == 0


def test_provisional_and_orphan_units_are_not_clean(group) -> None:
    import_file(FILE)
    ensure_provisional(establishment=CHU, name="", ufs={"9001", "9002"}, beds=set(), source="m1")
    found = read(CHU)
    assert values(found) == {
        "part-propre": Decimal("50.0"), "uf": 4, "provisoires": 2, "orphelines": 2, "age-publication": 0,
        "membres-couverts": Decimal("100.0"),
    }  # fmt: skip
    assert found.rows == 4 and len(found.rows_sha256) == 64
    assert "territory_version" in found.query
    assert values(read(CHU, OTHER))["membres-couverts"] == Decimal("50.0")
    assert values(read(CHU, OTHER))["age-publication"] is None
    assert values(read(CHU, sites=[SITE]))["uf"] == 2


def test_it_agrees_with_the_structure_of_today(group) -> None:
    import_file(FILE)
    ensure_provisional(establishment=CHU, name="", ufs={"9001"}, beds=set(), source="m1")
    today = models.Uf.objects.filter(establishment=CHU, closed=False)
    found = values(read(CHU))
    assert found["uf"] == today.count()
    assert found["provisoires"] == today.filter(provisional=True).count()
    assert found["orphelines"] == today.filter(site="").count()


def test_what_was_known_then_does_not_change_when_somebody_validates_or_takes_back(group) -> None:
    import_file(FILE)
    before_all = timezone.now()
    ensure_provisional(establishment=CHU, name="", ufs={"9001"}, beds=set(), source="m1")
    provisional = timezone.now()
    site = Key(Kind.EG, CHU, SITE)
    done = validate(scope=SCOPE, entity=Key(Kind.UF, CHU, "9001"), filiere="MED", parent=site, reason="c'est la 9001")
    validated = timezone.now()
    undo(scope=SCOPE, publication=done.id, reason="non")
    after = timezone.now() + timedelta(seconds=1)
    history = [values(read(CHU, known_at=at))["provisoires"] for at in (before_all, provisional, validated, after)]
    assert history == [0, 1, 0, 1]
    shares = [values(read(CHU, known_at=at))["part-propre"] for at in (before_all, provisional, validated, after)]
    assert shares == [Decimal("100.0"), Decimal("66.7"), Decimal("100.0"), Decimal("66.7")]


def test_a_day_before_the_opening_has_no_unit(group) -> None:
    import_file(FILE, on=TODAY)
    assert values(read(CHU, at=timezone.now().replace(year=2020)))["uf"] == 0


def test_the_programmes_of_each_establishment_must_be_visible(group) -> None:
    now = timezone.now()
    with pytest.raises(Denied):
        shared_structure(scope=NOBODY, establishments=[CHU], at=now, known_at=now)
