"""The structure's pages: every one answers, acts need the right, and the way from a file to its undo works."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import include, path, reverse

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.scope import in_scope, system_scope
from archipel.territory import models
from archipel.territory.public import ensure_provisional, load_reference, uf_index

urlpatterns = [path("", include("archipel.territory.pages")), path("", include("archipel.config.urls"))]
handler403 = "archipel.ui.pages.forbidden"

CHU, SITE = "210780581", "210987558"
SCOPE = system_scope("tests", [CHU])
FILE = f"type;code;libelle;etablissement;eg;filiere\r\nUF;2101;Cardiologie;{CHU};{SITE};MED\r\n"
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def group(db):
    with in_scope(SCOPE):
        load_reference(scope=SCOPE, ght_code="BFC-03")
        ensure_provisional(establishment=CHU, name="", ufs={"9001"}, beds={("9001", "1", "A")}, source="m1")


def logged(client, role, establishment="*"):
    with in_scope(SCOPE):
        user = User.objects.create_user(username=f"u-{role}", password="p" * 16)
        Grant.objects.create(user=user, role=role, establishment=establishment)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def admin(client, group):
    return logged(client, "administrateur")


def send(client, text=FILE, name="essai.csv"):
    file = SimpleUploadedFile(name, text.encode())
    return client.post(reverse("structure-import"), {"fichier": file, "effet": "01/01/2026"})


def test_the_tree_and_an_entity(admin):
    page = admin.get(reverse("structure"))
    assert page.status_code == 200
    assert "Côte d'Or" in page.content.decode().replace("&#x27;", "'")
    with in_scope(SCOPE):
        site = models.Entity.objects.get(code=SITE).pk
    page = admin.get(reverse("structure-entite", args=[site])).content.decode()
    assert "SAE" in page or "capacites" in page
    assert admin.get(reverse("structure-entite", args=[999_999_999])).status_code == 404
    past = admin.get(reverse("structure"), {"le": "2001-01-01"}).content.decode()
    assert "Aucune structure à cette date" in past


def test_from_a_file_to_its_undo(admin):
    answer = send(admin)
    assert answer.status_code == 302
    page = admin.get(answer.url)
    run = page.context["run"]
    assert "Rien n'est encore publié" in page.content.decode()
    assert admin.post(answer.url, {"acte": "publier", "empreinte": run.digest, "motif": ""}).status_code == 422
    assert admin.post(answer.url, {"acte": "publier", "empreinte": "0", "motif": "x"}).status_code == 422
    with in_scope(SCOPE):
        assert "2101" not in uf_index(CHU)
    done = admin.post(answer.url, {"acte": "publier", "empreinte": run.digest, "motif": "ouverture"})
    assert done.status_code == 302
    with in_scope(SCOPE):
        assert uf_index(CHU)["2101"].site == SITE
        number = models.Publication.objects.latest("id").pk
    undone = admin.post(reverse("structure-annulation", args=[number]), {"motif": "erreur"})
    assert undone.status_code == 302
    with in_scope(SCOPE):
        assert "2101" not in uf_index(CHU)


def test_a_wrong_file_is_explained_and_cannot_be_published(admin):
    answer = send(admin, FILE.replace(SITE, "999999999"))
    page = admin.get(answer.url).content.decode()
    assert "bloquant" in page
    assert "Publier</button>" not in page
    report = admin.get(reverse("structure-rapport", args=[answer.url.rstrip("/").split("/")[-1], "json"]))
    assert json.loads(report.content)["publiable"] is False
    table = admin.get(reverse("structure-rapport", args=[answer.url.rstrip("/").split("/")[-1], "csv"]))
    assert "finess-invalide" in table.content.decode("utf-8-sig")
    assert admin.post(answer.url, {"acte": "ecarter", "motif": "faux"}).status_code == 302
    assert "écartée" in admin.get(reverse("structure-propositions")).content.decode()


def test_garbage_is_explained(admin):
    page = admin.get(send(admin, "\x00\x01PK", "x.xlsx").url)
    assert page.status_code == 200
    assert "bloquant" in page.content.decode()
    assert admin.post(reverse("structure-import"), {"effet": "01/01/2026"}).status_code == 422


def test_exports(admin):
    for form in ("csv", "xlsx"):
        answer = admin.get(reverse("structure-export", args=[form]))
        assert answer.status_code == 200
        assert "attachment" in answer.headers["Content-Disposition"]
    assert admin.get(reverse("structure-export", args=["pdf"])).status_code == 404
    assert admin.get(reverse("structure-modele")).status_code == 200
    assert admin.get(reverse("structure-import")).status_code == 200


def test_provisional_entities_are_decided(admin):
    page = admin.get(reverse("structure-provisoires")).content.decode()
    assert "9001" in page
    with in_scope(SCOPE):
        uf = models.Entity.objects.get(kind="UF", code="9001").pk
        site = models.Entity.objects.get(code=SITE).pk
    url = reverse("structure-provisoire", args=[uf])
    assert admin.get(url).status_code == 200
    refused = admin.post(url, {"acte": "valider", "libelle": "Pneumologie"})
    assert refused.status_code == 422
    assert "orpheline" in refused.content.decode()
    fine = {"acte": "valider", "libelle": "Pneumologie", "parent": str(site), "filiere": "MED", "types": ["H", "M"]}
    assert admin.post(url, fine).status_code == 302
    with in_scope(SCOPE):
        assert uf_index(CHU)["9001"].types == ("H", "M")
    assert "Aucun code provisoire" in admin.get(reverse("structure-provisoires")).content.decode()


MANAGING = ["structure-provisoires", "structure-import", "structure-modele", "structure-propositions"]


def test_a_reader_sees_the_structure_and_changes_nothing(client, group):
    reader = logged(client, "gestionnaire_lits", CHU)
    assert reader.get(reverse("structure")).status_code == 200
    for name in MANAGING:
        assert reader.get(reverse(name)).status_code == 403
    assert reader.post(reverse("structure-annulation", args=[1]), {"motif": "x"}).status_code == 403


def test_nobody_is_sent_to_the_login_page(client, group):
    for name in ["structure", *MANAGING]:
        answer = client.get(reverse(name))
        assert answer.status_code == 302
        assert "/connexion/" in answer.url


def test_an_administrator_of_another_place_is_refused(client, group):
    other = logged(client, "administrateur", "210012142")
    with in_scope(SCOPE):
        uf = models.Entity.objects.get(kind="UF", code="9001").pk
    assert other.get(reverse("structure-provisoire", args=[uf])).status_code == 403
    assert "9001" not in other.get(reverse("structure-provisoires")).content.decode()
    answer = send(other)
    digest = other.get(answer.url).context["run"].digest
    refused = other.post(answer.url, {"acte": "publier", "empreinte": digest, "motif": "x"})
    assert "pas le droit" in refused.content.decode().replace("&#x27;", "'")
    with in_scope(SCOPE):
        assert "2101" not in uf_index(CHU)
    assert "pas le droit" in other.post(answer.url, {"acte": "ecarter", "motif": "x"}).content.decode()
