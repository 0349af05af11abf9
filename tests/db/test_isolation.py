"""Nobody of one establishment reads or changes another's patients, by any page, interface, export or event stream."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from archipel.domains.flow import public as flow
from archipel.foundation.accounts import tokens
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from tests.db import isolation
from tests.db.ingestion import Journal, drain
from tests.db.isolation import A, B, Place, api_bodies, bodies, fill, leaks, person, queries, routes, rows_of
from tests.factories.accounts import make_user
from tests.factories.pam import Move, Patient, Source, message

BACKEND = "django.contrib.auth.backends.ModelBackend"
EVERY_ROLE = "tous-les-roles"
STRONGEST = [EVERY_ROLE, "sans-role", "anonyme"]
"""Rights only add up: somebody of A who holds every role for A may do all that any role may. The whole walk is theirs;
each single role is walked briefly, for what a page would show only to those who lack a right."""
NOT_POSTED = {
    "bris-de-glace/": "opens B on purpose: asked, timed, traced and reviewed (tests/db/test_accounts_rights.py)",
    "^api/(?P<rest>.+)$": "answers that there is nothing there",
    "api/v1/": "the root of the interface: no operation",
}


@pytest.fixture
def places(fresh_database: str) -> tuple[Place, Place]:
    return isolation.build(fresh_database)


def visitor(who: Role | str) -> User | None:
    if who == "anonyme":
        return None
    if who == EVERY_ROLE:
        user = make_user(Role.ADMINISTRATEUR, A, username="a-tous")
        for role in Role:
            user.grants.get_or_create(role=role.value, establishment=A)
        return user
    return person(None if who == "sans-role" else Role(who))


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend=BACKEND)
    return client


def reads(client: Client, place: Place, *, brief: bool = False) -> Iterator[tuple[str, Any]]:
    """Every route read with the keys of the place: plain, as a fragment, on a wall, as files; plain only if brief."""
    for pattern, _ in routes():
        for address in fill(pattern, place):
            for query in [""] if brief else queries(pattern, place):
                whole = f"{address}?{query}" if query else address
                yield whole, client.get(whole)
            if not address.startswith("/api/"):
                yield f"{address} (HX)", client.get(address, headers={"HX-Request": "true"})


def writes(user: User | None, place: Place, other: Place) -> Iterator[tuple[str, Any]]:
    """Every route written to with the keys of the place, each from a session of its own."""
    for pattern, _ in routes():
        if pattern in NOT_POSTED:
            continue
        api = pattern.startswith("api/v1/")
        given = api_bodies(pattern, place, other) if api else bodies(pattern, place, other)
        for address in fill(pattern, place):
            for body in given or [{}]:
                query = body.get("?", "")
                data = {name: value for name, value in body.items() if name != "?"}
                whole = f"{address}?{query}" if query else address
                if api:
                    answer = client_of(user).post(whole, json.dumps(data), content_type="application/json")
                    yield f"{whole} {json.dumps(data, ensure_ascii=False)}", answer
                else:
                    for headers in ({}, {"HX-Request": "true"}):
                        answer = client_of(user).post(whole, data, headers=headers)
                        yield f"{whole} {data} {headers}", answer


def verdict(found: list[str]) -> None:
    assert not found, "\n".join(found[:40])


# --- the table is complete


@pytest.mark.django_db
def test_every_route_is_known_to_this_test() -> None:
    """A new parameter, or a new route that accepts POST, must be described in tests/db/isolation.py."""
    place, other = Place(A, "AAMARK", "1"), Place(B, "ZZFUITE", "2")
    for one in (place, other):
        one.venues, one.keys, one.bed_facts = [1, 2, 3], ["a|1", "a|2", "a|3"], [1]
        one.patients = [Patient("1"), Patient("2")]
    user = make_user(Role.ADMINISTRATEUR, A)
    for role in Role:
        user.grants.get_or_create(role=role.value, establishment=A)
    unknown = []
    for pattern, _ in routes():
        address = fill(pattern, place)[0]
        if pattern in NOT_POSTED:
            continue
        api = pattern.startswith("api/v1/")
        known = (api_bodies if api else bodies)(pattern, place, other)
        answer = client_of(user).post(address, b"{}", content_type="application/json") if api else None
        answer = answer or client_of(user).post(address)
        if answer.status_code != 405 and known is None:
            unknown.append(f"{pattern} accepte POST (réponse {answer.status_code}) et n'est pas décrite")
    verdict(unknown)


# --- reading and writing


def walked(client: Client, place: Place, b: Place, *, brief: bool) -> tuple[list[str], int]:
    """What is wrong on the routes of a place for somebody of A, and how many answers were looked at."""
    problems, seen = [], 0
    for asked, answer in reads(client, place, brief=brief):
        seen += 1
        problems += [f"GET {asked} → {answer.status_code} montre {marker}" for marker in leaks(answer, b, asked)]
        if answer.status_code >= 500:
            problems.append(f"GET {asked} → {answer.status_code}")
    return problems, seen


@pytest.mark.slow
@pytest.mark.parametrize("who", STRONGEST)
def test_no_route_shows_another_establishment(who: str, places: tuple[Place, Place]) -> None:
    a, b = places
    client = client_of(visitor(who))
    of_b, seen = walked(client, b, b, brief=False)
    of_a, more = walked(client, a, b, brief=True)
    verdict(of_b + of_a)
    assert seen + more > 250


@pytest.mark.slow
def test_no_single_role_is_shown_another_establishment(places: tuple[Place, Place]) -> None:
    _, b = places
    problems = []
    for role in Role:
        problems += walked(client_of(person(role)), b, b, brief=True)[0]
    verdict(problems)


@pytest.mark.slow
@pytest.mark.parametrize("who", STRONGEST)
def test_no_route_changes_another_establishment(who: str, places: tuple[Place, Place], fresh_database: str) -> None:
    a, b = places
    user = visitor(who)
    before = rows_of(fresh_database, B)
    problems = []
    for asked, answer in writes(user, b, a):
        problems += [f"POST {asked} → {answer.status_code} montre {marker}" for marker in leaks(answer, b, asked)]
        if answer.status_code >= 500:
            problems.append(f"POST {asked} → {answer.status_code}")
    after = rows_of(fresh_database, B)
    for table, rows in before.items():
        if after[table] != rows:
            gone, new = set(rows) - set(after[table]), set(after[table]) - set(rows)
            problems.append(f"{table} de B a changé : {list(gone)[:2]} → {list(new)[:2]}")
    verdict(problems)


def test_the_walk_would_notice(places: tuple[Place, Place]) -> None:
    """The same walk as somebody of B finds B's markers on pages, fragments, files and the interface."""
    _, b = places
    found: set[str] = set()
    for role in (Role.GESTIONNAIRE_LITS, Role.DIM, Role.IDE_URGENCES, Role.ADMINISTRATEUR):
        client = client_of(make_user(role, B))
        pages = [*reads(client, b, brief=True), (lit := f"/lits/{B}/7001/lit?lit=101/P", client.get(lit))]
        found |= {asked.partition("?")[0] for asked, answer in pages if leaks(answer, b, asked)}
    for address in (
        f"/lits/{B}/7001/", f"/lits/{B}/7001/ (HX)", f"/lits/{B}/7001/lit", f"/urgences/{b.site}/",
        f"/urgences/{b.site}/export", f"/urgences/patients/{b.venues[2]}/", f"/messages/{b.parked}/",
        f"/messages/{b.parked}/brut", "/messages/", "/messages/export", "/messages/attente/", "/comptes/",
        f"/api/v1/lits/unites/{B}/7001", f"/api/v1/urgences/{b.site}", "/api/v1/messages", "/api/v1/emetteurs",
        f"/api/v1/demandes/{b.request}", "/demandes/", "/traces/", "/api/v1/audit",
    ):  # fmt: skip
        assert address in found, f"{address} ne montre rien à B : le parcours des routes ne prouverait rien"


