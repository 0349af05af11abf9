"""Packs through the programming interface."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from archipel.foundation.accounts.roles import Role
from archipel.programmes.packs.services.versions import propose, publish
from tests.db.test_programmes_packs import NATIONAL, published, second
from tests.db.test_programmes_packs_pages import client_of
from tests.unit.test_packs_checks import OVERLAY, text

pytestmark = pytest.mark.django_db
ROUTES = ("", "/hopen2-aap", "/hopen2-aap/versions", "/hopen2-aap/regles",
          "/hopen2-aap/differences?de=2026.1&a=2026.1")  # fmt: skip


def get(client: Client, address: str) -> Any:
    response = client.get(f"/api/v1/programmes/packs{address}")
    assert response.status_code == 200, (address, response.content)
    return response.json()


def test_every_route_for_every_visitor() -> None:
    visitors = ((client_of(None, connected=False), 401), (client_of(None), 403),
                (client_of(Role.GESTIONNAIRE_LITS), 403), (client_of(Role.REFERENT_ARS, "*"), 200),
                (client_of(Role.DIRECTION), 200))  # fmt: skip
    for client, status in visitors:
        for route in ROUTES:
            assert client.get(f"/api/v1/programmes/packs{route}").status_code == status, route


def test_packs_are_listed_and_told_as_their_files_say() -> None:
    client = client_of(Role.DIRECTION)
    rows = get(client, "")["elements"]
    assert {row["pack"] for row in rows} >= {"hopen2-aap", "hospiconnect", "care-d2"}
    assert [row["pack"] for row in get(client, "?nature=grille")["elements"]] == ["maturite-identite"]
    document = get(client, "/hopen2-aap")
    assert [band["montant"] for band in document["financement"]["plafonds"]["tranches"]] == [
        35000,
        51000,
        85000,
        205000,
    ]
    assert document["financement"]["echeances"][0]["part"] == 0.5
    rules = {row["id"]: row for row in get(client, "/hopen2-aap/regles")["elements"]}
    assert rules["rattrapage"]["phrase"][0] == "Toutes ces conditions :"
    assert rules["rattrapage"]["cas_reussis"] > 0 and rules["rattrapage"]["cas_echoues"] == 0
    assert client.get("/api/v1/programmes/packs/rien").status_code == 404
    assert client.get("/api/v1/programmes/packs/rien/versions").status_code == 404
    assert "pack,version" in client.get("/api/v1/programmes/packs?format=csv").content.decode()


def test_versions_differences_and_regions() -> None:
    published(text("aap"))
    published(second())
    publish(scope=NATIONAL, version_id=propose(scope=NATIONAL, text=OVERLAY).id, reason="ARS")
    client = client_of(Role.DIRECTION)
    assert [row["version"] for row in get(client, "/aap-exemple/versions")["elements"]] == ["2026.2", "2026.1"]
    changes = get(client, "/aap-exemple/differences?de=2026.1&a=2026.2")["elements"]
    assert ("montant", "85\u202f000", "86\u202f000") in {(one["champ"], one["avant"], one["apres"]) for one in changes}
    dates = {one["id"]: one.get("date") for one in get(client, "/aap-exemple?region=27")["calendrier"]}
    assert dates["cloture"] == "2026-05-15"
    dates = {one["id"]: one.get("date") for one in get(client, "/aap-exemple?version=2026.1")["calendrier"]}
    assert dates["cloture"] == "2026-05-29"
