"""The event stream: ``GET /evenements/?topics=…`` as server-sent events, in an ASGI process of its own.

Who asks is known by the Django session cookie, asked again every minute: a logout, an expiry or a right taken away
closes or narrows the stream. Events carry keys of what changed, never personal data.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from psycopg.conninfo import make_conninfo

from archipel.foundation.accounts import sessions
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Scope
from archipel.ui.event_hub import RESYNC, Client, Hub

PATH = "/evenements/"
HEARTBEAT_SECONDS = 15.0
RECHECK_SECONDS = 60.0
SEND_SECONDS = 30.0
"""A browser that takes nothing for this long is gone."""
MAX_CLIENTS = 5_000
MAX_TOPICS = 500
_OWED = ("archipel_must_enrol", "archipel_must_choose")
"""Marks of a session that must do something else before it may see anything."""

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def conninfo() -> str:
    """The address of Django's database, for a connection of our own that notices a dead server."""
    known = connections["default"].settings_dict
    parts = {"dbname": known["NAME"], "user": known["USER"], "password": known["PASSWORD"], "host": known["HOST"]}
    parts |= {"port": known["PORT"], **{k: v for k, v in known.get("OPTIONS", {}).items() if isinstance(v, str)}}
    return make_conninfo(
        **{name: value for name, value in parts.items() if value},
        application_name="archipel events",
        connect_timeout=5,
        keepalives_idle=15,
        keepalives_interval=5,
        keepalives_count=3,
    )


def scope_of_session(key: str) -> Scope | None:
    """The scope behind a session key, None when it opens nothing (unknown, expired, owing a step, disabled account)."""
    close_old_connections()
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    if store.is_empty() or any(store.get(mark) for mark in _OWED) or sessions.expiry_reason(store):
        return None
    request = HttpRequest()
    request.session = store
    user: Any = get_user(request)
    if not user.is_authenticated or user.must_change_password:
        return None
    user.acting_establishment = store.get("archipel_situation_ej", "")
    return scope_of(user)


def origin_allowed(origin: str, host: str) -> bool:
    """Whether a page of this origin may follow, with its cookies.

    The same host and port always; a listed origin; any port of the same host when the stream has a port of its own.
    """
    if not origin:
        return True
    page = urlsplit(origin)
    if page.scheme in {"http", "https"} and page.netloc == host:
        return True
    if origin in getattr(settings, "WEB_ORIGINS", ()):
        return True
    return bool(settings.EVENTS_PORT) and (page.hostname or "") == split_domain_port(host)[0].strip("[]")


def topics_of(query: str) -> frozenset[str]:
    """The topics asked for: separated by spaces or commas, or repeated."""
    asked = parse_qs(query, max_num_fields=50).get("topics", [])
    return frozenset(word for text in asked for word in text.replace(",", " ").split())


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def _session_key(headers: Iterable[tuple[bytes, bytes]]) -> str:
    cookies: SimpleCookie = SimpleCookie()
    with contextlib.suppress(CookieError):
        cookies.load(_header(headers, b"cookie"))
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


