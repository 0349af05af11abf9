"""Trajectories through the interface: the whole path with a token's scope, refusals, files."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from django.test import Client

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope
from archipel.scenarios.trajectory import public as trajectory
from tests.factories.accounts import make_user
from tests.factories.systems import CHU, LANGRES
from tests.factories.trajectory import MEMBERS, furnish

pytestmark = pytest.mark.django_db
BASE = "/api/v1/trajectoires"


@pytest.fixture
def scope() -> Scope:
    return furnish()


def signed_in(role: Role = Role.SERVICES_NUMERIQUES, where: str = "*") -> Client:
    client = Client()
    client.force_login(make_user(role, where), backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client: Client, address: str, body: dict[str, Any] | None = None, status: int = 200) -> dict[str, Any]:
    answer = client.post(f"{BASE}{address}", body or {}, content_type="application/json")
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def get(client: Client, address: str, status: int = 200) -> dict[str, Any]:
    answer = client.get(f"{BASE}{address}")
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_from_a_preset_to_the_follow_up(scope: Scope) -> None:
    client = signed_in()
    number = post(client, "", {"prereglage": "un-dpi", "etablissements": MEMBERS, "titre": "Par l'API"})["numero"]
    post(client, f"/{number}/reglages", {"prix": False, "part_souveraine": 10, "cibles": [{"fonction": "dpi"}]})
    assert get(client, f"/{number}")["reglages"]["sovereign_share"] == 0.1
    hand = {"etablissement": LANGRES, "fonction": "gmao", "produit": "Cale GMAO"}
    post(client, f"/{number}/choix", hand)
    post(client, f"/{number}/choix", {**hand, "impose": False})
    assert [one["allowed"] for one in get(client, f"/{number}")["reglages"]["hands"]] == [False]
    post(client, f"/{number}/annuler")
    assert [one["allowed"] for one in get(client, f"/{number}")["reglages"]["hands"]] == [True]
    get(client, f"/{number}/plan", 409)
    post(client, f"/{number}/calculer")
    post(client, f"/{number}/calculer", status=409)
    trajectory.execute(trajectory.claim() or 0)
    found = get(client, f"/{number}")
    assert found["calcul"] == "fini" and found["a_jour"] and found["certificat"]["ecart"] <= 1
    costs = get(client, f"/{number}/couts?taille=500")
    assert sum(one["euros"] for one in costs["elements"]) == pytest.approx(found["cout"], abs=1)
    plan = get(client, f"/{number}/plan?taille=500")["elements"]
    assert len({one["a_la_fin"] for one in plan if one["fonction"] == "dpi"}) == 1
    assert any(one["fonction"] == "gmao" and one["a_la_fin"] == "Cale GMAO" for one in plan)
    assert client.get(f"{BASE}/{number}/plan?format=csv").content.count(b"\n") == len(plan) + 1
    assert get(client, "/suivi")["total"] == 0
    post(client, f"/{number}/publier", {"note": "Comité"})
    assert get(client, "/suivi")["total"] == len(plan) and get(client, "")["elements"][0]["publie"]
    for name, form in (("schema-directeur", "pdf"), ("cahier-des-charges", "docx")):
        file = get(client, f"/{number}/documents/{name}?format={form}")
        assert file["nom"] == f"{name}-{number}.{form}" and b64decode(file["contenu"])[:2] in (b"%P", b"PK")
    assert client.get(f"{BASE}/{number}/documents/autre").status_code == 404
    post(client, f"/{number}/retirer", {"motif": " "}, 422)
    post(client, f"/{number}/retirer", {"motif": "à revoir"})
    assert post(client, f"/{number}/copier")["numero"] > number


def test_bad_settings_are_told(scope: Scope) -> None:
    client = signed_in()
    number = post(client, "", {"prereglage": "libre", "etablissements": MEMBERS, "calculer": True})["numero"]
    assert get(client, f"/{number}")["calcul"] == "attente"
    post(client, f"/{number}/arreter")
    assert get(client, f"/{number}")["calcul"] == "annule"
    assert "Nombre d'années" in post(client, f"/{number}/reglages", {"annees": 99}, 422)["message"]
    refused = post(client, f"/{number}/reglages", {"cibles": [{"fonction": "rien"}]}, 422)
    assert "rien" in refused["message"]
    post(client, "", {"prereglage": "ailleurs", "etablissements": MEMBERS}, 422)
    post(client, "", {"prereglage": "libre", "etablissements": []}, 422)


def test_who_may(scope: Scope) -> None:
    number = post(signed_in(), "", {"prereglage": "libre", "etablissements": MEMBERS})["numero"]
    reader = signed_in(Role.DIRECTION)
    assert get(reader, f"/{number}")["numero"] == number
    post(reader, f"/{number}/calculer", status=403)
    post(reader, "", {"prereglage": "libre", "etablissements": MEMBERS}, 403)
    get(signed_in(Role.SERVICES_NUMERIQUES, CHU), f"/{number}", 404)
    get(signed_in(Role.DIM, CHU), "", 403)
