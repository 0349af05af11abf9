"""Tension and RPU by the programming interface: what is said, who may say it, what is traced."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from archipel.connectors.rpu.building import PARIS
from archipel.foundation.accounts.roles import Role
from archipel.kernel import clock
from tests.contract.test_api import browser
from tests.db.test_ed import department
from tests.db.test_passages import furnish
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, SITE

pytestmark = pytest.mark.django_db


def get(client: Client, address: str) -> Any:
    return client.get(f"/api/v1{address}")


def post(client: Client, address: str, body: Any) -> Any:
    return client.post(f"/api/v1{address}", json.dumps(body), content_type="application/json")


def days() -> str:
    today = clock.now().astimezone(PARIS).date()
    return f"du={today - timedelta(days=7)}&au={today + timedelta(days=1)}"


def test_tension_is_declared_read_and_lifted() -> None:
    department()
    cell = browser(make_user(Role.CELLULE_TERRITORIALE, CHU))
    asked = {"sujet": f"site:{SITE}", "niveau": "tension", "motif": "Afflux"}
    done = post(cell, "/tension/declarer", asked)
    assert done.status_code == 200, done.content
    level = next(one for one in get(cell, "/tension").json()["elements"] if one["sujet"] == f"site:{SITE}")
    assert (level["niveau"], level["en_tension"], level["source"]) == ("tension", True, "declaration")
    signals = get(cell, f"/tension/sites/{SITE}").json()["elements"]
    assert {"lits_disponibles", "charge_15h"} <= {one["indicateur"] for one in signals}
    assert [one for one in signals if one["valeur"] is None and not one["pourquoi"]] == []
    line = get(cell, f"/tension/journal?sujet=site:{SITE}").json()["elements"][0]
    assert (line["nature"], line["motif"], line["numero"]) == ("declaration", "Afflux", done.json()["numero"])
    assert post(cell, "/tension/lever", {"sujet": f"site:{SITE}", "motif": "Retour au calme"}).status_code == 200
    assert post(cell, "/tension/lever", {"sujet": f"site:{SITE}", "motif": "Retour au calme"}).status_code == 409
    assert get(cell, "/tension?format=csv").content.startswith(b"sujet,nom,")


@pytest.mark.parametrize(("change", "status"), [
    ({"niveau": "normal"}, 422), ({"sujet": "site:999999999"}, 404), ({"motif": " "}, 422),
    ({"jusqu_a": "2020-01-01T00:00"}, 422),
])  # fmt: skip
def test_a_declaration_that_cannot_be_is_refused(change: dict[str, str], status: int) -> None:
    department()
    cell = browser(make_user(Role.CELLULE_TERRITORIALE, CHU))
    asked = {"sujet": f"site:{SITE}", "niveau": "tension", "motif": "Afflux"} | change
    answer = post(cell, "/tension/declarer", asked)
    assert answer.status_code == status and answer.json()["message"]
    assert get(cell, "/tension/journal").json()["total"] == 0


def test_who_may_not_declare_reads_and_who_is_elsewhere_declares_nothing() -> None:
    department()
    asked = {"sujet": f"site:{SITE}", "niveau": "tension", "motif": "Afflux"}
    for role, where in ((Role.DIM, CHU), (Role.CELLULE_TERRITORIALE, LANGRES)):
        client = browser(make_user(role, where))
        assert get(client, "/tension").status_code == 200
        assert post(client, "/tension/declarer", asked).status_code == 403
    assert get(Client(), "/tension").status_code == 401


def test_passages_are_read_where_they_may_be_and_each_reading_is_traced() -> None:
    furnish()
    coder = browser(make_user(Role.DIM, CHU))
    found = get(coder, f"/rpu/passages?{days()}&site={SITE}").json()
    assert found["total"] >= 1
    one = found["elements"][0]
    assert one["site"] == SITE and isinstance(one["items"], dict) and isinstance(one["remarques"], list)
    assert len(audit_entries(action="rpu.lecture")) >= 1
    assert get(browser(make_user(Role.DIM, LANGRES)), f"/rpu/passages?{days()}").json()["total"] == 0
    assert get(browser(make_user(Role.DIRECTION, CHU)), f"/rpu/passages?{days()}").status_code == 403
    assert get(coder, "/rpu/passages?du=2026-11-20&au=2026-11-10").status_code == 422
    assert get(coder, "/rpu/passages?du=2026-01-01&au=2026-11-10").status_code == 422


def test_a_file_is_deposited_once_by_who_may(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish()
    monkeypatch.setenv("ARCHIPEL_RPU_TARGET", f"dossier:{tmp_path}")
    last = clock.now().astimezone(PARIS).date()
    asked = {"site": SITE, "du": f"{last - timedelta(days=5)}", "au": f"{last}"}
    nurse = browser(make_user(Role.IDE_URGENCES, CHU))
    assert post(nurse, "/rpu/envois", asked).status_code == 403
    sender = browser(make_user(Role.DIM, CHU))
    assert [post(sender, "/rpu/envois", asked).json()["issue"] for _ in range(2)] == ["accepte", "deja"]
    assert len(list(tmp_path.iterdir())) == 1
    states = get(nurse, "/rpu/envois").json()["elements"]
    assert [one["site"] for one in states] == [SITE] and states[0]["etat"]
    assert get(browser(make_user(Role.DIRECTION, CHU)), "/rpu/envois").status_code == 403
