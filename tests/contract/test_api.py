"""The programming interface through the whole stack: tokens, errors, pages, CSV, traces."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from archipel.foundation.accounts import tokens
from archipel.foundation.accounts.models import ApiToken, Grant, TokenFailure, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Capability
from archipel.kernel.errors import Denied, Invalid, NotFound
from tests.factories.accounts import audit_entries, make_user
from tests.factories.beds import CHU, LANGRES, SITE, make_stay, make_unit

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
BED_RIGHTS = ["capacite.voir", "patients.voir", "lits.gerer"]


def browser(user: User, *, csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=csrf)
    client.force_login(user, backend=BACKEND)
    return client


def token_of(user: User, rights: list[str], establishment: str = CHU, days: int = 30) -> str:
    _, text = tokens.create_token(
        scope=scope_of(user), name="essai", establishment=establishment, capabilities=rights, days=days
    )
    return text


def call(text: str, address: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {text}"}
    client = Client(enforce_csrf_checks=True)
    if body is None:
        return client.get(f"/api/v1{address}", headers=headers)
    return client.post(f"/api/v1{address}", json.dumps(body), content_type="application/json", headers=headers)


# --- who calls


def test_nobody_is_told_to_identify_themselves() -> None:
    answer = Client().get("/api/v1/moi")
    assert answer.status_code == 401
    assert answer.json()["code"] == "non-connecte"
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Cache-Control"] == "no-store"


def test_a_session_reads_and_a_token_narrows() -> None:
    user = make_user(Role.GESTIONNAIRE_LITS, CHU)
    mine = browser(user).get("/api/v1/moi").json()
    assert mine["etablissements_nominatifs"] == [CHU]
    assert "lits.gerer" in mine["droits"][CHU]
    narrow = call(token_of(user, ["capacite.voir"]), "/moi").json()
    assert narrow["droits"] == {CHU: ["capacite.voir"]}
    assert narrow["etablissements_nominatifs"] == []
    assert narrow["jeton"] is True


def test_a_browser_writes_with_its_csrf_token_only() -> None:
    user = make_user(Role.GESTIONNAIRE_LITS, CHU)
    make_unit()
    address, body = f"/api/v1/lits/unites/{CHU}/3001/fermer", {"chambre": "101", "lit": "P", "motif": "travaux"}
    client = browser(user, csrf=True)
    refused = client.post(address, json.dumps(body), content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    client.get("/compte/")
    session = client.session
    answer = client.post(
        address, json.dumps(body), content_type="application/json", headers={"X-CSRFToken": session["_csrftoken"]}
    )
    assert answer.status_code == 200


# --- tokens


def test_a_token_never_exceeds_its_owner_even_later() -> None:
    user = make_user(Role.GESTIONNAIRE_LITS, CHU)
    text = token_of(user, BED_RIGHTS)
    assert call(text, "/moi").json()["etablissements_nominatifs"] == [CHU]
    Grant.objects.filter(user=user).delete()
    assert call(text, "/moi").json()["droits"] == {}
    user.is_active = False
    user.save()
    assert call(text, "/moi").status_code == 401


def test_a_token_cannot_be_given_what_its_owner_has_not_nor_what_no_token_may() -> None:
    user = make_user(Role.GESTIONNAIRE_LITS, CHU)
    for place, right in (
        (CHU, "audit.voir"),
        (LANGRES, "patients.voir"),
        ("*", "capacite.voir"),
        (CHU, "bris_de_glace"),
    ):
        with pytest.raises(Denied):
            token_of(user, [right], place)
    admin = make_user(Role.ADMINISTRATEUR, CHU)
    with pytest.raises(Denied):
        token_of(admin, ["comptes.gerer"])
    for days in (0, 366):
        with pytest.raises(Invalid):
            token_of(user, BED_RIGHTS, days=days)
    forged = ApiToken.objects.get_or_create(
        user=user, name="forgé", prefix="f", hash="x", grants={"*": [c.value for c in Capability]},
        created_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1),
    )[0]  # fmt: skip
    assert tokens.scope_of_token(user, forged.grants).grants == {}


def test_only_the_hash_is_kept() -> None:
    text = token_of(make_user(Role.GESTIONNAIRE_LITS, CHU), BED_RIGHTS)
    secret = text.split("_", 2)[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_apitoken t")
        assert all(secret not in row for (row,) in cursor.fetchall())
    assert all(secret not in str(vars(entry)) for entry in audit_entries())


def test_expired_revoked_and_wrong_tokens_open_nothing() -> None:
    user = make_user(Role.GESTIONNAIRE_LITS, CHU)
    text = token_of(user, BED_RIGHTS)
    row = ApiToken.objects.get()
    other = make_user(Role.GESTIONNAIRE_LITS, CHU)
    with pytest.raises(NotFound):
        tokens.revoke_token(scope=scope_of(other), token_id=row.pk)
    ApiToken.objects.update(expires_at=timezone.now())
    assert call(text, "/moi").status_code == 401
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    for wrong in (text[:-1], text + "x", "arch_", "", "arch_" + row.prefix + "_", text.upper(), "x" * 5000):
        assert call(wrong, "/moi").status_code == 401, wrong
    assert call(text, "/moi").status_code == 200
    tokens.revoke_token(scope=scope_of(user), token_id=row.pk)
    answer = call(text, "/moi")
    assert (answer.status_code, answer.json()["code"]) == (401, "jeton-refuse")


def test_a_wrong_token_is_refused_even_beside_a_session() -> None:
    client = browser(make_user(Role.GESTIONNAIRE_LITS, CHU))
    assert client.get("/api/v1/moi", headers={"Authorization": "Bearer arch_a_b"}).status_code == 401


def test_too_many_wrong_tokens_are_slowed_down_and_a_right_one_still_passes() -> None:
    text = token_of(make_user(Role.GESTIONNAIRE_LITS, CHU), BED_RIGHTS)
    seen = [call("arch_faux_faux", "/moi").status_code for _ in range(tokens.FAILURE_LIMIT + 3)]
    assert seen == [401] * tokens.FAILURE_LIMIT + [429] * 3
    assert len(audit_entries(action="jeton.refus")) == tokens.FAILURE_LIMIT
    assert call("arch_faux_faux", "/moi")["Retry-After"] == "900"
    assert call(text, "/moi").status_code == 200
    TokenFailure.objects.update(since=timezone.now() - timedelta(hours=1))
    assert call("arch_faux_faux", "/moi").status_code == 401


def test_the_page_of_tokens_makes_shows_once_and_revokes() -> None:
    user = make_user(Role.GESTIONNAIRE_LITS, CHU)
    client = browser(user)
    made = client.post("/compte/jetons/", {"nom": "BI", "etablissement": CHU, "droits": BED_RIGHTS, "jours": "30"})
    row = ApiToken.objects.get()
    assert f"arch_{row.prefix}_" in made.content.decode().partition("<code")[2]
    text = made.context["text"]
    assert call(text, "/moi").status_code == 200
    again = client.get("/compte/jetons/").content.decode()
    assert text not in again
    assert "BI" in again
    refused = client.post("/compte/jetons/", {"nom": "", "etablissement": CHU, "droits": BED_RIGHTS, "jours": "30"})
    assert refused.status_code == 422
    assert client.post(f"/compte/jetons/{row.pk}/revoquer/")["Location"] == "/compte/jetons/"
    assert call(text, "/moi").status_code == 401
    assert [e.action for e in audit_entries(object_type="jeton")][:2] == ["jeton.creation", "jeton.revocation"]


# --- what is answered


def test_capacity_tells_its_age_and_source() -> None:
    make_stay(make_unit()[0])
    answer = browser(make_user(Role.DIRECTION, CHU)).get("/api/v1/lits/capacite").json()
    (line,) = [row for row in answer["lignes"] if row["site"] == SITE]
    assert (line["installes"], line["occupes"], line["filiere"]) == (3, 1, "MED")
    assert line["source"]
    table = browser(make_user(Role.DIRECTION, CHU)).get("/api/v1/lits/capacite?format=csv")
    assert table["Content-Type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(table.content.decode()))
    assert (row["installes"], row["occupes"]) == ("3", "1")


def test_names_are_for_the_establishment_and_their_reading_is_traced() -> None:
    make_stay(make_unit()[0], name="DURANDAL")
    address = f"/api/v1/lits/unites/{CHU}/3001"
    inside = browser(make_user(Role.GESTIONNAIRE_LITS, CHU)).get(address)
    assert "DURANDAL" in inside.content.decode()
    assert [e.establishment for e in audit_entries(action="lits.lire")] == [CHU]
    outside = browser(make_user(Role.GESTIONNAIRE_LITS, LANGRES)).get(address)
    assert outside.status_code == 200
    assert "DURANDAL" not in outside.content.decode()
    assert outside.json()["noms_visibles"] is False
    assert len(audit_entries(action="lits.lire")) == 1


def test_an_act_goes_through_the_service_and_is_undone() -> None:
    make_unit()
    text = token_of(make_user(Role.GESTIONNAIRE_LITS, CHU), BED_RIGHTS)
    act = f"/lits/unites/{CHU}/3001"
    bed = {"chambre": "101", "lit": "P"}
    refused = call(text, f"{act}/fermer", bed)
    assert (refused.status_code, refused.json()["code"], refused.json()["champ"]) == (422, "motif-manquant", "reason")
    done = call(text, f"{act}/fermer", bed | {"motif": "travaux"})
    assert done.status_code == 200
    again = call(text, f"{act}/fermer", bed | {"motif": "travaux"})
    assert (again.status_code, again.json()["code"]) == (409, "deja-ferme")
    states = {b["chambre"] + b["lit"]: b["etat"] for b in call(text, act).json()["lits"]}
    assert states["101P"] == "ferme"
    assert call(text, "/lits/annuler", {"faits": done.json()["faits"]}).status_code == 200
    booked = call(text, f"{act}/reserver", bed | {"pour": "entrée de demain"})
    assert booked.status_code == 200
    assert call(text, f"{act}/annuler-reservation", bed).status_code == 200
    assert call(text, f"{act}/danser", bed).status_code == 422
    assert call(text, f"/lits/unites/{LANGRES}/3001/fermer", bed | {"motif": "x"}).status_code == 403


def test_a_token_without_the_right_cannot_act() -> None:
    make_unit()
    text = token_of(make_user(Role.GESTIONNAIRE_LITS, CHU), ["capacite.voir"])
    answer = call(text, f"/lits/unites/{CHU}/3001/fermer", {"chambre": "101", "lit": "P", "motif": "travaux"})
    assert answer.status_code == 403


def test_pages_are_cut_and_errors_are_json() -> None:
    make_unit("3001")
    make_unit("3002")
    text = token_of(make_user(Role.GESTIONNAIRE_LITS, CHU), BED_RIGHTS)
    page = call(text, "/territoire/ufs?taille=1&page=2").json()
    assert (page["total"], page["page"], [u["code"] for u in page["elements"]]) == (2, 2, ["3002"])
    wrong = call(text, "/territoire/ufs?taille=0")
    assert (wrong.status_code, wrong.json()["champs"]) == (422, ["taille"])
    assert call(text, "/nulle-part").json()["code"] == "introuvable"
    assert call(text, "/lits/unites/123/45").json()["code"] == "unite-inconnue"
    assert call(text, f"/venues/{CHU}/a%7CV0").json()["code"] == "venue-inconnue"
    assert call(text, "/patients/recherche", {}).json()["code"] == "recherche-vide"
    assert call(text, "/messages").status_code == 403
    unreadable = Client().post(
        f"/api/v1/lits/unites/{CHU}/3001/fermer", "{", content_type="application/json",
        headers={"Authorization": f"Bearer {text}"},
    )  # fmt: skip
    assert unreadable.status_code == 400
    assert unreadable.json()["code"] == "requete"


def test_the_document_and_the_page_of_the_interface_are_readable_and_strict() -> None:
    assert Client().get("/api/openapi.json").json()["info"]["title"] == "Archipel"
    page = Client().get("/api/")
    assert page.status_code == 200
    assert "/api/v1/lits/capacite" in page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed() -> None:
    make_unit(name="=HYPERLINK(1)")
    text = token_of(make_user(Role.GESTIONNAIRE_LITS, CHU), BED_RIGHTS)
    assert "'=HYPERLINK" in call(text, "/territoire/ufs?format=csv").content.decode()
