"""Pages of money: each route, for each kind of visitor; a project's life and a search through their forms."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.programmes.funding import public as funding
from archipel.programmes.funding.models import Line, Project, Run
from archipel.programmes.funding.public import Kind
from tests.factories.funding import CHAUMONT, DAY, PACK, make_eligible, open_project, tell_activities, write
from tests.factories.programmes import CHU, LANGRES, MACON, holder, region_scope

pytestmark = pytest.mark.django_db
BASE = "/programmes/financement"


@pytest.fixture
def made() -> dict[str, int]:
    """A project of Langres alone, with money, and a search about Langres alone, answered."""
    scope = tell_activities()
    make_eligible(scope, LANGRES, CHAUMONT)
    project = open_project(scope, LANGRES, title="SECRET-PROJET")
    write(scope, project, Kind.OCTROI, 85_000)
    line = write(scope, project, Kind.DEPENSE, 1234, establishment=LANGRES, year=2026, text="SECRET-FACTURE")
    with in_scope(scope):
        run = funding.ask(
            scope=scope, question=funding.Question(PACK, [LANGRES], title="SECRET-RECHERCHE", at=DAY, hopeful=True)
        )
    assert funding.claim() == run
    funding.execute(run)
    return {"projet": project, "ligne": line, "recherche": run}


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def reads(made: dict[str, int]) -> dict[str, str]:
    """Address → the word that only who sees Langres reads there ("" when the page holds nothing of it)."""
    project, run = f"{BASE}/projets/{made['projet']}", f"{BASE}/portefeuille/{made['recherche']}"
    return {
        f"{BASE}/": "SECRET-PROJET",
        f"{BASE}/?ght=BFC-03&au=2026-07-01": "SECRET-PROJET",
        f"{BASE}/export?format=csv": "SECRET-PROJET",
        f"{BASE}/entites/export?format=csv": f"{LANGRES};",
        f"{BASE}/tresorerie/": "1\u202f234",
        f"{BASE}/tresorerie/export?format=csv": "1234",
        f"{BASE}/simulateur/?ght=BFC-03": "120\u202f000",
        f"{project}/": "SECRET-FACTURE",
        f"{project}/export?format=csv": "SECRET-FACTURE",
        f"{BASE}/projets/nouveau/": "",
        f"{BASE}/portefeuille/": "SECRET-RECHERCHE",
        f"{BASE}/portefeuille/nouveau/": "",
        f"{run}/": "SECRET-RECHERCHE",
        f"{run}/export?format=csv": LANGRES,
        f"{run}/export?format=json": "certificat",
    }


VISITORS: list[tuple[str, Role, str, bool]] = [
    ("la direction de l'établissement", Role.DIRECTION, LANGRES, True),
    ("le GHT", Role.CHARGE_PROGRAMMES, "ght:BFC-03", True),
    ("l'ARS de la région", Role.REFERENT_ARS, "region:27", True),
    ("un autre établissement du GHT", Role.CHARGE_PROGRAMMES, CHU, False),
    ("un autre GHT", Role.DIRECTION, "ght:BFC-02", False),
    ("l'ARS d'une autre région", Role.REFERENT_ARS, "region:84", False),
]


@pytest.mark.parametrize(("who", "role", "place", "sees"), VISITORS, ids=[v[0] for v in VISITORS])
def test_each_reads_its_own(made: dict[str, int], who: str, role: Role, place: str, sees: bool) -> None:
    client = client_of(holder(role, place))
    for address, word in reads(made).items():
        answer = client.get(address)
        text = answer.content.decode("utf-8", "replace")
        if not word:
            assert answer.status_code in (200, 403), (address, answer.status_code)
        elif sees:
            assert answer.status_code == 200 and word in text, (address, answer.status_code)
        else:
            assert answer.status_code in (200, 403, 404) and word not in text, (address, answer.status_code)


@pytest.mark.parametrize("role", [None, Role.DIM])
def test_without_the_right_nothing_opens(made: dict[str, int], role: Role | None) -> None:
    user = holder(role or Role.DIRECTION, LANGRES)
    if role is None:
        user.grants.all().delete()
    for address in reads(made):
        assert client_of(user).get(address).status_code == 403, address
        answer = client_of(None).get(address)
        assert answer.status_code == 302 and answer["Location"].startswith("/connexion/"), address


def writes(made: dict[str, int]) -> list[tuple[str, dict[str, Any]]]:
    line = {"montant": "5", "entite": LANGRES, "exercice": "2026", "date": "2026-06-20", "texte": "autre"}
    project, run = f"{BASE}/projets/{made['projet']}", f"{BASE}/portefeuille/{made['recherche']}"
    kinds = ("octroi", "refus", "condition", "encaissement", "cofinancement", "depense_prevue", "depense")
    return [
        *((f"{project}/ecrire", {"nature": kind, "echeance": "versement-2026", **line}) for kind in kinds),
        (f"{BASE}/lignes/{made['ligne']}/annuler", {"motif": "pour essai"}),
        (f"{BASE}/projets/nouveau/", {"pack": PACK, "intitule": "x", "thematique": "rattrapage", "porteur": LANGRES}),
        (f"{BASE}/portefeuille/nouveau/", {"pack": PACK, "etablissement": LANGRES, "thematique": "urgences"}),
        (f"{run}/encore", {"minimum": "1"}),
        (f"{run}/annuler", {}),
    ]


STRANGERS = [("autre établissement", Role.CHARGE_PROGRAMMES, CHU), ("autre GHT", Role.DIRECTION, "ght:BFC-02"),
             ("autre région", Role.REFERENT_ARS, "region:84"), ("sans droit", Role.DIM, LANGRES),
             ("anonyme", None, "")]  # fmt: skip


@pytest.mark.parametrize(("who", "role", "place"), STRANGERS, ids=[s[0] for s in STRANGERS])
def test_nobody_else_writes(made: dict[str, int], who: str, role: Role | None, place: str) -> None:
    def state() -> tuple[int, int, int]:
        with in_scope(region_scope()):
            return Project.objects.count(), Line.objects.count(), Run.objects.count()

    before = state()
    client = client_of(holder(role, place) if role else None)
    for address, body in writes(made):
        answer = client.post(address, body)
        assert answer.status_code in (302, 403, 404, 422), (address, answer.status_code)
        if answer.status_code == 302:
            assert role is None and answer["Location"].startswith("/connexion/"), address
    assert state() == before


# --- a project through its forms


def test_a_project_is_opened_decided_paid_and_corrected_on_screen(made: dict[str, int]) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, "ght:BFC-03"))
    form = {"pack": PACK, "intitule": " Stocks ", "thematique": "logistique-produits", "porteur": CHAUMONT}
    assert "Choisissez l" in client.post(f"{BASE}/projets/nouveau/", {**form, "porteur": ""}).content.decode()
    opened = client.post(f"{BASE}/projets/nouveau/", {**form, "etablissement": [CHAUMONT, LANGRES]}, follow=True)
    page = opened.redirect_chain[-1][0]
    text = opened.content.decode()
    assert "Stocks" in text and "205\u202f000 €" in text and "Un plafond" not in text
    bad = client.post(f"{page}ecrire", {"nature": "octroi", "montant": "300 000", "date": "2026-06-01"})
    assert bad.status_code == 422 and "dépasse le plafond" in bad.content.decode() and "300 000" in bad.content.decode()
    low = client.post(f"{page}ecrire", {"nature": "octroi", "montant": "180 000,50", "date": "2026-06-01"})
    assert "critère de modulation" in low.content.decode()
    good = {"nature": "octroi", "montant": "180 000,50", "date": "2026-06-01", "motif_impact": "cible revue"}
    assert "cible revue" in client.post(f"{page}ecrire", good, follow=True).content.decode()
    line = {"entite": CHAUMONT, "exercice": "2026", "date": "2026-09-01"}
    client.post(f"{page}ecrire", {"nature": "condition", "echeance": "versement-2026", "date": "2026-07-01"})
    paid = {"nature": "encaissement", "echeance": "versement-2026", "montant": "90 000,25", **line}
    assert client.post(f"{page}ecrire", paid).status_code == 302
    assert "reste 0" in client.post(f"{page}ecrire", {**paid, "montant": "1"}).content.decode()
    assert "n&#x27;est pas un nombre" in client.post(f"{page}ecrire", {**paid, "montant": "beaucoup"}).content.decode()
    number = int(page.rstrip("/").rsplit("/", 1)[1])
    with in_scope(region_scope()):
        held = funding.project(number)
        assert (held.position.granted, held.position.received) == (Decimal("180000.50"), Decimal("90000.25"))
        receipt = held.facts[-1].id
    undone = client.post(f"{BASE}/lignes/{receipt}/annuler", {"motif": "mauvais projet"}, follow=True).content.decode()
    assert "mauvais projet" in undone and "(annulé)" in undone
    rows = list(csv.reader(io.StringIO(client.get(f"{page}export").content.decode("utf-8-sig")), delimiter=";"))
    assert [row[1] for row in rows[1:]][-1] == "Annulation" and len(rows) == 6


def test_a_third_project_is_refused_on_screen(made: dict[str, int]) -> None:
    client = client_of(holder(Role.DIRECTION, LANGRES))
    form = {"pack": PACK, "intitule": "Autre", "porteur": LANGRES}
    assert client.post(f"{BASE}/projets/nouveau/", {**form, "thematique": "rattrapage"}).status_code == 302
    answer = client.post(f"{BASE}/projets/nouveau/", {**form, "thematique": "temps-travail-rh"})
    assert answer.status_code == 422 and "2 au plus" in answer.content.decode() and "Autre" in answer.content.decode()


def test_the_home_adds_up_and_says_what_to_do_when_empty(made: dict[str, int]) -> None:
    text = client_of(holder(Role.DIRECTION, LANGRES)).get(f"{BASE}/").content.decode()
    assert "85\u202f000 € attendus" in text and "archipel-chart" in text
    empty = client_of(holder(Role.DIRECTION, MACON)).get(f"{BASE}/").content.decode()
    assert "Aucun projet financé" in empty and "portefeuille/nouveau" in empty
    assert client_of(holder(Role.DIRECTION, LANGRES)).get(f"{BASE}/?au=hier").status_code == 422


# --- the simulator


def test_the_simulator_says_what_grouping_brings(made: dict[str, int]) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, "ght:BFC-03"))
    address = f"{BASE}/simulateur/?ght=BFC-03&etablissement={LANGRES}&etablissement={CHAUMONT}"
    text = client.get(address).content.decode()
    assert "plafond de 205\u202f000 €" in text and "35\u202f000 € de plus" in text
    text = client.get(f"{address}&ac_{CHAUMONT}=100 000").content.decode()
    assert "plafond de 85\u202f000 €" in text and "Il manque 10\u202f000 points" in text and "hypothèse" in text
    unknown = f"{BASE}/simulateur/?ght=BFC-03&etablissement={LANGRES}&etablissement=210780672"
    assert "il manque l'activité combinée de" in client.get(unknown).content.decode()
    assert client.get(f"{address}&ac_{CHAUMONT}=beaucoup").status_code == 422


# --- the portfolio


def test_a_search_is_asked_followed_answered_and_asked_again(made: dict[str, int]) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, "ght:BFC-03"))
    form = client.get(f"{BASE}/portefeuille/nouveau/?ght=BFC-03&au=2026-06-15").content.decode()
    assert "Activité combinée inconnue" in form and "Jamais ensemble" in form
    body = {
        "pack": PACK, "ght": "BFC-03", "au": "2026-06-15", "etablissement": [LANGRES, CHAUMONT], "titre": "Essai",
        "thematique": ["urgences", "logistique-produits", "temps-travail-rh"], "qui": "tous",
    }  # fmt: skip
    assert client.post(f"{BASE}/portefeuille/nouveau/", {**body, "separe_a_1": LANGRES}).status_code == 422
    asked = client.post(f"{BASE}/portefeuille/nouveau/", body)
    page = asked["Location"]
    assert 'hx-trigger="every 1s"' in client.get(page).content.decode()
    part = client.get(page, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode() and "HX-Refresh" not in part
    number = int(page.rstrip("/").rsplit("/", 1)[1])
    assert funding.claim() == number
    funding.execute(number)
    assert client.get(page, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    text = client.get(page).content.decode()
    assert "410\u202f000 € de plafonds" in text and "Optimum certifié" in text
    assert "franchit 230\u202f000" in text and "70\u202f000 € de plus que sans aucun regroupement" in text

    exported = json.loads(client.get(f"{page}export?format=json").content)
    answer = exported["reponse"]
    assert funding.check(exported["entrees"], answer["projets"], answer["total"], answer["certificat"]).optimal
    assert client.get(f"{page}export?format=xlsx").content[:2] == b"PK"

    again = client.post(f"{page}encore", {"garder": "0", "separer": "1", "maximum": "3"})
    with in_scope(region_scope()):
        child = funding.run(int(again["Location"].rstrip("/").rsplit("/", 1)[1]))
    assert child.parent == number and len(child.inputs["verrous"]) == 1
    assert child.inputs["interdits"] == [[CHAUMONT, LANGRES]] and child.inputs["regles"]["projets_max"] == 3
    assert child.inputs["etablissements"] == exported["entrees"]["etablissements"]
    assert client.get(f"{again['Location']}export").status_code == 409
    assert client.post(f"{again['Location']}annuler").status_code == 302
    assert "Annulé" in client.get(again["Location"]).content.decode()


def test_spend_and_wishes_reach_the_question(made: dict[str, int]) -> None:
    client = client_of(holder(Role.CHARGE_PROGRAMMES, "ght:BFC-03"))
    body = {
        "pack": PACK, "au": "2026-06-15", "etablissement": [LANGRES, CHAUMONT], "thematique": ["urgences"],
        "qui": "porteur", "memes_themes": "oui", "minimum": "1", "maximum": "", "borner": "oui", "secondes": "20",
        "separe_a_2": LANGRES, "separe_b_2": CHAUMONT, "ecarte": f"{CHAUMONT}:urgences",
        f"depense_{LANGRES}:urgences": "40 000",
    }  # fmt: skip
    asked = client.post(f"{BASE}/portefeuille/nouveau/", body)
    with in_scope(region_scope()):
        inputs = funding.run(int(asked["Location"].rstrip("/").rsplit("/", 1)[1])).inputs
    assert inputs["depenses"] == [{"finess": LANGRES, "thematique": "urgences", "montant": 40_000}]
    assert inputs["exclusions"] == [{"finess": CHAUMONT, "thematique": "urgences"}]
    assert inputs["regles"]["eligibles"] == "porteur" and not inputs["regles"]["thematiques_distinctes"]
    assert [one["id"] for one in inputs["thematiques"]] == ["urgences"]
    assert client.post(f"{BASE}/portefeuille/nouveau/", {**body, "secondes": "abc"}).status_code == 422
