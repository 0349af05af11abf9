"""The interface and the commands of help and maturity: the same answers and the same refusals as the screens."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.programmes.catalogue.models import Request, RequestEvent
from archipel.programmes.maturity.models import Answer
from tests.factories.programmes import CHU, LANGRES, holder, load_region, pmsi, region_scope, tell

GHT, REGION = "BFC-03", "27"
UNIHA = "plan-accompagnement-2016/uniha-appui"
BACKEND = "django.contrib.auth.backends.ModelBackend"
HELP, MATURITY = "/api/v1/programmes/aide", "/api/v1/programmes/maturite"
CARE = f"{MATURITY}/grilles/care-d2/auto-diagnostic-d2"
RAISED = {
    "sans rôle": None,
    "autre GHT": (Role.DIRECTION, "ght:BFC-02"),
    "autre région": (Role.REFERENT_ARS, "region:84"),
}


def client(role: Role | None, place: str = CHU) -> Client:
    made = Client(raise_request_exception=False)
    if role is not None:
        made.force_login(holder(role, place), backend=BACKEND)
    return made


def post(one: Client, address: str, **body: Any) -> Any:
    return one.post(address, json.dumps(body), content_type="application/json")


@pytest.fixture
def region(db: None) -> None:
    load_region()


def test_help_by_the_interface(region: None) -> None:
    director, ars = client(Role.DIRECTION, f"ght:{GHT}"), client(Role.REFERENT_ARS, f"region:{REGION}")
    found = director.get(f"{HELP}?theme=systemes-information&le=2017-01-10").json()
    uniha = next(one for one in found["elements"] if one["ref"] == UNIHA)
    assert (uniha["etat"], uniha["cout_min"], uniha["cout_max"], uniha["quota_restant"]) == ("ouvert", "0", "0", 4)
    hits = director.get(f"{HELP}/recherche?q=biolgie").json()
    assert any("orthographe" in why for hit in hits for why in hit["raisons"])
    made = post(director, f"{HELP}/demandes", aide=UNIHA, ght=GHT, objet="AVC", demandee_le="2017-01-10").json()
    here = f"{HELP}/demandes/{made['numero']}"
    assert director.get(here).json()["attend"] == ["ars"]
    assert post(ars, f"{here}/avis", partie="ars", avis="favorable", le="2017-01-12").status_code == 200
    assert post(ars, f"{here}/avis", partie="x", avis="y").status_code == 422
    assert next(q for q in ars.get(f"{HELP}/quotas").json() if "27" in q["regions"])["restants"] == 3
    assert post(ars, f"{here}/actes", acte="retrait", texte="x").status_code == 403
    assert post(director, f"{here}/actes", acte="valser").status_code == 422
    assert post(director, f"{here}/actes", acte="retrait", texte="abandon").json()["numero"] == made["numero"]
    assert director.get(f"{HELP}/demandes").json()["elements"][0]["etat"] == "retiree"


def test_maturity_by_the_interface(region: None) -> None:
    director = client(Role.DIRECTION, f"ght:{GHT}")
    assert director.get(f"{MATURITY}/grilles").json()["elements"][0]["questions"] > 0
    said = post(director, f"{CARE}/reponses", repondant=CHU, question="d2-o4-test", reponse="oui", preuve="CR").json()
    group = director.get(f"{CARE}?ght={GHT}").json()
    assert next(m for m in group["membres"] if m["repondant"] == CHU)["sans_preuve"] == 0
    assert {p["part"] for p in group["parts"]} == {"bia-pcra", "test-pca"}
    assert post(director, f"{CARE}/reponses", repondant=CHU, question="d2-o4-test", reponse="x").status_code == 422
    plan = post(director, f"{CARE}/plan", but="chacun", niveau=1, jours=2).json()
    assert plan["possible"] and plan["jours"] >= plan["borne"] > 0 and not plan["pas"][0]["effort_dit"]
    assert post(director, f"{CARE}/plan", but="valser").status_code == 422
    alone = client(Role.DIRECTION, CHU)
    assert alone.get(CARE).json()["parts"] == [] and post(alone, f"{CARE}/plan", but="part").status_code == 403
    assert "annulée" in post(director, f"{MATURITY}/reponses/{said['faits'][0]}/annuler").json()["message"]


@pytest.mark.parametrize("who", RAISED)
def test_strangers_read_and_change_nothing(region: None, who: str) -> None:
    director = client(Role.DIRECTION, f"ght:{GHT}")
    post(director, f"{HELP}/demandes", aide=UNIHA, ght=GHT, objet="SECRET", demandee_le="2017-01-10")
    fact = post(director, f"{CARE}/reponses", repondant=CHU, question="d2-o4-test", reponse="oui").json()["faits"][0]
    with in_scope(region_scope()):
        number = Request.objects.get().pk
        before = (RequestEvent.objects.count(), Answer.objects.count())
    stranger = client(*(RAISED[who] or (None,)))  # type: ignore[arg-type]
    reads = [f"{HELP}", f"{HELP}/demandes", f"{HELP}/demandes/{number}", f"{HELP}/quotas", f"{HELP}/recherche?q=x",
             f"{MATURITY}/grilles", f"{CARE}?ght={GHT}"]  # fmt: skip
    for address in reads:
        answer = stranger.get(address)
        assert "SECRET" not in answer.content.decode() and (who != "sans rôle" or answer.status_code == 401), address
    for address, body in [
        (f"{HELP}/demandes", {"aide": UNIHA, "ght": GHT, "objet": "x", "demandee_le": "2017-01-10"}),
        (f"{HELP}/demandes/{number}/avis", {"partie": "ars", "avis": "favorable"}),
        (f"{HELP}/demandes/{number}/actes", {"acte": "retrait", "texte": "x"}),
        (f"{CARE}/reponses", {"repondant": CHU, "question": "d2-o4-test", "reponse": "non"}),
        (f"{MATURITY}/reponses/{fact}/annuler", {}),
        (f"{CARE}/plan", {"ght": GHT}),
    ]:
        assert post(stranger, address, **body).status_code in (401, 403, 404), address
    with in_scope(region_scope()):
        assert (RequestEvent.objects.count(), Answer.objects.count()) == before


@pytest.fixture
def run(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    from archipel.cli import app
    from archipel.foundation import runtime

    monkeypatch.setattr(runtime, "ready", lambda: None)
    load_region()
    return lambda *words: CliRunner().invoke(app, ["programmes", *words])


def test_the_commands(run: Any, tmp_path: Path) -> None:
    listed = run("aide", "lister", "--ght", GHT, "--theme", "systemes-information", "--at", "2017-01-10")
    assert "reste 4 sur 4" in listed.stdout and listed.exit_code == 0
    lines = run("aide", "lister", "--ght", GHT, "--at", "2017-01-10", "--json").stdout.splitlines()
    assert len(lines) >= 40 and json.loads(lines[0])["etat"] == "ouvert"
    assert "outil-16-pui" in run("aide", "chercher", "PUI").stdout
    assert "Bourgogne-Franche-Comté" in run("aide", "quotas").stdout
    assert run("aide", "demandes").exit_code == 0
    assert run("aide", "lister", "--ght", GHT, "--at", "hier").exit_code == 1
    assert "care-d2/auto-diagnostic-d2" in run("maturite", "grilles").stdout
    with in_scope(region_scope()):
        for code in (CHU, LANGRES):
            tell(region_scope(), pmsi(code), "activite-combinee", 1000, date(2026, 1, 1))
    levels = run("maturite", "niveaux", "care-d2/auto-diagnostic-d2", "--ght", GHT)
    assert CHU in levels.stdout and "bia" in levels.stdout.lower()
    plan = run("maturite", "plan", "care-d2/auto-diagnostic-d2", "--ght", GHT, "--compte", "bia-pcra", "--jours", "2")
    assert "12 jours" in plan.stdout and "Laissés de côté" in plan.stdout
    assert run("maturite", "plan", "care-d2", "--ght", GHT).exit_code == 1
    sheet = tmp_path / "r.csv"
    text = f"Établissement (FINESS);Question (identifiant);Réponse\n{CHU};d2-o4-test;oui\n{CHU};x;oui\n"
    sheet.write_text(text, encoding="utf-8")
    assert "nouvelle" in run("maturite", "importer", "care-d2/auto-diagnostic-d2", str(sheet)).stdout
    with in_scope(region_scope()):
        assert Answer.objects.count() == 0
    assert "1 réponses importées" in run(
        "maturite", "importer", "care-d2/auto-diagnostic-d2", str(sheet), "--ecrire"
    ).stdout  # fmt: skip
