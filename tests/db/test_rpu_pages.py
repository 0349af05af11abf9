"""Pages of RPU and tension: who may open them, what they say, entry by form, deposits and imports, tension by form."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from archipel.connectors.rpu.models import Deposit, Import
from archipel.domains.flow import public as flow
from archipel.domains.flow.models import TensionFact
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from tests.db.test_passages import furnish
from tests.db.test_rpu import received
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, SITE, system

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def client(role: Role, establishment: str = CHU) -> Client:
    made = Client()
    made.force_login(make_user(role, establishment), backend=BACKEND)
    session = made.session
    session["noms_masques"] = False
    session.save()
    return made


def text(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def test_who_may_open_what() -> None:
    venue = furnish()["here"]
    coding = {Role.IDE_URGENCES, Role.MEDECIN_URGENCES, Role.DIM}
    for role in Role:
        browser = client(role)
        asked = {
            "flow:rpu-qualite": coding, "flow:rpu-qualite-export": coding, "flow:rpu-completude-export": coding,
            "rpu:envois": coding, "rpu:envois-export": coding, "rpu:imports": {Role.DIM},
            "flow:tension": set(Role) - {Role.REFERENT_ARS}, "flow:besoins": set(Role) - {Role.REFERENT_ARS},
            "flow:tension-journal-export": set(Role) - {Role.REFERENT_ARS},
        }  # fmt: skip
        for name, allowed in asked.items():
            status = browser.get(reverse(name)).status_code
            assert (status == 200) == (role in allowed), (role, name, status)
        status = browser.get(reverse("flow:passage-rpu", args=[venue])).status_code
        assert (status == 200) == (role in coding), (role, status)


def test_quality_says_what_is_missing_and_leads_to_the_passage() -> None:
    venues = furnish()
    page = client(Role.DIM).get(reverse("flow:rpu-qualite"), {"site": SITE})
    assert "Motif de recours : manque" in text(page)
    assert reverse("flow:passage-rpu", args=[venues["kept"]]) in text(page)
    filtered = client(Role.IDE_URGENCES).get(reverse("flow:rpu-qualite"), {"probleme": "manque.destination"})
    assert "Aucun passage ne répond" in text(filtered)
    export = client(Role.DIM, CHU).get(reverse("flow:rpu-qualite-export"))
    assert "À compléter" in text(export)
    assert client(Role.CELLULE_TERRITORIALE).get(reverse("flow:rpu-qualite"), {"du": "hier"}).status_code == 403
    assert client(Role.PHARMACIEN).get(reverse("flow:rpu-codes"), {"item": "dp", "dp": "R0"}).status_code == 403


def test_entry_by_form_is_saved_explained_and_undone() -> None:
    venue = furnish()["kept"]
    nurse, address = client(Role.IDE_URGENCES), reverse("flow:passage-rpu", args=[venue])
    wrong = nurse.post(address, {"passage": "1", "dp": "fracture", "gravite": "3"})
    assert wrong.status_code == 422
    assert "attendu un code CIM-10" in text(wrong)
    assert 'value="fracture"' in text(wrong)  # nothing typed is lost
    saved = nurse.post(address, {"passage": "1", "dp": "s72.0", "gravite": "3", "da": "I10, E11.9"}, follow=True)
    assert "3 items enregistrés" in text(saved)
    assert "Fracture du col du fémur" in text(saved)
    with in_scope(system()):
        (passage,) = flow.venue_passages(scope=system(), venue=venue)
        fact = passage.entered[flow.Item.DP].fact_id
    same = nurse.post(address, {"passage": "1", "dp": "S720", "avant-dp": "S720", "gravite": "3", "avant-gravite": "3"})
    assert same.status_code == 422
    assert "Rien n'a changé" in text(same)
    undone = nurse.post(reverse("flow:passage-rpu-annuler", args=[venue]), {"fait": str(fact)}, follow=True)
    assert "Saisie annulée" in text(undone)
    assert client(Role.IDE_URGENCES, LANGRES).post(address, {"passage": "1", "dp": "S720"}).status_code == 404
    assert any(e.action == "rpu.lecture" for e in audit_entries())


def test_codes_are_offered_by_code_and_by_word() -> None:
    nurse = client(Role.IDE_URGENCES)
    furnish()
    assert "S720" in text(nurse.get(reverse("flow:rpu-codes"), {"item": "dp", "dp": "col femur"}))
    assert "I10 R104" in text(nurse.get(reverse("flow:rpu-codes"), {"item": "da", "da": "I10 r10"}))
    assert "ZBQK002" in text(nurse.get(reverse("flow:rpu-codes"), {"item": "actes", "actes": "radio thorax"}))
    assert nurse.get(reverse("flow:rpu-codes"), {"item": "autre"}).status_code == 422


def test_deposit_and_download_by_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    dim = client(Role.DIM)
    assert "Aucune adresse de dépôt" in text(dim.get(reverse("rpu:envois")))
    page = reverse("rpu:deposer")
    today = clock.today().isoformat()
    asked = {"site": SITE, "du": today, "au": today}
    made = dim.post(page, {**asked, "action": "produire"}, follow=True)
    assert made["Content-Type"] == "application/xml"
    assert made.content.startswith(b"<?xml")
    monkeypatch.setenv("ARCHIPEL_RPU_TARGET", f"dossier:{tmp_path}")
    done = dim.post(page, {**asked, "action": "deposer"}, follow=True)
    assert "déposé" in text(done)
    assert len(list(tmp_path.iterdir())) == 1
    assert "Accepté" in text(done)
    assert "du futur" not in text(dim.post(page, {**asked, "du": "x"}, follow=True))
    assert client(Role.IDE_URGENCES).post(page, {**asked, "action": "deposer"}).status_code == 403
    with in_scope(system()):
        assert Deposit.objects.count() == 1
        number = Deposit.objects.get().file_id
    assert client(Role.DIM, LANGRES).get(reverse("rpu:fichier", args=[number])).status_code == 404
    assert client(Role.IDE_URGENCES).get(reverse("rpu:fichier", args=[number])).status_code == 403
    assert "SHA-256" in text(dim.get(reverse("rpu:envois-export")))


def test_import_by_form_with_its_outcomes() -> None:
    furnish()
    dim = client(Role.DIM)
    sent = {"fichier": SimpleUploadedFile("passé.xml", received())}
    page = dim.post(reverse("rpu:imports"), sent, follow=True)
    assert "nouveau : gardé" in text(page)
    bad = dim.post(reverse("rpu:imports"), {"fichier": SimpleUploadedFile("x.xml", b"<!DOCTYPE a><a/>")})
    assert bad.status_code == 422
    assert "ni type de document" in text(bad)
    with in_scope(system()):
        number = Import.objects.get().pk
    assert dim.get(reverse("rpu:import-brut", args=[number])).content == received()
    assert "Rang" in text(dim.get(reverse("rpu:import-export", args=[number])))
    assert client(Role.DIM, LANGRES).get(reverse("rpu:import", args=[number])).status_code == 404
    assert client(Role.IDE_URGENCES).get(reverse("rpu:import", args=[number])).status_code == 403


def test_tension_is_declared_and_lifted_by_form() -> None:
    furnish()
    flow.compute_tension(force=True)
    cell, page = client(Role.CELLULE_TERRITORIALE), reverse("flow:tension-agir")
    asked = {"sujet": f"site:{SITE}", "niveau": "2", "heures": "6", "motif": "afflux depuis ce matin"}
    told = cell.post(page, {**asked, "action": "declarer"}, follow=True)
    assert "Tension déclarée" in text(told)
    assert "afflux depuis ce matin" in text(told)
    assert "est en tension" in text(cell.get(reverse("flow:besoins")))
    site = cell.get(reverse("flow:tension-site", args=[SITE]))
    assert "Lits d'aval disponibles" in text(site)
    assert "BJML" in text(site)
    lifted = cell.post(page, {**asked, "action": "lever", "retour": "site"}, follow=True)
    assert "Tension levée" in text(lifted)
    assert client(Role.IDE_URGENCES).post(page, {**asked, "action": "declarer"}).status_code == 403
    assert cell.post(page, {**asked, "action": "autre"}, follow=True).status_code == 200
    with in_scope(system()):
        assert TensionFact.objects.filter(subject=f"site:{SITE}").count() == 3
    assert "afflux" in text(cell.get(reverse("flow:tension-journal-export")))
    assert cell.get(reverse("flow:tension-site", args=["999999999"])).status_code == 404
