"""The measures of the ROR: what they count, at a date, and the requirements of the pack that they establish."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from archipel.connectors.ror import indicators
from archipel.connectors.ror.models import Agreed
from archipel.domains.flow import public as flow
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied
from archipel.programmes.packs.public import load_file, shipped_files
from archipel.programmes.proof import public as proof
from archipel.programmes.proof.queries.requirements import binding_of
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, make_unit, system
from tests.factories.ror import STRUCTURE, offer

pytestmark = pytest.mark.django_db


def agreed(code: str, filiere: str, *, hours: float, tension: bool = False) -> None:
    at = clock.now() - timedelta(hours=hours)
    with in_scope(system()):
        Agreed.objects.create(
            establishment=CHU, structure=STRUCTURE, code=code, filiere=filiere, tension=tension, oldest=at, at=at
        )


def declared(code: str, uf: str, filiere: str) -> None:
    with in_scope(system()):
        make_unit(uf, beds="101-", filiere=filiere)
        flow.declare_offer(
            scope=system(), offer=offer(code, uf, filiere=filiere, valid_from=flow.today().replace(day=1))
        )


def measured(of: object, **values: object) -> dict[str, Decimal | None]:
    now = clock.now()
    found = of(scope=system(), establishments=[CHU], at=now, known_at=now, **values)  # type: ignore[operator]
    return {one.code: one.value for one in found.measures}


def test_an_offer_is_up_to_date_within_its_cadence() -> None:
    declared("REA", "1", "SCA")
    declared("MED", "2", "MED")
    declared("CHI", "3", "CHI")
    agreed("REA", "SCA", hours=13)
    agreed("MED", "MED", hours=30)
    found = measured(indicators.up_to_date)
    assert found["part-a-jour"] == Decimal("33.3") and found["offres"] == 3
    assert found["age-sca"] == 13 and found["age-med"] == 30 and found["age-chi"] is None
    agreed("REA", "SCA", hours=12.5, tension=True)
    assert measured(indicators.up_to_date)["part-a-jour"] == 0, "in tension, twelve hours"
    agreed("MED", "MED", hours=1)
    assert measured(indicators.up_to_date)["part-a-jour"] == Decimal("33.3")
    assert measured(indicators.up_to_date, sites=["999999999"])["offres"] == 0
    now = clock.now()
    before = indicators.up_to_date(scope=system(), establishments=[CHU], at=now, known_at=now - timedelta(hours=20))
    assert before.measures[0].value == 0, "what was accepted later was not known"


def test_each_filiere_with_beds_is_expected() -> None:
    declared("REA", "1", "SCA")
    with in_scope(system()):
        make_unit("2", beds="201-", filiere="GER")
        make_unit("3", beds="B1-", filiere="URG", usage="box")
    assert measured(indicators.fed_filieres) == {"part-alimentee": 0, "filieres": 2, "manquantes": 2}
    agreed("REA", "SCA", hours=2)
    assert measured(indicators.fed_filieres)["part-alimentee"] == 50


def test_the_fewest_sendings_a_day() -> None:
    declared("REA", "1", "SCA")
    declared("MED", "2", "MED")
    assert measured(indicators.sendings)["minimum-hors-tension"] is None
    for day in range(1, 6):
        for _ in range(3 if day != 3 else 1):
            agreed("REA", "SCA", hours=24 * day, tension=day == 2)
    agreed("MED", "MED", hours=24)
    found = measured(indicators.sendings)
    assert (found["minimum-hors-tension"], found["minimum-en-tension"]) == (1, 3) and found["jours-sans-envoi"] == 0
    agreed("REA", "SCA", hours=24 * 8)
    assert measured(indicators.sendings)["minimum-hors-tension"] == 0, "two days without a sending"
    assert measured(indicators.sendings)["offres"] == 1


def test_only_those_who_follow_the_programmes_read_them() -> None:
    now = clock.now()
    for one in (indicators.up_to_date, indicators.fed_filieres, indicators.sendings, indicators.readings):
        with pytest.raises(Denied):
            one(scope=scope_of(make_user("pharmacien", CHU)), establishments=[CHU], at=now, known_at=now)
        found = one(scope=scope_of(make_user("direction", CHU)), establishments=[CHU], at=now, known_at=now)
        assert found.query and found.rows_sha256


def test_the_requirements_about_the_ror_are_established_by_them() -> None:
    (path,) = [path for path in shipped_files() if path.parent.name == "hopen2-aap"]
    found = load_file(path)
    theme = next(one for one in found.themes if one.id == "urgences")
    goal = next(one for one in theme.objectifs if one.id == "vision-capacitaire")
    bound = {one.id: binding_of(one.preuve) for result in goal.resultats for one in result.exigences}
    asked = {name: (one.metric, one.measure) for name, one in bound.items() if "ror" in name}
    assert asked == {
        "lecture-ror-api": ("ror-lecture", "age"),
        "ror-automatique": ("ror-filieres", ""),
        "ror-quotidien": ("ror-envois", "minimum-hors-tension"),
        "ror-biquotidien": ("ror-envois", "minimum-en-tension"),
    }
    assert all(bound[name].nature is proof.Nature.METRIQUE for name in asked)
    assert [one.value for one in bound["ror-biquotidien"].conditions] == [2]
