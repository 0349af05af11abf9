"""The pages of the emergency departments and of the requests: what they show, to whom, with or without a script."""

from __future__ import annotations

import pytest
from django.test import Client

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import EdFact, Request
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from tests.db.test_downstream import langres
from tests.db.test_ed import announce, department
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, SITE, make_stay, make_unit, system

pytestmark = pytest.mark.django_db
NAME = "SECRETISSIME"


def signed(role: Role, establishment: str = CHU) -> Client:
    client = Client()
    client.force_login(make_user(role, establishment))
    return client


def text(client: Client, url: str, status: int = 200, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == status, answer.content.decode()[:800]
    return answer.content.decode()


def test_the_board_shows_its_own_and_counts_for_the_others() -> None:
    venue = make_stay(department()["BOX1"], name=NAME)
    announce(venue, "MED")
    nurse = signed(Role.IDE_URGENCES)
    page = text(nurse, f"/urgences/{SITE}/")
    assert NAME in page
    assert "Médecine" in page
    assert "messages" in page
    assert NAME in text(nurse, f"/urgences/{SITE}/?vue=tableau")
    assert NAME in text(nurse, f"/urgences/patients/{venue}/")
    other = signed(Role.GESTIONNAIRE_LITS, LANGRES)
    page = text(other, f"/urgences/{SITE}/")
    assert NAME not in page
    assert "Vue sans les noms" in page
    assert NAME not in text(other, "/urgences/")
    assert NAME not in text(other, f"/urgences/{SITE}/export")
    text(other, f"/urgences/patients/{venue}/", 404)
    text(other, f"/urgences/patients/{venue}/recherche/", 404)
    assert signed(Role.DIRECTION).get(f"/urgences/{SITE}/").status_code == 200
    text(signed(Role.DIRECTION), "/demandes/", 403)


def test_reading_leaves_one_trace_per_patient_and_opening() -> None:
    department()
    places = flow.BedKey(CHU, "0500", "ATT", "1"), flow.BedKey(CHU, "0500", "BOX", "1")
    make_stay(places[0])
    nurse = signed(Role.IDE_URGENCES)
    text(nurse, f"/urgences/{SITE}/")
    for _ in range(3):
        text(nurse, f"/urgences/{SITE}/", **{"Archipel-Live": "1"})
    assert len(audit_entries(action="urgences.lecture")) == 1
    make_stay(places[1])
    text(nurse, f"/urgences/{SITE}/", **{"Archipel-Live": "1"})
    assert len(audit_entries(action="urgences.lecture")) == 2
    text(nurse, f"/urgences/{SITE}/")
    assert len(audit_entries(action="urgences.lecture")) == 4


def test_names_hidden_everywhere_on_a_wall() -> None:
    venue = make_stay(department()["BOX1"], name=NAME)
    nurse = signed(Role.IDE_URGENCES)
    for url in (f"/urgences/{SITE}/?mur=1", f"/urgences/patients/{venue}/?mur=1"):
        assert NAME not in text(nurse, url)
    assert NAME not in text(nurse, f"/urgences/{SITE}/export?mur=1")
    assert not audit_entries(action="urgences.lecture")


def test_plain_forms_do_everything() -> None:
    make_unit("3001", beds="9-")
    beds = langres()
    venue = make_stay(department()["BOX1"], name=NAME)
    nurse, there = signed(Role.IDE_URGENCES), signed(Role.GESTIONNAIRE_LITS, LANGRES)
    acts = f"/urgences/patients/{venue}/agir"
    for data in (
        {"action": "tri", "niveau": "2"},
        {"action": "prise_en_charge"},
        {"action": "orienter", "filiere": "MED", "besoins": "oxygène"},
    ):
        assert nurse.post(acts, data).status_code == 302
    page = text(nurse, f"/urgences/patients/{venue}/recherche/")
    assert "Même site" in page
    assert "63 km" in page
    bed = "|".join((LANGRES, beds[0].uf, beds[0].chambre, beds[0].lit))
    answer = nurse.post(f"/urgences/patients/{venue}/demander", {"lit": bed, "filiere": "MED", "besoins": "oxygène"})
    with in_scope(system()):
        number = Request.objects.get()
    assert answer.headers["Location"] == f"/demandes/{number.pk}/"
    inbox = text(there, "/demandes/")
    assert "1 demande" in inbox
    assert NAME not in inbox
    assert NAME in text(there, f"/demandes/{number.pk}/")
    assert len(audit_entries(action="demandes.identite")) == 1
    assert there.post(f"/demandes/{number.pk}/agir", {"action": "accepter"}).status_code == 302
    assert "Acceptée" in text(nurse, f"/demandes/{number.pk}/")
    assert "Reprendre la réponse" in text(there, f"/demandes/{number.pk}/")
    assert there.post(f"/demandes/{number.pk}/agir", {"action": "reprendre"}).status_code == 302
    assert there.post(f"/demandes/{number.pk}/agir", {"action": "refuser", "motif": "complet"}).status_code == 302
    assert NAME not in text(there, f"/demandes/{number.pk}/")
    assert "complet" in text(nurse, f"/demandes/{number.pk}/")


def test_a_refusal_says_why_with_and_without_a_script() -> None:
    venue = make_stay(department()["BOX1"])
    nurse = signed(Role.IDE_URGENCES)
    acts = f"/urgences/patients/{venue}/agir"
    answer = nurse.post(acts, {"action": "tri", "niveau": "9"}, follow=True)
    assert "1 à 5 sont attendus" in answer.content.decode()
    answer = nurse.post(acts, {"action": "tri", "niveau": "9"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "1 à 5 sont attendus" in answer.content.decode()
    assert nurse.post(acts, {"action": "danser"}).status_code == 422
    answer = nurse.post(
        f"/urgences/patients/{venue}/demander", {"lit": "n'importe quoi", "filiere": "MED"}, follow=True
    )
    assert "Choisissez un lit" in answer.content.decode()


def test_a_script_gets_the_sheet_and_a_notice_that_undoes() -> None:
    venue = make_stay(department()["BOX1"])
    nurse = signed(Role.IDE_URGENCES)
    answer = nurse.post(
        f"/urgences/patients/{venue}/agir", {"action": "tri", "niveau": "1"}, headers={"HX-Request": "true"}
    ).content.decode()
    with in_scope(system()):
        fact = EdFact.objects.get().pk
    assert 'id="fiche-passage"' in answer
    assert f"/urgences/annuler?fait={fact}" in answer
    assert nurse.post(f"/urgences/annuler?fait={fact}").status_code == 302
    assert "Tri 1</span>" not in text(nurse, f"/urgences/patients/{venue}/")


def test_who_reads_cannot_act() -> None:
    venue = make_stay(department()["BOX1"], name=NAME)
    doctor = signed(Role.DIM)
    page = text(doctor, f"/urgences/patients/{venue}/")
    assert NAME in page
    assert "Niveau de tri" not in page
    assert "Chercher un lit" not in page
    assert doctor.post(f"/urgences/patients/{venue}/agir", {"action": "prise_en_charge"}).status_code == 403
    text(doctor, f"/urgences/patients/{venue}/recherche/", 403)


def test_exports_and_empty_states() -> None:
    nurse = signed(Role.IDE_URGENCES)
    assert "Aucun service d'urgences" in text(nurse, "/urgences/").replace("&#x27;", "'")
    assert "Aucune demande de lit" in text(nurse, "/demandes/")
    venue = make_stay(department()["BOX1"], name=NAME)
    assert "Présents" in text(nurse, "/urgences/export")
    assert NAME in text(nurse, f"/urgences/{SITE}/export")
    beds = langres()
    bed = "|".join((LANGRES, beds[0].uf, beds[0].chambre, beds[0].lit))
    nurse.post(f"/urgences/patients/{venue}/demander", {"lit": bed, "filiere": "MED"})
    listed = text(nurse, "/demandes/export")
    assert "Médecine Langres" in listed
    assert NAME not in listed
    text(nurse, "/urgences/999999999/", 404)


def test_a_bed_manager_reserves_in_one_step() -> None:
    (bed,) = make_unit("3001", beds="9-")
    venue = make_stay(department()["BOX1"])
    manager = signed(Role.GESTIONNAIRE_LITS)
    page = text(manager, f"/urgences/patients/{venue}/recherche/?filiere=MED")
    assert "Réserver" in page
    manager.post(f"/urgences/patients/{venue}/demander", {"lit": f"{CHU}|3001|9|{bed.lit}", "filiere": "MED"})
    with in_scope(system()):
        assert Request.objects.get().status == "acceptee"
    assert "Lit réservé" in text(manager, f"/urgences/patients/{venue}/")
