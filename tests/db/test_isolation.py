"""The walk of the routes is complete; the event stream and a request for a bed tell others nothing more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from archipel.domains.flow import public as flow
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import CAPABILITIES, Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Capability
from tests.db import isolation_world
from tests.db.ingestion import Journal, drain
from tests.db.isolation import A, B, Place, person
from tests.db.isolation_answers import everything_said
from tests.db.isolation_routes import api_bodies, bodies, fill, routes
from tests.db.isolation_walk import BACKEND, NOT_POSTED, client_of, reads, verdict
from tests.factories.accounts import make_user
from tests.factories.pam import Move, Patient, Source, message

world, fresh_database, places = isolation_world.world, isolation_world.fresh_database, isolation_world.places

SEES_BEDS = [str(role) for role in Role if Capability.VOIR_CAPACITE in CAPABILITIES[role]]
"""The roles that see the beds of the whole territory, without names."""


# --- the table is complete


@pytest.mark.django_db
def test_every_route_is_known_to_this_test() -> None:
    """A new parameter, or a new route that accepts POST, must be described in tests/db/isolation_routes.py."""
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
    shown = dict.fromkeys(Role, False)
    problems = []
    people = {role: person(role) for role in Role}
    for asked in addresses_that_tell(b, secret, people.values()):
        for role, user in people.items():
            said = everything_said(client_of(user).get(asked))
            problems += [f"{role} {asked} montre {m}" for m in secret if m in said and m not in asked.upper()]
            if b.mark + "UN" in said and b.mark + "UN" not in asked.upper():
                shown[role] = True
                if not asked.startswith(("/demandes/", "/api/v1/demandes/")):
                    problems.append(f"{role} {asked} montre l'identité hors de la demande")
    verdict(problems)
    readers = {role for role, seen in shown.items() if seen}
    assert readers == {Role.GESTIONNAIRE_LITS, Role.CELLULE_TERRITORIALE}


def addresses_that_tell(b: Place, secret: list[str], people: Iterable[User]) -> list[str]:
    """Where somebody with the rights of every role at once reads anything of B: rights only add up."""
    user = make_user(Role.ADMINISTRATEUR, A, username="tous-les-droits")
    for one in people:
        for grant in one.grants.all():
            user.grants.get_or_create(role=grant.role, establishment=grant.establishment)
    found = []
    for asked, answer in reads(client_of(user), b, brief=True):
        said = everything_said(answer)
        if any(word in said for word in [*secret, b.mark + "UN"]):
            found.append(asked)
    assert any(asked.startswith("/demandes/") for asked in found)
    return found


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
        awaited = {role: f"flow.uf:{A}".encode() for role in SEES_BEDS} | {"dim de B": b"journal"}
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
        assert (f"FLOW.UF:{A}" in heard[name]) is (name in SEES_BEDS), name
    assert "FLOW" not in heard["sans-role"]
