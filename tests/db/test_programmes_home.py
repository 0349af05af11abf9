"""The director's page: what it gathers, and for whom."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.facts import public as facts
from archipel.programmes.home.queries import home
from archipel.programmes.packs.public import Maille
from archipel.programmes.perimetre.public import load_reference
from tests.factories.accounts import make_user

GHT, OTHER = "BFC-03", "BFC-05"
CHU = "210780581"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def region() -> None:
    scope = system_scope("tests", [CHU])
    with in_scope(scope):
        load_reference(scope=scope)


def signed_in(role: Role | None, place: str) -> Client:
    client = Client()
    client.force_login(make_user(role, place), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_director_reads_the_page_of_the_group() -> None:
    page = signed_in(Role.DIRECTION, f"ght:{GHT}").get("/programmes/").content.decode()
    assert "Côte d'Or" in page.replace("&#x27;", "'")
    assert "Exigences par état" in page and "HOP'EN 2" in page.replace("&#x27;", "'")
    assert "Rien à risque" in page or "À risque" in page


def test_another_group_is_not_found_and_no_right_is_refused() -> None:
    director = signed_in(Role.DIRECTION, f"ght:{GHT}")
    assert director.get(f"/programmes/?ght={OTHER}").status_code == 404
    assert director.get(f"/programmes/pilotage/export?ght={OTHER}").status_code == 404
    for role in (Role.PHARMACIEN, Role.IDE_URGENCES, Role.GESTIONNAIRE_LITS, None):
        assert signed_in(role, CHU).get("/programmes/").status_code == 403
    assert Client().get("/programmes/").status_code == 302


def test_the_agency_chooses_among_the_groups_of_its_region() -> None:
    page = signed_in(Role.REFERENT_ARS, "region:27").get(f"/programmes/?ght={OTHER}").content.decode()
    assert page.count("<option") >= 11
    assert signed_in(Role.REFERENT_ARS, "region:84").get("/programmes/").status_code == 403


def test_contradictory_facts_are_at_risk_with_the_way_to_them() -> None:
    user = make_user(Role.CHARGE_PROGRAMMES, CHU)
    scope = scope_of(user)
    with in_scope(scope):
        subject = facts.Subject(Maille.EJ, CHU)
        for value, source in ((True, "Notification"), (False, "Courriel")):
            facts.record_fact(
                scope=scope,
                draft=facts.Draft(
                    subject=subject,
                    fact="hospiconnect-candidature-validee",
                    value=value,
                    effective_at=date(2026, 3, 1),
                    source=source,
                ),
            )
        found = home(scope=scope, today=date(2026, 5, 10))
        assert found is not None
        (risk,) = [item for item in found.risks if "contredisent" in item.why]
        assert risk.state == "bloque" and risk.url.startswith("/programmes/faits/ej/")
        closing = [item for item in found.due if item.due == date(2026, 5, 29)]
        assert closing and closing[0].state == "a_l_heure"


def test_the_export_says_what_the_page_says() -> None:
    answer = signed_in(Role.DIRECTION, f"ght:{GHT}").get("/programmes/pilotage/export?format=csv")
    assert answer.status_code == 200
    assert answer.content.decode("utf-8-sig").splitlines()[0] == "Rubrique;Quoi;Sur quoi;Pourquoi;État;Échéance"


def test_what_dossiers_may_bring_is_counted_and_nothing_is_counted_twice() -> None:
    from archipel.demo import programmes
    from archipel.territory.reference import ght

    programmes.seed(ght("21-52"))
    scope = system_scope("tests", [ej.finess.value for ej in ght("21-52").ejs])
    with in_scope(scope):
        found = home(scope=scope, ght=GHT, today=date(2026, 11, 27))
    assert found is not None
    assert found.money.secured == 40_000, "half of what is granted, until the objectives are reached (S4)"
    assert found.money.received == 0
    assert found.money.expected > 0 and found.money.projects == 2