class EventsApplication:
    """The ASGI application; one per process, with its hub."""

    def __init__(
        self,
        *,
        heartbeat: float = HEARTBEAT_SECONDS,
        recheck: float = RECHECK_SECONDS,
        identify: Callable[[str], Scope | None] = scope_of_session,
    ) -> None:
        self.hub = Hub(conninfo)
        self._heartbeat = heartbeat
        self._recheck = recheck
        self._identify = sync_to_async(identify)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection, or the process's life."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.hub.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.hub.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        headers: Headers = scope["headers"]
        host, origin = _header(headers, b"host"), _header(headers, b"origin")
        allowed = [".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG and not settings.ALLOWED_HOSTS else None
        if not validate_host(split_domain_port(host)[0], allowed or settings.ALLOWED_HOSTS):
            return await _answer(send, 400, "hote", "Nom d'hôte inattendu.")
        if not origin_allowed(origin, host):
            return await _answer(send, 403, "origine", "Cette page n'a pas le droit de suivre les événements.")
        cors = _cors(origin)
        if scope["path"] == f"{PATH}sante":
            state = {"ecoute": self.hub.listening.is_set(), "clients": len(self.hub.clients)}
            return await _json(send, 200 if state["ecoute"] else 503, state, cors)
        if scope["path"] != PATH:
            return await _answer(send, 404, "introuvable", "Rien à cette adresse.", cors)
        if scope["method"] != "GET":
            return await _answer(send, 405, "methode", "Seule la lecture est possible.", [*cors, (b"allow", b"GET")])
        return await self._follow(scope, receive, send, cors)

    async def _follow(self, scope: Message, receive: Receive, send: Send, cors: Headers) -> None:
        key = _session_key(scope["headers"])
        topics = topics_of(scope["query_string"].decode("latin-1"))
        if len(topics) > MAX_TOPICS:
            return await _answer(send, 422, "sujets", f"Au plus {MAX_TOPICS} sujets à la fois.", cors)
        try:
            who = await self._identify(key) if key else None
        except (DatabaseError, InterfaceError):
            return await _answer(send, 503, "base", "La base de données ne répond pas.", cors)
        if who is None:
            return await _answer(send, 401, "session", "Connectez-vous pour suivre les événements.", cors)
        if len(self.hub.clients) >= MAX_CLIENTS:
            return await _answer(send, 503, "complet", "Trop de pages suivent déjà ce serveur.", cors)
        client = Client(who, topics)
        self.hub.start()
        self.hub.clients.add(client)
        try:
            await self._open(scope, send, cors)
            await self._stream(client, key, receive, send)
        except (OSError, TimeoutError):
            pass  # the browser is gone
        except asyncio.CancelledError:  # the server stops: the browser will come back by itself
            with contextlib.suppress(Exception):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.hub.clients.discard(client)

    async def _open(self, scope: Message, send: Send, cors: Headers) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            (b"x-content-type-options", b"nosniff"),
            *cors,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        again = _header(scope["headers"], b"last-event-id")
        await _write(send, b"retry: 2000\n: bienvenue\n\n" + (RESYNC if again else b""))

    async def _stream(self, client: Client, key: str, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_until_disconnect(receive))
        taking: asyncio.Task[bytes] | None = None
        checked = time.monotonic()
        try:
            while True:
                taking = taking or asyncio.create_task(client.take())
                waited: list[asyncio.Task[Any]] = [gone, taking]
                patience = max(0.0, min(self._heartbeat, checked + self._recheck - time.monotonic()))
                await asyncio.wait(waited, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    return
                if time.monotonic() - checked >= self._recheck:
                    if not await self._still(client, key):
                        await _write(send, b"event: fin\ndata: {}\n\n")
                        await send({"type": "http.response.body", "body": b"", "more_body": False})
                        return
                    checked = time.monotonic()
                if taking.done():
                    piece, taking = taking.result(), None
                else:
                    piece = b": encore la\n\n"
                await _write(send, piece)
        finally:
            gone.cancel()
            if taking is not None:
                taking.cancel()

    async def _still(self, client: Client, key: str) -> bool:
        """Whether the session is still open; its present rights replace those of a minute ago."""
        try:
            who = await self._identify(key)
        except (DatabaseError, InterfaceError):
            return True  # the database is away: nothing can be announced either; asked again in a minute
        if who is None:
            return False
        client.scope = who
        return True


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, piece: bytes) -> None:
    message = {"type": "http.response.body", "body": piece, "more_body": True}
    await asyncio.wait_for(send(message), SEND_SECONDS)


def _cors(origin: str) -> Headers:
    if not origin:
        return [(b"vary", b"Origin")]
    return [
        (b"vary", b"Origin"),
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
    ]


async def _answer(send: Send, status: int, code: str, message: str, extra: Headers | None = None) -> None:
    await _json(send, status, {"code": code, "message": message}, extra or [])


async def _json(send: Send, status: int, body: dict[str, Any], extra: Headers) -> None:
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store"), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body, ensure_ascii=False).encode()})
