"""The pages of beds: what is shown to whom, what is traced, fragments equal to pages, acts by plain forms."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import BedFact
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, make_stay, make_unit, system

pytestmark = pytest.mark.django_db
UNIT = f"/lits/{CHU}/3001/"
LIVE = {"HX-Request": "true", "Archipel-Live": "1"}


def signed_in(role: Role = Role.GESTIONNAIRE_LITS, where: str = CHU) -> Client:
    client = Client()
    client.force_login(make_user(role, where), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def still(html: str) -> str:
    """The HTML without what changes at each rendering."""
    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)
    html = re.sub(r"<archipel-age.*?</archipel-age>", "", html, flags=re.S)
    return re.sub(r"\s+", " ", html).strip()


@pytest.mark.parametrize("page", ["/territoire/", "/lits/", UNIT])
def test_the_swapped_fragment_is_the_reloaded_page(page: str) -> None:
    beds = make_unit()
    make_stay(beds[0])
    client = signed_in()
    whole, part = still(text(client.get(page))), still(text(client.get(page, headers=LIVE)))
    assert len(part) > 500
    assert part in whole
    assert "<html" not in part


@pytest.mark.parametrize("page", ["/territoire/", "/lits/", UNIT, f"{UNIT}lit?lit=101/P"])
def test_names_of_another_establishment_are_never_there(page: str) -> None:
    beds = make_unit()
    make_stay(beds[0], name="SECRETE")
    flow.reserve_bed(scope=system(), bed=beds[1], text="SECRETE aussi", reason="SECRETE raison")
    flow.close_bed(scope=system(), bed=beds[2], reason="SECRETE raison")
    for client in (signed_in(where=LANGRES), signed_in(Role.DIRECTION, "*"), signed_in(Role.ADMINISTRATEUR)):
        for headers in ({}, LIVE):
            answer = client.get(page, headers=headers)
            assert answer.status_code == 200
            assert "SECRETE" not in text(answer)
    assert not audit_entries(action="lits.lecture")


def test_the_sheet_of_a_bed_leads_to_the_path_of_its_patient() -> None:
    beds = make_unit()
    make_stay(beds[0], name="DURAND")
    sheet = text(signed_in().get(f"{UNIT}lit?lit=101/P"))
    found = re.search(r'href="(/venues/[^"]+/n/\d+/)"', sheet)
    assert found
    path = signed_in().get(found[1], follow=True)
    assert path.status_code == 200
    assert "Parcours" in text(path)
    stranger = signed_in(where=LANGRES)
    assert "/venues/" not in text(stranger.get(f"{UNIT}lit?lit=101/P"))
    assert stranger.get(found[1], follow=True).status_code == 404


def test_reading_names_is_traced_once_per_opening() -> None:
    beds = make_unit()
    make_stay(beds[0], name="DURAND")
    client = signed_in()
    assert "DURAND Alix" in text(client.get(UNIT))
    assert len(audit_entries(action="lits.lecture")) == 1
    client.get(UNIT, headers=LIVE)
    assert len(audit_entries(action="lits.lecture")) == 1, "nobody new"
    make_stay(beds[1], name="MARTIN")
    client.get(UNIT, headers=LIVE)
    assert len(audit_entries(action="lits.lecture")) == 2
    client.get(UNIT)
    assert len(audit_entries(action="lits.lecture")) == 4


def test_a_wall_hides_names_and_leaves_no_trace() -> None:
    make_stay(make_unit()[0], name="DURAND")
    client = signed_in()
    for answer in (client.get(f"{UNIT}?mur=1"), client.get(f"{UNIT}?mur=1", headers=LIVE)):
        assert "DURAND" not in text(answer)
    assert not audit_entries(action="lits.lecture")


@pytest.mark.parametrize("page", ["/territoire/", "/lits/", UNIT, "/territoire/export", "/lits/export"])
def test_who_is_not_signed_in_is_asked_to(page: str) -> None:
    make_unit()
    answer = Client().get(page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/connexion/")


def test_an_account_without_capacity_is_refused() -> None:
    make_unit()
    client = Client()
    client.force_login(make_user(None), backend="django.contrib.auth.backends.ModelBackend")
    for page in ("/territoire/", "/lits/", UNIT, "/lits/export"):
        assert client.get(page).status_code == 403


def test_acts_by_plain_forms_then_back_to_the_plan_and_undo() -> None:
    make_unit()
    client = signed_in()
    answer = client.post(f"{UNIT}agir", {"action": "fermer", "lit": "101/P", "reason": "travaux"}, follow=True)
    assert "Lit 101-P fermé." in text(answer)
    with in_scope(system()):
        fact = BedFact.objects.get()
    sheet = text(client.get(f"{UNIT}lit?lit=101/P"))
    assert f"/lits/annuler?faits={fact.pk}" in sheet
    answer = client.post(f"/lits/annuler?faits={fact.pk}", follow=True)
    assert "action annulée" in text(answer)
    assert text(client.get(UNIT)).count("lit lit-libre") == 3


def test_a_refused_form_says_why_on_the_sheet() -> None:
    make_unit()
    answer = signed_in().post(f"{UNIT}agir", {"action": "fermer", "lit": "101/P"}, follow=True)
    assert answer.status_code == 200
    assert "Indiquez le motif" in text(answer)


def test_htmx_gets_a_notice_that_undoes() -> None:
    make_unit()
    client = signed_in()
    values = {"action": "reserver", "lit": "101/P", "text": "M. X"}
    answer = client.post(f"{UNIT}agir", values, headers={"HX-Request": "true"})
    assert "Lit 101-P réservé." in text(answer)
    undo = re.search(r'hx-post="(/lits/annuler[^"]+)"', text(answer))
    assert undo is not None
    assert client.post(undo.group(1), headers={"HX-Request": "true"}).status_code == 200
    again = client.post(undo.group(1), headers={"HX-Request": "true"})
    assert again.status_code == 409
    assert "déjà annulée" in text(again)


@pytest.mark.parametrize(("role", "where"), [(Role.DIM, CHU), (Role.DIRECTION, "*"), (Role.GESTIONNAIRE_LITS, LANGRES)])
def test_who_may_not_act_changes_nothing(role: Role, where: str) -> None:
    make_unit()
    client = signed_in(role, where)
    assert "data-gere" not in text(client.get(UNIT))
    assert client.post(f"{UNIT}agir", {"action": "fermer", "lit": "101/P", "reason": "x"}).status_code == 403
    with in_scope(system()):
        assert not BedFact.objects.exists()


@pytest.mark.parametrize(
    "values",
    [{"action": "voler"}, {"action": "deplacer", "lit": "101/P", "venue": "1 or 1"}, {"action": "fermer", "lit": "é/"}],
)
def test_odd_input_is_answered(values: dict[str, str]) -> None:
    make_unit()
    answer = signed_in().post(f"{UNIT}agir", {"reason": "x", **values}, headers={"HX-Request": "true"})
    assert answer.status_code in (404, 409, 422)


def test_exports_keep_the_filters_and_the_unknown() -> None:
    make_unit()
    make_unit("3002", filiere="CHI", beds="1- 2-")
    client = signed_in()
    csv = text(client.get("/lits/export?filiere=CHI"))
    assert csv.count("\r\n") == 2
    assert ";CHI" not in csv
    rows = csv.splitlines()[1].split(";")
    assert rows[6:9] == ["2", "2", ""], "installed, open, occupied: nothing was ever received"
    sheet = load_workbook(BytesIO(client.get("/territoire/export?format=xlsx").content)).active
    assert sheet is not None
    assert sheet["E2"].value == 5


def test_a_site_is_on_the_map_with_shape_and_number() -> None:
    beds = make_unit()
    make_stay(beds[0])
    page = text(signed_in().get("/territoire/"))
    assert "marqueur-libre" in page
    assert 'aria-label="Site 210987558 : 2 lits disponibles' in page
    assert f'href="{reverse("flow:lits")}?site=210987558"' in page


def test_queries_do_not_grow_with_beds() -> None:
    make_stay(make_unit()[0])
    client = signed_in()
    client.get(UNIT)

    def count(page: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(page).status_code == 200
        return len(seen)

    few = [count(page) for page in (UNIT, "/lits/", "/territoire/")]
    for bed in make_unit("3002", beds=" ".join(f"{n}-A {n}-B" for n in range(20))):
        make_stay(bed)
    many = [count(page) for page in (f"/lits/{CHU}/3002/", "/lits/", "/territoire/")]
    assert max(few) <= 50, few
    assert all(b <= a + 3 for a, b in zip(few, many, strict=True)), (few, many)
