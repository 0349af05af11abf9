"""Who may see what others pay: pages, exports, interface, maps, the past, files received, trajectories."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from archipel.domains.systems import public as systems
from archipel.domains.systems.models import Received
from archipel.domains.systems.public import Kind
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.accounts.tokens import scope_of_token
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.scenarios.trajectory.models import Scenario
from tests.factories.accounts import make_establishment, make_user
from tests.factories.systems import CHU, LANGRES, keeper

pytestmark = pytest.mark.django_db
PAID = {CHU: ("100", "10101"), LANGRES: ("50", "20202")}
AMOUNT = "73737"


@pytest.fixture
def scope() -> Iterator[Scope]:
    scope = keeper(*(make_establishment(place) for place in PAID))
    with in_scope(scope):
        for place, (users, cost) in PAID.items():
            content = {"nom": f"Dossier {place}", "produit": "Sirius", "fonctions": ["dpi"], "utilisateurs": users,
                       "cout_licence": cost}  # fmt: skip
            systems.say(scope=scope, kind=Kind.APPLICATION, establishment=place, code="DPI", content=content)
            contract = {"objet": "Maintenance", "debut": "2025-01-01", "fin": "2031-01-01", "montant": AMOUNT}
            systems.say(scope=scope, kind=Kind.CONTRAT, establishment=place, code="M", content=contract)
        raw = f"Établissement;Application;Licence\n{LANGRES};Autre;{AMOUNT}\n".encode()
        systems.receive(scope=scope, name="prix.csv", raw=raw, establishment=LANGRES)
    return scope


def signed_in(role: Role, place: str) -> Client:
    client = Client()
    client.force_login(make_user(role, place), backend="django.contrib.auth.backends.ModelBackend")
    return client


def everything(client: Client) -> str:
    """All that the account can read of prices, pages and files together."""
    sheets = [reverse("systems:fiche", args=[kind, place, code]) for kind, code in (("application", "DPI"),
              ("contrat", "M")) for place in PAID]  # fmt: skip
    pages = [reverse(f"systems:{name}") for name in ("accueil", "echeances", "couts", "exposition", "indicateurs",
             "import", "comparer", "couts-export", "echeances-export", "export")]  # fmt: skip
    pages += [reverse("systems:couts") + "?par=produit", reverse("systems:accueil") + "?nature=contrat",
              reverse("systems:export") + "?nature=contrat", "/systemes/osis/export"]  # fmt: skip
    pages += [f"/api/v1/systemes/{name}" for name in ("fiches/application", "fiches/contrat", "cartes/editeurs")]
    read = []
    for address in [*sheets, *pages]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        read.append(body.decode("utf-8", "replace"))
    return "\n".join(read).replace("\u202f", "").replace("\xa0", "")


@pytest.mark.parametrize(
    ("role", "where", "seen"),
    [
        (Role.DIRECTION, "*", {CHU, LANGRES}),
        (Role.SERVICES_NUMERIQUES, "*", {CHU, LANGRES}),
        (Role.REFERENT_POLE, "*", set()),
    ],
)
def test_prices_are_read_by_who_may(scope: Scope, role: Role, where: str, seen: set[str]) -> None:
    text = everything(signed_in(role, where))
    for place, (_, cost) in PAID.items():
        assert (cost in text) is (place in seen), place
    assert (AMOUNT in text) is bool(seen)
    assert ("du simple au" in text) is bool(seen), "the dispersion"
    assert ("ne vous sont pas montrés" in text) is (not seen) and ("Prix non montrés" in text) is (not seen)


def test_one_s_own_are_seen_among_those_of_others(scope: Scope) -> None:
    user = make_user(Role.REFERENT_POLE, "*")
    user.grants.create(role=Role.REFERENT_POLE.value, establishment=CHU)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    text = everything(client)
    assert "10101" in text and "20202" not in text and "du simple au" not in text
    assert "que sur votre établissement" in text and "non montré" in text


def test_a_workbook_has_the_titles_without_the_prices(scope: Scope) -> None:
    address = reverse("systems:export") + "?format=xlsx"
    column = "Licence (€/an)"
    for role, expected in ((Role.REFERENT_POLE, {None, ""}), (Role.DIRECTION, {10101, 20202})):
        answer = signed_in(role, "*").get(address)
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content))
        rows = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
        place = next(row for row in rows if column in row).index(column)
        held = {row[place] for row in rows[rows.index(next(r for r in rows if column in r)) + 1 :]}
        assert held <= expected, role


def test_a_token_takes_the_prices_only_when_it_says_so(scope: Scope) -> None:
    user = make_user(Role.DIRECTION, "*")
    for named, hidden in ((["systemes.voir"], True), (["systemes.voir", "systemes.prix"], False)):
        with in_scope(scope_of_token(user, {"*": named})):
            found = systems.inventory().find(Kind.APPLICATION, LANGRES, "DPI")
            (month,) = systems.history([found.since]) if found and found.since else [None]
        assert found is not None and month is not None
        assert (found.cost is None) is hidden and found.priced is not hidden
        assert ("cout_licence" not in month.records[0].content) is hidden
        assert systems.completeness(found) > 0


def test_what_is_kept_between_two_requests_is_not_shared(scope: Scope) -> None:
    """Two readers of the same inventory, one without the prices: neither gets what was made for the other."""
    for role, awaited in ((Role.DIRECTION, True), (Role.REFERENT_POLE, False), (Role.DIRECTION, True)):
        text = everything(signed_in(role, "*"))
        assert ("20202" in text) is awaited


def test_files_and_scenarios_hold_prices(scope: Scope) -> None:
    pole, director = (scope_of(make_user(role, "*")) for role in (Role.REFERENT_POLE, Role.DIRECTION))
    for reader, files in ((pole, 0), (director, 1)):
        with in_scope(reader):
            assert Received.objects.count() == files
            Scenario.objects.count()
    client = signed_in(Role.REFERENT_POLE, "*")
    assert client.get("/systemes/trajectoires/").status_code == 403
    assert client.get("/api/v1/trajectoires/scenarios").status_code in (403, 404)
    assert "Trajectoire</span>" not in client.get(reverse("systems:accueil")).content.decode()
    assert not pole.may(Capability.VOIR_PRIX) and director.may(Capability.VOIR_PRIX)
