"""Nobody of one establishment reads another's patients, by any page, interface or export."""

from __future__ import annotations

import pytest
from django.test import Client

from archipel.foundation.accounts import tokens
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from tests.db import isolation_world
from tests.db.isolation import B, Place, person
from tests.db.isolation_answers import leaks
from tests.db.isolation_routes import fill, queries, routes
from tests.db.isolation_walk import EVERY_ROLE, STRONGEST, client_of, verdict, visitor, walked
from tests.factories.accounts import make_user

world, fresh_database, places = isolation_world.world, isolation_world.fresh_database, isolation_world.places


@pytest.mark.slow
@pytest.mark.parametrize("who", STRONGEST)
def test_no_route_shows_another_establishment(who: str, places: tuple[Place, Place]) -> None:
    a, b = places
    client = client_of(visitor(who))
    of_b, seen = walked(client, b, b, brief=who != EVERY_ROLE)
    of_a, more = walked(client, a, b, brief=True)
    verdict(of_b + of_a)
    assert seen + more > 250


@pytest.mark.slow
def test_no_single_role_is_shown_another_establishment(places: tuple[Place, Place]) -> None:
    _, b = places
    problems = []
    for turn, role in enumerate(Role):  # each route is walked by three or four roles, each role walks a third of them
        problems += walked(client_of(person(role)), b, b, brief=True, turn=turn, of=3)[0]
    verdict(problems)


def test_the_walk_would_notice(places: tuple[Place, Place]) -> None:
    """The same walk as somebody of B finds B's markers on pages, fragments, files and the interface."""
    _, b = places
    known = (
        f"/lits/{B}/7001/", f"/lits/{B}/7001/ (HX)", f"/lits/{B}/7001/lit", f"/urgences/{b.site}/",
        f"/urgences/{b.site}/export", f"/urgences/patients/{b.venues[2]}/", f"/messages/{b.parked}/",
        f"/messages/{b.parked}/brut", "/messages/", "/messages/export", "/messages/attente/", "/comptes/",
        f"/api/v1/lits/unites/{B}/7001", f"/api/v1/urgences/{b.site}", "/api/v1/messages", "/api/v1/emetteurs",
        f"/api/v1/demandes/{b.request}", "/demandes/", "/traces/", "/api/v1/audit",
    )  # fmt: skip
    found: set[str] = set()
    for role in (Role.GESTIONNAIRE_LITS, Role.DIM, Role.IDE_URGENCES, Role.ADMINISTRATEUR):
        client = client_of(make_user(role, B))
        for address in known:
            plain = address.removesuffix(" (HX)")
            asked = f"{plain}?lit=101/P" if plain.endswith("/lit") else plain
            answer = client.get(asked, headers={"HX-Request": "true"} if address != plain else {})
            found |= {address} if leaks(answer, b, asked) else set()
    for address in known:
        assert address in found, f"{address} ne montre rien à B : le parcours des routes ne prouverait rien"


ELSEWHERE = {
    "": "sends to the board of each role",
    "connexion/": "sends who is signed in to the board",
    "connexion/code/": "only between the password and the code",
    "compte/situation/": "answers forms",
    "venues/<str:establishment>/n/<int:number>/": "sends to the path of the venue",
    "api/v1/": "the root of the interface: no operation",
    "^api/(?P<rest>.+)$": "answers that there is nothing there",
    "abonnements/": "rights of the whole territory (tests/db/test_webhooks*.py)",
    "api/v1/abonnements": "the same",
    "api/v1/abonnements/livraisons": "the same",
    "programmes/packs/proposer/": "rights of the whole territory (tests/db/test_programmes_packs*.py)",
    "programmes/packs/propositions/": "the same",
    "programmes/packs/propositions/<int:version_id>/": "the same",
    "programmes/aide/offres/<str:region>/nouvelle/": "rights of a region (tests/db/test_programmes_aide_pages.py)",
    "programmes/aide/offres/<str:region>/<str:offre>/": "the same",
    "programmes/dossiers/<int:dossier>/instruction/": "rights of a region (tests/db/test_dossiers_rights.py)",
    "programmes/maturite/grilles/<str:pack>/<str:grille>/plan/": "rights of the group (…_maturity_pages.py)",
    "programmes/maturite/grilles/<str:pack>/<str:grille>/plan/export": "the same",
    "programmes/maturite/imports/<int:fichier>/": "only for who sent the file (…_maturity_pages.py)",
    "previsions/import/<int:fichier>/": "only for who sent the file (tests/db/test_forecast*.py)",
    "programmes/dossiers/agenda/<str:jeton>.ics": "a token that only its owner was shown",
    "programmes/perimetre/import/<int:number>/": "only for who sent the file, and who keeps the whole graph",
    "programmes/perimetre/import/<int:number>/brut": "the same",
    "fil/<str:token>/": "a token that only the patient was shown",
    "documents/<int:number>/page": "a page for each document once made (tests/db/test_documents*.py)",
    "previsions/export": "nothing is forecast here (tests/db/test_forecast*.py)",
    "programmes/financement/portefeuille/<int:number>/export": "nothing was found yet (tests/db/test_funding*.py)",
    "programmes/aide/retours/<int:demande>/": "published by the region (tests/db/test_programmes_aide_pages.py)",
}
"""Routes that the keys of an establishment do not open to somebody of it who holds every role there, and why."""


def test_the_walk_opens_what_it_asks_for(places: tuple[Place, Place]) -> None:
    """Asked at home, with the same keys, every other route answers: what is refused to A is there to be refused."""
    _, b = places
    user = make_user(Role.ADMINISTRATEUR, B, username="b-tous")
    for role in Role:
        user.grants.get_or_create(role=role.value, establishment=B)
    client = client_of(user)
    closed, telling = set(), set()
    for pattern, _route in routes():
        said = set()
        for whole in (f"{address}?{query}" for address in fill(pattern, b) for query in queries(pattern, b)[:3]):
            answer = client.get(whole)
            said.add(answer.status_code)
            telling |= {pattern} if leaks(answer, b, whole) else set()
        if 200 not in said and said != {405}:
            closed.add(pattern)
    assert closed <= set(ELSEWHERE), f"asked for in vain: {sorted(closed - set(ELSEWHERE))}"
    assert len(telling) > 140, f"only {len(telling)} routes tell of B to B"


def test_a_token_of_one_establishment_does_not_see_the_other(places: tuple[Place, Place]) -> None:
    _, b = places
    problems = []
    for role in Role:
        scope = scope_of(person(role))
        for place, held in tokens.offered(scope).items():
            _, text = tokens.create_token(
                scope=scope, name="essai", establishment=place, capabilities=[c.value for c in held], days=1
            )
            client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {text}"})
            for pattern, _route in routes():
                for address in fill(pattern, b) if pattern.startswith("api/v1/") else []:
                    for query in queries(pattern, b):
                        whole = f"{address}?{query}"
                        answer = client.get(whole)
                        problems += [f"{role} {whole} montre {m}" for m in leaks(answer, b, whole)]
    verdict(problems)