def test_the_attempts_would_succeed_at_home(places: tuple[Place, Place], fresh_database: str) -> None:
    """The same forms and bodies, sent by people of B, do change B: the refusals above are not those of bad forms."""
    a, b = places
    before = rows_of(fresh_database, B)
    people = [make_user(role, B) for role in (Role.GESTIONNAIRE_LITS, Role.IDE_URGENCES, Role.DIM, Role.ADMINISTRATEUR)]
    for user in people:
        for _ in writes(user, b, a):
            pass
    after = rows_of(fresh_database, B)
    changed = {table for table, rows in before.items() if after[table] != rows}
    assert {"flow_bedfact", "flow_bedstatus", "flow_edfact", "flow_request", "journal_decision"} <= changed, changed
    assert {"journal_sender", "accounts_grant"} & changed


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


# --- a request for a bed


def test_the_receiving_team_sees_what_the_request_holds_and_no_more(places: tuple[Place, Place]) -> None:
    """B asks A for a bed: name, birth date and needs reach who answers in A, on the request; nothing else does."""
    a, b = places
    nurse = User.objects.get(username=f"{b.mark}-urgences".lower())
    made = flow.create_request(
        scope=scope_of(nurse), venue=b.venues[0], bed=flow.BedKey(A, a.uf, "105", "P"), filiere="MED", needs="scope"
    )
    b.request = made.number
    words = [f"{b.mark}{word}" for word in ("DOSSIER", "CTRL", "MVT", "DEUX", "RESERVATION", "FERMETURE", "BESOIN")]
    secret = [*words, *(value for patient in b.patients for value in (patient.ipp, patient.matricule))]
    shown: dict[str, bool] = {}
    problems = []
    for role in Role:
        client = client_of(person(role))
        shown[role] = False
        for asked, answer in reads(client, b, brief=True):
            said = isolation.everything_said(answer)
            problems += [f"{role} {asked} montre {m}" for m in secret if m in said and m not in asked.upper()]
            if b.mark + "UN" in said and b.mark + "UN" not in asked.upper():
                shown[role] = True
                if not asked.startswith(("/demandes/", "/api/v1/demandes/")):
                    problems.append(f"{role} {asked} montre l'identité hors de la demande")
    verdict(problems)
    readers = {role for role, seen in shown.items() if seen}
    assert readers == {Role.GESTIONNAIRE_LITS, Role.CELLULE_TERRITORIALE}


