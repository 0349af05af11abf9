"""The demonstration's inventory on every page: matrix, deadlines, costs, exposure, cascade, indicators, exports."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from archipel.demo import inventory as demo
from archipel.demo.site import scope_for
from archipel.demo.structure import build_structure
from archipel.domains.systems import public as systems
from archipel.domains.systems.public import Key, Kind, Record
from archipel.domains.systems.rules.campaign import progress
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import Denied, Invalid
from archipel.territory.public import load_reference
from archipel.territory.reference import ght as reference_ght
from tests.factories.accounts import make_user
from tests.factories.systems import CHU, LANGRES, keeper

pytestmark = pytest.mark.django_db
GHT = reference_ght("BFC-03")


@pytest.fixture
def scope() -> Iterator[Scope]:
    scope = scope_for(GHT)
    with in_scope(scope):
        load_reference(scope=scope, ght_code="BFC-03")
    assert demo.prepare(scope, GHT, build_structure(GHT, seed=1)) > 300
    with in_scope(scope):
        yield scope


def signed_in(client: Client, role: Role, place: str) -> Client:
    client.force_login(make_user(role, place), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_page_shows_the_inventory_of_the_demonstration(scope: Scope, client: Client) -> None:
    assert demo.prepare(scope, GHT, build_structure(GHT, seed=1)) == 0
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    expected = {
        "accueil": "Horizon DPI", "couverture": "Horizon DPI", "echeances": "Maintenance de Horizon DPI",
        "couts": "utilisateur", "comparer": "Constat", "exposition": "VMware", "indicateurs": "Taux de convergence",
        "noms": "Noms", "import": "Colonnes",
    }  # fmt: skip
    for name, text in expected.items():
        answer = client.get(reverse(f"systems:{name}"))
        assert answer.status_code == 200 and text in answer.content.decode(), name
    for kind in Kind:
        assert client.get(reverse("systems:accueil") + f"?nature={kind.value}").status_code == 200, kind
    for query in ("?vue=trous", "?vue=doublons", "?vue=heterogenes&groupe=dossier"):
        assert client.get(reverse("systems:couverture") + query).status_code == 200
    sheet = client.get(reverse("systems:fiche", args=["application", CHU, "DPI"])).content.decode()
    assert "Qui d&#x27;autre" in sheet or "Qui d'autre" in sheet
    assert "Nécessaire à" in sheet or "Envoie" in sheet
    assert client.get(reverse("systems:couts") + "?par=produit").status_code == 200


def test_prices_are_compared_within_the_scope_only(scope: Scope, client: Client) -> None:
    for place, users, cost in ((CHU, "100", "10000"), (LANGRES, "50", "20000")):
        content = {"nom": "Commune", "produit": "Produit comparé", "utilisateurs": users, "cout_licence": cost,
                   "ia": "oui", "ia_usage": "Aide au codage"}  # fmt: skip
        systems.say(scope=scope, kind=Kind.APPLICATION, establishment=place, code="COMPAREE", content=content)
    address = reverse("systems:fiche", args=["application", LANGRES, "COMPAREE"])
    page = signed_in(client, Role.SERVICES_NUMERIQUES, "*").get(address).content.decode()
    assert "De 100 à 400 € par utilisateur et par an, médiane 250 €" in page and "×4,0" in page and "2e prix" in page
    alone = signed_in(Client(), Role.SERVICES_NUMERIQUES, LANGRES).get(address).content.decode()
    assert "médiane" not in alone and "Personne d'autre" in alone.replace("&#x27;", "'")
    exposed = client.get(reverse("systems:exposition")).content.decode()
    assert "Aide au codage" in exposed and "évaluation" in exposed


def test_what_stops_with_the_administrative_system(scope: Scope, client: Client) -> None:
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    page = client.get(reverse("systems:exposition") + f"?arret={CHU}|GAP").content.decode()
    assert "Unités touchées" in page and "ne reçoit plus identités et mouvements" in page
    falls = systems.cascade(systems.inventory(), [(CHU, "GAP")])
    assert len(falls) > 5 and falls[0].hours == 0 and all(a.hours <= b.hours for a, b in pairwise(falls))
    answer = client.get(reverse("systems:exposition-export") + f"?arret={CHU}|GAP&format=csv")
    assert answer.content.decode("utf-8-sig").count("\n") == len(falls) + 1
    assert "pas en service" in client.get(reverse("systems:exposition") + "?arret=x|y").content.decode()


def test_what_is_exported_is_imported_again_without_a_change(scope: Scope, client: Client) -> None:
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    for kind in Kind:
        raw = client.get(reverse("systems:export") + f"?nature={kind.value}&format=csv").content
        number = systems.receive(scope=scope, name=f"{kind.value}.csv", raw=raw)
        made = systems.trial(scope=scope, number=number)
        assert made.planned and not made.problems, (kind, made.problems[:3])
        assert made.sheets[0].kind is kind and not made.writes, (
            kind,
            [p.changes for p in made.planned if p.changes][:2],
        )


def test_the_whole_workbook_has_a_sheet_for_each_kind_and_is_imported_again(scope: Scope, client: Client) -> None:
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    raw = client.get(reverse("systems:classeur")).content
    book = load_workbook(io.BytesIO(raw), read_only=True)
    assert book.sheetnames == list(systems.KIND_LABELS.values())
    counts = {sheet.title: sum(1 for _ in sheet.rows) - 1 for sheet in book}
    known = systems.inventory()
    assert counts == {systems.KIND_LABELS[kind]: len(known.of(kind)) for kind in Kind}
    made = systems.trial(scope=scope, number=systems.receive(scope=scope, name="tout.xlsx", raw=raw))
    assert not made.problems and not made.writes and len(made.planned) == len(known.records)
    alone = signed_in(Client(), Role.SERVICES_NUMERIQUES, LANGRES).get(reverse("systems:classeur")).content
    book = load_workbook(io.BytesIO(alone), read_only=True)
    places = {row[0].value for row in list(book["Applications"].rows)[1:]}
    assert places == {LANGRES}


def test_the_consolidated_view_has_a_row_for_each_function_of_each_member(scope: Scope, client: Client) -> None:
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    body = client.get(reverse("systems:osis") + "?format=xlsx").content
    rows = list(load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
    told = {(row[0], row[2]) for row in rows[1:]}
    assert len(told) == len(GHT.ejs) * len(systems.functions().functions)
    assert {row[3] for row in rows[1:]} == {"oui", "non"}


def test_indicators_follow_the_history(scope: Scope) -> None:
    now, places = timezone.now(), [ej.finess.value for ej in GHT.ejs]
    then = now - timedelta(days=500)
    today = systems.on_target(scope=scope, establishments=places, at=now, known_at=now)
    before = systems.on_target(scope=scope, establishments=places, at=then, known_at=now)
    rates = [one.measure("convergence") for one in (before, today)]
    assert all(rate and rate.value is not None for rate in rates)
    assert before.rows_sha256 != today.rows_sha256 and today.rows > 300
    nothing = systems.on_target(scope=scope, establishments=places, at=then, known_at=then)
    assert nothing.measures[0].value is None and nothing.measures[0].reason
    covered = systems.mandatory_coverage(scope=scope, establishments=[CHU], at=now, known_at=now)
    assert covered.measures[0].value and covered.measures[0].value > Decimal(30)
    with pytest.raises(Denied):
        systems.on_target(scope=keeper(LANGRES), establishments=[CHU], at=now, known_at=now)


def test_the_database_folds_as_the_rules_do(scope: Scope) -> None:
    today = timezone.localdate()
    days = [today - timedelta(days=ahead) for ahead in (0, 200, 400, 2000)]
    for day, folded in zip(days, systems.history(days), strict=True):
        assert [(one.key, one.content) for one in systems.inventory(day).records] == [
            (one.key, one.content) for one in folded.records
        ]


def test_the_campaign_asks_for_what_was_not_looked_at(scope: Scope, client: Client) -> None:
    opening = (timezone.localdate() + timedelta(days=1)).isoformat()
    said = {"nom": "Revue", "ouverture": timezone.localdate().isoformat(), "cloture": "2099-01-01"}
    systems.say(scope=scope, kind=Kind.CAMPAGNE, establishment="", code="REVUE", content=said)
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    where = reverse("systems:campagne")
    assert "Terminé" in client.get(where).content.decode()
    application = systems.inventory().find(Kind.APPLICATION, CHU, "DPI")
    campaign = Record(Key(Kind.CAMPAGNE, "", "X"), {**said, "ouverture": opening})
    assert application in progress(systems.inventory(), campaign, [CHU])[0].waiting
    client.post(where, {"fiche": f"{CHU}|DPI"})
    after = systems.inventory().find(Kind.APPLICATION, CHU, "DPI")
    assert (
        after and application and after.recorded_at > application.recorded_at and after.content == application.content
    )
    assert client.get(reverse("systems:campagne-export") + "?format=csv").status_code == 200
    with pytest.raises(Invalid):
        systems.say(scope=scope, kind=Kind.CAMPAGNE, establishment="", code="Y",
                    content={**said, "cloture": "2000-01-01"})  # fmt: skip
    client.logout()
    refused = signed_in(client, Role.DIRECTION, CHU).post(where, {"fiche": f"{CHU}|DPI"})
    assert refused.status_code == 403


def test_a_member_sees_its_own_inventory_only(scope: Scope, client: Client) -> None:
    signed_in(client, Role.DIRECTION, LANGRES)
    page = client.get(reverse("systems:accueil")).content.decode()
    assert f"/{LANGRES}/" in page and f"/{CHU}/" not in page
    for name in ("couverture", "echeances", "couts", "exposition", "indicateurs", "comparer"):
        assert f"/{CHU}/" not in client.get(reverse(f"systems:{name}")).content.decode(), name
    body = client.get(reverse("systems:osis") + "?format=csv").content.decode()
    assert LANGRES in body and CHU not in body


def test_the_interface_says_the_same(scope: Scope, client: Client) -> None:
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    for address in ("fiches/application", "fiches/contrat", "couverture", "indicateurs", f"arret/{CHU}/GAP"):
        answer = client.get(f"/api/v1/systemes/{address}")
        assert answer.status_code == 200 and answer.json()["total"] > 0, address
    where = f"/api/v1/systemes/fiches/application/{CHU}/DPI"
    said = client.post(where, {"contenu": {"version": "42", "utilisateurs": "1 200"}}, content_type="application/json")
    assert said.status_code == 200 and said.json()["contenu"]["utilisateurs"] == "1200", said.content
    wrong = client.post(where, {"contenu": {"utilisateurs": "beaucoup"}}, content_type="application/json")
    assert wrong.status_code == 422 and wrong.json()["champ"] == "utilisateurs"
    client.logout()
    assert signed_in(client, Role.DIRECTION, LANGRES).post(
        where, {"contenu": {"version": "43"}}, content_type="application/json"
    ).status_code == 403  # fmt: skip
