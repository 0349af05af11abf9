"""Dossiers by the programming interface: the same rules, the same rights, JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from archipel.foundation.accounts import tokens
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import in_scope
from archipel.programmes.dossiers.models import Dossier
from tests.factories.dossiers import (
    CHU,
    LANGRES,
    MACON,
    PACK,
    THEME,
    VERSION,
    account,
    agency,
    bring,
    direction,
    fill,
    region,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def establishments() -> None:
    region()


class Caller:
    """Calls with a token of an account, for one place."""

    def __init__(self, user: User, place: str) -> None:
        scope = scope_of(user)
        held = [c.value for c in tokens.offered(scope)[place]]
        _, text = tokens.create_token(scope=scope, name="x", establishment=place, capabilities=held, days=1)
        self.client = Client(headers={"Authorization": f"Bearer {text}"}, raise_request_exception=False)

    def get(self, path: str = "") -> Any:
        answer = self.client.get(f"/api/v1/dossiers{path}")
        return answer.status_code, json.loads(answer.content)

    def send(self, method: str, path: str, **body: Any) -> Any:
        call = getattr(self.client, method)
        answer = call(f"/api/v1/dossiers{path}", json.dumps(body), content_type="application/json")
        return answer.status_code, json.loads(answer.content)


def test_a_program_opens_writes_and_brings_a_dossier_forward() -> None:
    caller = Caller(account(Role.DIRECTION, CHU), CHU)
    asked = {"programme": PACK, "version": VERSION, "theme": THEME, "porteur": CHU, "parties": [{"finess": LANGRES}]}
    status, made = caller.send("post", "", titre="Aval", **asked)
    assert (status, made["etat"]) == (200, "en_redaction")
    number = made["numero"]
    enjeux = f"/{number}/rubriques/enjeux"
    assert caller.send("put", enjeux, base=0, texte="Un. Deux.")[1]["issue"] == "enregistre"
    assert caller.send("put", enjeux, base=1, texte="Un. Deux bis.")[1]["version"] == 2
    assert caller.send("put", enjeux, base=1, texte="Un bis. Deux.")[1]["contenu"] == {"texte": "Un bis. Deux bis."}
    status, kept = caller.send("put", enjeux, base=1, texte="Un. Deux ter.")
    assert (status, kept["issue"], kept["version"]) == (200, "conflit", 3) and kept["choix"]
    assert caller.get(enjeux)[1]["textes_a_choisir"] == [kept["choix"]]
    status, whole = caller.get(f"/{number}")
    assert whole["etat"] == "en_redaction" and {"remettre", "abandonner"} <= set(whole["actes"])
    assert next(one for one in whole["controles"] if one["id"] == "enjeux")["niveau"] == "a_risque"
    assert len(whole["criteres"]) == 6 and any(one["le"] == "2026-05-29" for one in whole["echeances"])
    status, refused = caller.send("post", f"/{number}/actes/deposer", date="2026-05-30T10:00:00+02:00")
    assert (status, refused["code"]) == (409, "depot-tardif") and "29/05/2026" in refused["message"]
    assert caller.send("post", f"/{number}/actes/abandonner", motif="Essai")[1]["etat"] == "abandonne"
    assert caller.send("post", f"/{number}/annuler", motif="Erreur")[1]["etat"] == "en_redaction"
    assert caller.get(f"/{number}/document")[1]["titre"] == "Aval"
    assert caller.get("?format=json")[1]["total"] == 1
    for title in ("B",):
        assert caller.send("post", "", titre=title, **asked)[0] == 200
    status, third = caller.send("post", "", titre="C", **asked)
    assert (status, third["code"]) == (409, "projet-de-trop")
    with in_scope(scope_of(account(Role.DIRECTION, CHU))):
        assert Dossier.objects.count() == 2


def test_others_are_refused_and_the_agency_reads_what_was_deposited() -> None:
    ours = direction()
    owner = Caller(account(Role.CHARGE_PROGRAMMES, CHU), CHU)
    asked = {"programme": PACK, "version": VERSION, "theme": THEME, "porteur": CHU}
    number = owner.send("post", "", titre="Aval", **asked)[1]["numero"]
    judge, other = Caller(account(Role.REFERENT_ARS, CHU), CHU), Caller(account(Role.DIRECTION, MACON), MACON)
    for caller in (judge, other):
        assert caller.get(f"/{number}")[0] == 404 and caller.get()[1]["total"] == 0
        assert caller.get(f"/{number}/rubriques/enjeux")[0] == 404
        assert caller.send("put", f"/{number}/rubriques/enjeux", base=0, texte="intrus")[0] == 404
    fill(ours, number)
    bring(number, "en_instruction", writer=ours, judge=agency())
    assert judge.get(f"/{number}")[1]["etat"] == "en_instruction"
    assert judge.get(f"/{number}/document")[0] == 200
    assert judge.get(f"/{number}/rubriques/enjeux")[0] == 403
    assert judge.get("/region/statistiques")[1]["projets"] == 1
    assert other.get(f"/{number}/document")[0] == 404 and other.get("/region/statistiques")[0] == 403
    assert owner.send("post", f"/{number}/actes/retenir", motif="x", montant="10")[0] == 403
    status, done = judge.send("post", f"/{number}/actes/retenir", motif="Ambition", montant="10 000")
    assert (status, done["etat"]) == (200, "retenu")
