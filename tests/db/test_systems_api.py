"""The inventory by the programming interface: files tried, taken and undone, every table, maps as files, withdrawal."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from archipel.domains.systems import public as systems
from archipel.domains.systems.public import TABLES, Kind
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from tests.factories.accounts import make_establishment, make_user
from tests.factories.systems import CHU, LANGRES, SHEET, keeper

pytestmark = pytest.mark.django_db
HERE = "/api/v1/systemes"
ASKED = f"a={CHU}&b={LANGRES}&arret={CHU}|DOSSIER-DU-CHU"


@pytest.fixture
def scope() -> Iterator[Scope]:
    scope = keeper(*(make_establishment(place) for place in (CHU, LANGRES)))
    with in_scope(scope):
        yield scope


def signed_in(role: Role = Role.SERVICES_NUMERIQUES) -> Client:
    client = Client()
    client.force_login(make_user(role, "*"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = client.post(HERE + path, json.dumps(body), content_type="application/json")
    assert answer.status_code == status, answer.content
    return dict(answer.json())


def test_a_file_is_tried_taken_and_undone(scope: Scope) -> None:
    client = signed_in()
    file = SimpleUploadedFile("si.csv", SHEET.encode())
    made = client.post(f"{HERE}/imports?source=DSN", {"fichier": file}).json()
    assert (made["nouveaux"], len(made["fautes"]), made["etat"]) == (4, 2, "essai")
    assert {fault["ligne"] for fault in made["fautes"]} == {6, 7} and made["fautes"][0]["colonne"]
    where = f"/imports/{made['numero']}"
    assert client.get(HERE + where).json()["empreinte"] == made["empreinte"]
    post(client, f"{where}/appliquer", {"empreinte": "autre"}, 409)
    assert post(client, f"{where}/appliquer", {"empreinte": made["empreinte"]})["enonces"] >= 4
    assert client.get(f"{HERE}/fiches/application").json()["total"] == 4
    post(client, f"{where}/annuler", {"motif": ""}, 422)
    post(client, f"{where}/annuler", {"motif": "essai"})
    assert client.get(f"{HERE}/fiches/application").json()["total"] == 0


def test_a_reader_tries_nothing(scope: Scope) -> None:
    answer = signed_in(Role.DIRECTION).post(f"{HERE}/imports", {"fichier": SimpleUploadedFile("a.csv", b"x")})
    assert answer.status_code == 403


def test_every_table_is_a_page_a_file_and_an_answer(scope: Scope) -> None:
    """The same titles and the same rows by the three doors."""
    number = systems.receive(scope=scope, name="si.csv", raw=SHEET.encode())
    systems.apply(scope=scope, number=number, expected=systems.trial(scope=scope, number=number).digest)
    client = signed_in()
    for name in TABLES:
        told = client.get(f"{HERE}/tableaux/{name}?{ASKED}").json()
        page = client.get(reverse("systems:tableau", args=[name]) + f"?{ASKED}&format=csv").content.decode("utf-8-sig")
        book = client.get(f"{HERE}/tableaux/{name}?{ASKED}&format=xlsx").content
        rows = list(load_workbook(io.BytesIO(book)).worksheets[0].iter_rows(values_only=True))
        assert list(rows[0]) == told["titres"] and len(rows) == len(told["lignes"]) + 1, name
        assert page.count("\r\n") == len(rows), name
    heat = client.get(f"{HERE}/tableaux/couts?par=produit").json()["lignes"]
    assert ["Sirius Dossier", 100.0] in [row[:2] for row in heat] or any(100.0 in row for row in heat)
    assert client.get(f"{HERE}/tableaux/inconnu").status_code == 404
    assert client.get(f"{HERE}/tableaux/comparer").status_code == 422


def test_a_map_is_a_file_and_a_thing_is_withdrawn(scope: Scope) -> None:
    content = {"nom": "Dossier", "fonctions": ["dpi"]}
    systems.say(scope=scope, kind=Kind.APPLICATION, establishment=CHU, code="DPI", content=content)
    client = signed_in()
    for kind, first in (("svg", b"<svg"), ("png", b"\x89PNG"), ("drawio", b"<mxfile"), ("archimate", b"<model")):
        body = client.get(f"{HERE}/cartes/applications/fichier?format={kind}").content
        assert first in body[:400], kind
    assert client.get(f"{HERE}/cartes/inconnue/fichier").status_code == 404
    post(client, f"/fiches/application/{CHU}/DPI/retirer", {"motif": "remplacée"})
    assert client.get(f"{HERE}/fiches/application").json()["total"] == 0
