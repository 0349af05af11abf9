"""The event stream: a real uvicorn process, real sessions, many browsers; nobody hears what is not for them."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import psycopg
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.outbox.services import publish

BEAUNE, DIJON = "210012142", "210780581"
PATIENCE = 60.0


@dataclass
class Server:
    url: str
    process: subprocess.Popen[bytes]


@pytest.fixture
def server(fresh_database: str) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "archipel.config.asgi:application", "--port", str(port)]
    environment = {**os.environ, "ARCHIPEL_SECRET_KEY": settings.SECRET_KEY}
    process = subprocess.Popen(
        [*command, "--log-level", "warning", "--timeout-graceful-shutdown", "1"], env=environment
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until_listening(url)
        yield Server(url, process)
    finally:
        process.terminate()
        process.wait(60)


def until_listening(url: str, *, clients: int | None = None) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            answer = httpx.get(f"{url}/evenements/sante")
            if answer.status_code == 200 and clients in (None, answer.json()["clients"]):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the events process does not listen")


def session_of(username: str, role: Role, establishment: str) -> str:
    user = User.objects.create_user(username)
    Grant.objects.create(user=user, role=role, establishment=establishment)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


async def frames(response: httpx.Response, *, until: str) -> list[dict[str, str]]:
    """The frames received, up to and including the first whose event or data holds ``until``."""
    found: list[dict[str, str]] = []
    current: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            current[name] = value
        elif not line and "event" in current:
            found.append(current)
            if until in current.get("event", "") or until in current.get("data", ""):
                return found
            current = {}
        elif not line:
            current = {}
    return found


def announce(topic: str, payload: dict[str, object], establishment: str = "") -> None:
    with transaction.atomic():
        publish(topic, payload, establishment=establishment)


def moved(uf: str, site: str = "210987731") -> None:
    announce("flow.changed", {"uf": [uf], "sites": [site], "at": "2026-11-22T14:05:00+01:00"})


def browser(server: Server, key: str = "") -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    cookies = {"sessionid": key} if key else {}
    return httpx.AsyncClient(base_url=server.url, cookies=cookies, timeout=PATIENCE, limits=limits)


def test_without_a_session_nothing_is_heard(server: Server) -> None:
    for cookies in ({}, {"sessionid": "n-importe-quoi"}):
        answer = httpx.get(f"{server.url}/evenements/", cookies=cookies)
        assert answer.status_code == 401
        assert answer.json()["code"] == "session"


def test_two_hundred_browsers_hear_one_movement(server: Server) -> None:
    key = session_of("cellule", Role.CELLULE_TERRITORIALE, "*")

    async def follow(client: httpx.AsyncClient) -> list[dict[str, str]]:
        async with client.stream("GET", f"/evenements/?topics=flow.uf:{DIJON}:3101") as response:
            assert response.status_code == 200, await response.aread()
            return await frames(response, until="3101")

    async def everyone() -> list[list[dict[str, str]]]:
        async with browser(server, key) as client:
            followers = [asyncio.create_task(follow(client)) for _ in range(200)]
            await asyncio.to_thread(until_listening, server.url, clients=200)
            await asyncio.to_thread(moved, f"{DIJON}:9999")
            await asyncio.to_thread(moved, f"{DIJON}:3101")
            return await asyncio.wait_for(asyncio.gather(*followers), PATIENCE)

    for received in asyncio.run(everyone()):
        (only,) = received
        assert only["event"] == "changement"
        assert f"flow.uf:{DIJON}:3101" in json.loads(only["data"])["sujets"]


def test_messages_of_another_establishment_are_not_heard(server: Server) -> None:
    """A DIM of Beaune hears of Beaune's messages; a bed manager, and Dijon's DIM, do not."""
    keys = [
        session_of("dim-beaune", Role.DIM, BEAUNE),
        session_of("dim-dijon", Role.DIM, DIJON),
        session_of("lits-beaune", Role.GESTIONNAIRE_LITS, BEAUNE),
    ]

    async def follow(key: str) -> list[dict[str, str]]:
        async with browser(server, key) as client, client.stream("GET", "/evenements/") as response:
            return await frames(response, until="flow.uf")

    async def everyone() -> list[list[dict[str, str]]]:
        followers = [asyncio.create_task(follow(key)) for key in keys]
        await asyncio.to_thread(until_listening, server.url, clients=3)
        await asyncio.to_thread(announce, "journal.changed", {"establishment": BEAUNE, "parked": 1}, BEAUNE)
        await asyncio.to_thread(announce, "secret.changed", {"establishment": BEAUNE})
        await asyncio.to_thread(moved, f"{DIJON}:1")
        return await asyncio.wait_for(asyncio.gather(*followers), PATIENCE)

    heard = [[frame["data"] for frame in received] for received in asyncio.run(everyone())]
    assert ["journal" in " ".join(data) for data in heard] == [True, False, False]
    assert not any("secret" in " ".join(data) for data in heard)
    assert [len(data) for data in heard] == [2, 1, 1]


def test_a_return_and_a_lost_database_connection_both_resync(server: Server, fresh_database: str) -> None:
    key = session_of("cellule", Role.CELLULE_TERRITORIALE, "*")

    async def follow() -> None:
        async with browser(server, key) as client:
            async with client.stream("GET", "/evenements/", headers={"Last-Event-ID": "7"}) as response:
                assert (await frames(response, until="resync"))[-1]["event"] == "resync"
            async with client.stream("GET", "/evenements/") as response:
                lines = response.aiter_lines()
                await anext(lines)
                cut = (
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'archipel events' AND datname = current_database()"
                )
                with psycopg.connect(fresh_database, autocommit=True) as owner:
                    assert owner.execute(cut).rowcount == 1
                async for line in lines:
                    if line == "event: resync":
                        break
                await asyncio.to_thread(until_listening, server.url)
                await asyncio.to_thread(moved, f"{DIJON}:3101")
                async for line in lines:
                    if "3101" in line:
                        return
        raise AssertionError("the stream ended")

    asyncio.run(asyncio.wait_for(follow(), PATIENCE))


def test_a_logout_closes_the_stream(fresh_database: str) -> None:
    """In this process, with a check every tenth of a second instead of every minute."""
    from archipel.ui.events import EventsApplication

    key = session_of("cellule", Role.CELLULE_TERRITORIALE, "*")

    async def follow() -> bytes:
        application = EventsApplication(heartbeat=0.05, recheck=0.1)
        sent: list[bytes] = []
        ended = asyncio.Event()

        async def receive() -> dict[str, object]:
            await asyncio.Event().wait()
            return {}

        async def send(message: dict[str, object]) -> None:
            sent.append(bytes(message.get("body", b"")))  # type: ignore[call-overload]
            if message["type"] == "http.response.body" and not message.get("more_body"):
                ended.set()

        request = {
            "type": "http",
            "method": "GET",
            "path": "/evenements/",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"cookie", f"sessionid={key}".encode())],
        }
        stream = asyncio.create_task(application(request, receive, send))
        await asyncio.sleep(0.3)
        assert not ended.is_set()
        await asyncio.to_thread(SessionStore(key).delete)
        await asyncio.wait_for(ended.wait(), PATIENCE)
        await stream
        assert not application.hub.clients
        await application.hub.stop()
        return b"".join(sent)

    assert b"event: fin" in asyncio.run(follow())


@pytest.mark.parametrize(("origin", "status"), [("https://ailleurs.example", 403), ("http://127.0.0.1:1", 403)])
def test_pages_from_elsewhere_are_refused(server: Server, origin: str, status: int) -> None:
    assert httpx.get(f"{server.url}/evenements/", headers={"Origin": origin}).status_code == status
    assert httpx.get(f"{server.url}/evenements/", headers={"Host": "ailleurs.example"}).status_code == 400