# --- the event stream


def session_of(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def change(url: str, b: Place) -> None:
    """Things happen at B: a message applied, one parked, an act on a bed; then one at A, the last heard."""
    journal = Journal(url)
    try:
        source = Source(application=f"{b.mark}GAM", facility=B)
        move = Move("A01", f"{b.mark}CTRL70", patient=b.patients[1], venue=f"{b.mark}DOSSIER70", uf=b.uf, chambre="105",
                    movement=f"{b.mark}MVT70", source=source)  # fmt: skip
        spoilt = message(Move("A01", f"{b.mark}CTRL71", venue=f"{b.mark}DOSSIER71", movement="M71", source=source))
        journal.put([message(move), spoilt.replace(b"|20260105060000||INSERT", b"|20269905060000||INSERT")])
        drain()
    finally:
        journal.close()
    manager = User.objects.get(username=f"{b.mark}-lits".lower())
    flow.cancel_reservation(scope=scope_of(manager), bed=flow.BedKey(B, b.uf, "102", "P"), reason=f"{b.mark}RAISON")
    other = User.objects.get(username="aamark-lits")
    flow.cancel_reservation(scope=scope_of(other), bed=flow.BedKey(A, b.uf, "102", "P"), reason="fin")


def test_the_event_stream_tells_nothing_of_another_establishment(
    places: tuple[Place, Place], fresh_database: str
) -> None:
    from archipel.ui.events import EventsApplication

    _, b = places
    keys = {str(role): session_of(person(role)) for role in Role} | {"sans-role": session_of(person(None))}
    keys["dim de B"] = session_of(make_user(Role.DIM, B))

    async def everyone() -> dict[str, bytes]:
        application = EventsApplication(heartbeat=0.2)
        heard: dict[str, list[bytes]] = {name: [] for name in keys}
        streams = []
        for name, key in keys.items():

            async def receive() -> dict[str, object]:
                await asyncio.Event().wait()
                return {}

            async def send(event: dict[str, Any], name: str = name) -> None:
                heard[name].append(bytes(event.get("body", b"")))

            request = {
                "type": "http",
                "method": "GET",
                "path": "/evenements/",
                "query_string": b"",
                "headers": [(b"host", b"localhost"), (b"cookie", f"sessionid={key}".encode())],
            }
            streams.append(asyncio.create_task(application(request, receive, send)))
        await asyncio.wait_for(application.hub.listening.wait(), 20)
        while len(application.hub.clients) < len(keys):
            await asyncio.sleep(0.05)
        await asyncio.to_thread(change, fresh_database, b)
        awaited = {str(role): f"flow.uf:{A}".encode() for role in Role} | {"dim de B": b"journal"}
        until = time.monotonic() + 60
        while not all(told in b"".join(heard[name]) for name, told in awaited.items()) and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # for whoever should hear nothing
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
        await application.hub.stop()
        return {name: b"".join(pieces) for name, pieces in heard.items()}

    heard = {name: body.decode().upper() for name, body in asyncio.run(everyone()).items()}
    for name, said in heard.items():
        for secret in b.markers:
            assert not secret or secret not in said, f"{name} entend {secret}"
    assert "JOURNAL" in heard["dim de B"]
    for name in [str(role) for role in Role]:
        assert "JOURNAL" not in heard[name], f"{name} entend le journal de B : {heard[name]}"
        assert f"FLOW.UF:{A}" in heard[name]
    assert "FLOW" not in heard["sans-role"]
