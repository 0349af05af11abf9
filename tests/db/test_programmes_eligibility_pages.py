"""Pages, interface and command of eligibility; projects of several establishments; who sees what."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from archipel.foundation.accounts import tokens
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import Invalid, NotFound
from archipel.programmes.eligibility import public as eligibility
from archipel.programmes.eligibility.public import Perimeter, ProjectLink
from archipel.programmes.eligibility.queries import projects
from archipel.programmes.packs.public import Verdict
from tests.factories.programmes import (
    CHAUMONT,
    CHU,
    LANGRES,
    MACON,
    ej,
    holder,
    load_region,
    pmsi,
    region_scope,
    tell,
)

pytestmark = pytest.mark.django_db
AT, SINCE = date(2026, 4, 15), date(2026, 2, 1)
AAP, BASE = "hopen2-aap", "/programmes/eligibilite"
SUN, HOP = "versement-usage-sun-es", "versement-usage-hopen2-phase1"
THREE = ("hospiconnect-candidature-validee", "hospiconnect-note-cadrage-deposee",
         "hospiconnect-indicateurs-maturite-complets")  # fmt: skip


@pytest.fixture
def told() -> Scope:
    """Langres had a payment of use; Chaumont proves it had none; the CHU is engaged in HospiConnect."""
    load_region()
    scope = region_scope()
    with in_scope(scope):
        tell(scope, pmsi(LANGRES), SUN, True, SINCE, "ORIGINE")
        for fact in (SUN, HOP):
            tell(scope, pmsi(CHAUMONT), fact, False, SINCE, "attestation")
        for fact in THREE:
            tell(scope, ej(CHU), fact, True, SINCE, "Convergence")
    return scope


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def reads() -> dict[str, str]:
    """Address → the word that only who sees Langres reads there."""
    day = "au=2026-04-15"
    return {
        f"{BASE}/?{day}": "CH de Langres",
        f"{BASE}/?{day}&finess={LANGRES}&pack={AAP}": "CH de Langres",
        f"{BASE}/export?{day}&format=csv": "CH de Langres",
        f"{BASE}/export?{day}&format=xlsx": "",
        f"{BASE}/a-dire/?{day}": "CH de Langres",
        f"{BASE}/a-dire/export?{day}&format=csv": LANGRES,
        f"{BASE}/{AAP}/rattrapage/finess_pmsi/{LANGRES}/?{day}": "ORIGINE",
        f"{BASE}/{AAP}/=rattrapage/finess_pmsi/{LANGRES}/?{day}": "ORIGINE",
        f"{BASE}/projet/?{day}": "CH de Langres",
        f"{BASE}/projet/?{day}&pack={AAP}&theme=rattrapage&porteur={LANGRES}": "SUN-ES (oui)",
        f"/api/v1/programmes/eligibilite?finess={LANGRES}&{day}": "ORIGINE",
        f"/api/v1/programmes/eligibilite?{day}&format=csv": "CH de Langres",
    }


VISITORS: list[tuple[str, Role, str, bool]] = [
    ("l'établissement", Role.DIRECTION, LANGRES, True),
    ("le GHT", Role.CHARGE_PROGRAMMES, "ght:BFC-03", True),
    ("l'ARS", Role.REFERENT_ARS, "region:27", True),
    ("un autre établissement", Role.CHARGE_PROGRAMMES, CHU, False),
    ("un autre GHT", Role.DIRECTION, "ght:BFC-02", False),
    ("une autre ARS", Role.REFERENT_ARS, "region:84", False),
]


@pytest.mark.parametrize(("who", "role", "place", "sees"), VISITORS, ids=[v[0] for v in VISITORS])
def test_each_reads_its_own(told: Scope, who: str, role: Role, place: str, sees: bool) -> None:
    client = client_of(holder(role, place))
    for address, word in reads().items():
        answer = client.get(address)
        text = answer.content.decode("utf-8", "replace")
        if sees:
            assert answer.status_code == 200 and (not word or word in text), (address, answer.status_code)
        else:
            assert answer.status_code in (200, 403, 404), address
            assert not word or word == LANGRES or word not in text, address
            assert word != LANGRES or f"{LANGRES};" not in text, address


def test_without_the_right_nothing_opens(told: Scope) -> None:
    for address in reads():
        assert client_of(holder(Role.DIM, LANGRES)).get(address).status_code == 403, address
        assert client_of(None).get(address).status_code in (302, 401), address


def test_the_matrix_answers_first_then_explains(told: Scope) -> None:
    client = client_of(holder(Role.DIRECTION, "ght:BFC-03"))
    page = client.get(f"{BASE}/?au=2026-04-15&pack={AAP}")
    text = page.content.decode()
    counts = {code: n for code, _, n in page.context["comptes"]}
    assert counts == {"oui": 4, "non": 1, "inconnu": 31}
    only = client.get(f"{BASE}/?au=2026-04-15&pack={AAP}&verdict=non")
    assert [line["l"].key.code for line in only.context["lignes"]] == [LANGRES]
    assert "supposé" in text and "À dire d'abord" in text
    empty = client.get(f"{BASE}/?au=2019-01-01").content.decode()
    assert "Le périmètre est vide" in empty
    assert client.get(f"{BASE}/?au=hier").status_code == 422
    assert client.get(f"{BASE}/?finess=000").status_code == 404


def test_the_answer_links_to_what_is_to_be_told(told: Scope) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, "ght:BFC-03"))
    page = client.get(f"{BASE}/{AAP}/rattrapage/finess_pmsi/{CHU}/?au=2026-04-15").content.decode()
    assert f"sujet=finess_pmsi%3A{CHU}&amp;fait={SUN}" in page and "Pour devenir éligible" in page
    assert "S4, Conditions d&#x27;éligibilité" in page
    refused = client.get(f"{BASE}/{AAP}/rattrapage/finess_pmsi/{LANGRES}/?au=2026-04-15").content.decode()
    assert "Ce qui fait la réponse" in refused and f"/programmes/faits/finess_pmsi/{LANGRES}/{SUN}/" in refused
    assert "Défauts de la source" in refused
    for wrong in (f"{AAP}/inconnu/finess_pmsi/{CHU}", f"{AAP}/rattrapage/ej/{CHU}", f"rien/-/ej/{CHU}",
                  f"{AAP}/rattrapage/planete/{CHU}", f"{AAP}/rattrapage/finess_pmsi/{MACON}"):  # fmt: skip
        assert client.get(f"{BASE}/{wrong}/").status_code == 404, wrong


def test_telling_what_is_missing_comes_back_with_the_answer(told: Scope) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, "ght:BFC-03"))
    back = f"{BASE}/{AAP}/rattrapage/finess_pmsi/{CHU}/?au=2026-04-15"
    for fact in (SUN, HOP):
        done = client.post(
            "/programmes/faits/saisir/",
            {"sujet": f"finess_pmsi:{CHU}", "fait": fact, "valeur": "non", "date_effet": "2026-02-01",
             "source": "attestation ARS", "preuve": "A-12", "suite": back},
        )  # fmt: skip
        assert done["Location"] == back
    assert "est éligible" in client.get(back).content.decode()


# --- a project


@pytest.fixture
def nobody_tells() -> Any:
    before = list(projects._registered)
    projects._registered.clear()
    yield
    projects._registered[:] = before


def ask(scope: Scope, **more: Any) -> eligibility.ProjectAnswer:
    given = {"pack": AAP, "theme": "rattrapage", "bearer": CHAUMONT, "parties": (CHU,), **more}
    with in_scope(scope):
        return eligibility.project(scope=scope, at=AT, perimeter=Perimeter(**given))


def by_rule(found: eligibility.ProjectAnswer) -> dict[str, str]:
    return {one.answer.question.rule: one.answer.verdict.value for one in found.rules}


@pytest.mark.usefixtures("nobody_tells")
def test_a_project_is_asked_what_the_pack_asks_of_it(told: Scope) -> None:
    found = ask(told, facts={"projet-valide-ght": True, "date-depot": date(2026, 5, 29)})
    assert by_rule(found) == {
        "validation-ght": "oui", "deux-projets-au-plus": "inconnu", "depot-dans-les-delais": "oui",
        "porteur-eligible-rattrapage": "oui",
    }  # fmt: skip
    assert found.verdict is Verdict.INCONNU
    late = ask(told, facts={"projet-valide-ght": True, "date-depot": date(2026, 5, 30)})
    assert by_rule(late)["depot-dans-les-delais"] == "non" and late.verdict is Verdict.NON
    other = ask(told, bearer=LANGRES, parties=(CHAUMONT,))
    assert by_rule(other)["porteur-eligible-rattrapage"] == "non"
    assert [p.answers[0].verdict.value for p in other.parties] == ["non", "oui"]


@pytest.mark.parametrize(("others", "expected"), [(1, "oui"), (2, "non")])
def test_a_third_project_is_one_too_many(told: Scope, others: int, expected: str, nobody_tells: None) -> None:
    links = [ProjectLink(str(n), f"Projet {n}", "partie") for n in range(others)]
    asked: list[str] = []

    def of(scope: Scope, pack: str, codes: Any, at: date, aside: str) -> dict[str, list[ProjectLink]]:
        asked.append(aside)
        return {CHU: links}

    eligibility.register_projects(of)
    found = ask(told, dossier="12")
    assert by_rule(found)["deux-projets-au-plus"] == expected
    assert asked == ["12"] and [len(p.projects or ()) for p in found.parties] == [0, others]


@pytest.mark.usefixtures("nobody_tells")
def test_the_activity_of_a_perimeter_is_summed_or_unknown(told: Scope) -> None:
    assert ask(told).total is None and len(ask(told).missing) == 2
    with in_scope(told):
        tell(told, pmsi(CHU), "activite-combinee", Decimal(229999), SINCE)
        tell(told, pmsi(CHAUMONT), "activite-combinee", Decimal(1), SINCE)
    assert ask(told).total == Decimal(230000)


def test_a_project_that_cannot_be(told: Scope) -> None:
    for more, error in (({"bearer": ""}, Invalid), ({"pack": "rien"}, NotFound), ({"theme": "rien"}, NotFound),
                        ({"parties": ("999999999",)}, NotFound)):  # fmt: skip
        with pytest.raises(error):
            ask(told, **more)


@pytest.mark.usefixtures("nobody_tells")
def test_a_project_is_kept_in_its_address(told: Scope) -> None:
    client = client_of(holder(Role.DIRECTION, "ght:BFC-03"))
    url = (f"{BASE}/projet/?au=2026-04-15&pack={AAP}&theme=rattrapage&porteur={CHAUMONT}&partie={CHU}"
           "&f-projet-valide-ght=oui&f-date-depot=2026-05-29")  # fmt: skip
    page = client.get(url).content.decode()
    assert "Projet validé" in page and "est remplie" in page and "Manque pour" in page
    assert client.get(url.replace("2026-05-29", "demain")).status_code == 422


# --- the programming interface and the command


def test_the_interface_gives_the_whole_answer(told: Scope) -> None:
    client = client_of(holder(Role.REFERENT_ARS, "region:27"))
    found = client.get(
        f"/api/v1/programmes/eligibilite?finess={LANGRES}&finess={CHU}&pack={AAP}&theme=rattrapage&au=2026-04-15"
    ).json()
    assert found["total"] == 2
    by = {one["finess"]: one for one in found["elements"]}
    assert by[LANGRES]["verdict"] == "non" and by[LANGRES]["faits"][0]["valeurs"][0]["source"] == "ORIGINE"
    assert {f["fait"] for f in by[CHU]["suffirait_pour_oui"][0]} == {SUN, HOP}
    assert by[CHU]["source"].startswith("S4") and "il manque" in by[CHU]["phrase"]
    assert client.get("/api/v1/programmes/eligibilite?pack=rien").status_code == 404


def test_a_token_reads_what_its_owner_reads(told: Scope) -> None:
    user = holder(Role.DIRECTION, LANGRES)
    _, text = tokens.create_token(
        scope=scope_of(user), name="BI", establishment=LANGRES, capabilities=["programmes.voir"], days=3
    )
    headers = {"Authorization": f"Bearer {text}"}
    found = Client().get("/api/v1/programmes/eligibilite?au=2026-04-15", headers=headers).json()
    assert {one["etablissement"] for one in found["elements"]} == {LANGRES}


def test_the_command_says_and_explains(told: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from archipel.foundation import runtime
    from archipel.programmes.commands import app

    monkeypatch.setattr(runtime, "ready", lambda: None)
    run = CliRunner().invoke(
        app, ["eligibility", "--at", "15/04/2026", LANGRES, CHU, "--pack", AAP, "--theme", "rattrapage"]
    )
    assert run.exit_code == 0, run.output
    assert "CH de Langres" in run.output and "NON" in run.output and "S4, Conditions d'éligibilité" in run.output
    assert "ORIGINE" in run.output and "Suffirait pour un oui" in run.output
    data = json.loads(CliRunner().invoke(app, ["eligibility", "--at", "2026-04-15", "BFC-03", "--json"]).output)
    assert len({one["etablissement"] for one in data}) == 9
    assert CliRunner().invoke(app, ["eligibility", "--at", "hier", CHU]).exit_code != 0
