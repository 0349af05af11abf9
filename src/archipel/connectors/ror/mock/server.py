"""The test ROR on a socket: TLS with client certificates, tokens, headers, slowness and failures on demand.

Beside the documented interface, ``/_controle/`` lets a test or a person look at the log and choose the behaviour; it
does not exist in the real ROR.
"""

from __future__ import annotations

import json
import secrets
import ssl
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archipel.connectors.ror.codec import names
from archipel.connectors.ror.codec.capacity import Json, Unreadable
from archipel.connectors.ror.mock.store import Store, issue, outcome, restore
from archipel.kernel import clock

TOKEN_PATH = "/auth/realms/ror/protocol/openid-connect/token"  # noqa: S105 - an address
CONTROL = "/_controle/"
_BODY = 2_000_000
_REMEMBERED = 5_000
"""Exchanges kept in memory; the file has them all."""
_SAVE_EVERY, _SAVE_SHARE = 2.0, 30.0
"""Seconds between two savings of the places, and at least this many times what the last one took."""


@dataclass(slots=True)
class Mode:
    """How the server behaves, beyond what is documented."""

    down: bool = False
    """Answers 503 to everything."""
    cut: bool = False
    """Closes each connection without an answer."""
    slow: float = 0.0
    """Seconds before each answer."""
    lose_answers: int = 0
    """This many writings are applied, then the connection is cut before the answer."""
    fail: int = 0
    """This many writings are answered 500, not applied."""
    reject_token: bool = False
    """Answers 401."""


@dataclass(slots=True)
class Access:
    """Who may do what. Empty names: any client certificate, or none when the server does not ask for one."""

    suppliers: frozenset[str] = frozenset()
    """Common names of the certificates that may write."""
    consumers: frozenset[str] = frozenset()
    """Those that may read."""
    tokens: frozenset[str] = frozenset()
    """Tokens accepted besides those given by the token address; empty: any."""
    keep: Path | None = None
    """Folder of the store and of the log."""


@dataclass(slots=True)
class Logged:
    """One exchange."""

    number: int
    at: str
    method: str
    path: str
    client: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any
    seconds: float = 0.0


@dataclass(slots=True)
class _Known:
    log: deque[Logged] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    count: int = 0
    save_at: float = 0.0
    given: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)


class MockRor:
    """The server; ``start`` gives it a thread, ``stop`` ends it.

    Args:
        store: what it knows.
        host, port: where it listens; port 0 takes a free one.
        tls: server context; None: without TLS, for a look with a browser.
        access: who may do what.
    """

    def __init__(
        self,
        store: Store,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        access: Access | None = None,
    ) -> None:
        self.store, self.access, self.mode = store, access or Access(), Mode()
        self.known = _Known()
        self.tls = tls
        self._http = _Server((host, port), _handler(self), tls)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base address."""
        host, port = self._http.server_address[:2]
        return f"{'https' if self.tls else 'http'}://{host!s}:{port}"

    def start(self) -> MockRor:
        """Serve in a thread."""
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serve until interrupted."""
        try:
            self._http.serve_forever()
        finally:
            self.save()

    def stop(self) -> None:
        """Close the socket."""
        self._http.shutdown()
        self._http.server_close()
        if self._thread is not None:
            self._thread.join(5)

    def __enter__(self) -> MockRor:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> list[Logged]:
        """Every exchange, control aside."""
        with self.known.lock:
            return list(self.known.log)

    def written(self) -> list[Logged]:
        """The writings that were applied, whether the answer arrived or not."""
        return [one for one in self.log if one.method == "PATCH" and 200 <= one.status < 300]

    def keep(self, one: Logged) -> None:
        """Add to the log, in memory and in its file."""
        with self.known.lock:
            self.known.count += 1
            one.number = self.known.count
            self.known.log.append(one)
            if self.access.keep is not None:
                with (self.access.keep / "journal.jsonl").open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
                if one.method == "PATCH" and time.monotonic() > self.known.save_at:
                    self.save()

    def save(self) -> None:
        """Write the places down, when they are kept."""
        if self.access.keep is not None:
            begun = time.monotonic()
            self.store.save(self.access.keep / "lieux.json")
            ended = time.monotonic()
            self.known.save_at = ended + max(_SAVE_EVERY, _SAVE_SHARE * (ended - begun))

    def set_mode(self, given: Mapping[str, Any]) -> Mode:
        """Change the behaviour.

        Raises:
            Unreadable: no such behaviour, or not a value for it.
        """
        for name, value in given.items():
            if name not in {one.name for one in fields(Mode)}:
                raise Unreadable(f"comportement inconnu : « {name[:30]} »")
            kind = type(getattr(self.mode, name))
            if not isinstance(value, (int, float) if kind is float else kind):
                raise Unreadable(f"« {name} » : attendu {kind.__name__}")
            setattr(self.mode, name, kind(value))
        return self.mode

    def token(self) -> Json:
        """A new token."""
        with self.known.lock:
            value = secrets.token_urlsafe(24)
            self.known.given.add(value)
        return {"access_token": value, "token_type": "Bearer", "expires_in": 300}


class _Server(ThreadingHTTPServer):
    """The handshake is made in the thread of the connection: one that stalls holds up nobody."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None
    ) -> None:
        self._tls = tls
        super().__init__(address, handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Secure, then serve."""
        if self._tls is not None:
            try:
                request.settimeout(10)
                request = self._tls.wrap_socket(request, server_side=True)
                request.settimeout(60)
            except (OSError, ssl.SSLError):
                self.shutdown_request(request)
                return
        super().process_request_thread(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error."""


def _handler(mock: MockRor) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        server_of = mock

    return Handler


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_of: MockRor

    def log_message(self, format: str, *args: object) -> None:
        """The log is ours."""

    def do_GET(self) -> None:
        """Read, or look at the control."""
        self._run(self._get)

    def do_PATCH(self) -> None:
        """Write."""
        self._run(self._patch)

    def do_POST(self) -> None:
        """Ask for a token, or steer the control."""
        self._run(self._post)

    def do_DELETE(self) -> None:
        """Nothing is deleted by its address: an indicator goes by a PATCH of type delete."""
        self._run(lambda parts, body: (405, outcome(issue("not-supported", f"{self.command} n'est pas proposé"))))

    do_PUT = do_DELETE

    # --- one request

    def _run(self, act: Any) -> None:
        begun = time.monotonic()
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length") or "0"
        raw = self.rfile.read(min(int(length), _BODY) if length.isdigit() else 0)
        try:
            body = json.loads(raw) if "json" in self.headers.get("Content-Type", "") else _text(raw)
        except ValueError:
            body = _text(raw)
        if parts.path.startswith(CONTROL):
            self._answer(*self._control(parts.path, parts.query, body))
            return
        mode = self.server_of.mode
        if mode.slow:
            time.sleep(mode.slow)
        if mode.cut:
            self._log(body, 0, None, begun)
            self._cut()
            return
        status, answer = (503, outcome(issue("transient", "Service indisponible"))) if mode.down else act(parts, body)
        lost = self.command == "PATCH" and 200 <= status < 300 and self._spend("lose_answers")
        self._log(body, status, answer, begun)
        if lost:
            self._cut()
        else:
            self._answer(status, answer)

    def _spend(self, name: str) -> bool:
        with self.server_of.known.lock:
            left = int(getattr(self.server_of.mode, name))
            setattr(self.server_of.mode, name, max(0, left - 1))
            return left > 0

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _log(self, body: Any, status: int, answer: Any, begun: float) -> None:
        headers = {name: ("…" if name.lower() == "authorization" else value) for name, value in self.headers.items()}
        self.server_of.keep(
            Logged(0, clock.now().isoformat(), self.command, self.path, self._client(), headers, body, status, answer,
                   round(time.monotonic() - begun, 4))
        )  # fmt: skip

    def _answer(self, status: int, answer: Any) -> None:
        content = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{names.FHIR_JSON}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _client(self) -> str:
        """Common name of the client's certificate, empty without one."""
        if not isinstance(self.connection, ssl.SSLSocket):
            return ""
        found = self.connection.getpeercert() or {}
        pairs: Any = [pair for group in found.get("subject", ()) for pair in group]
        return next((str(value) for name, value in pairs if name == "commonName"), "")

    # --- what is allowed

    def _refused(self, allowed: frozenset[str], *, writing: bool) -> tuple[int, Json] | None:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        access, given = self.server_of.access, self.server_of.known.given
        accepted = access.tokens | given
        if self.server_of.mode.reject_token or scheme != "Bearer" or not token or (accepted and token not in accepted):
            return 401, outcome(issue("login", "access_token absent ou refusé"))
        if allowed and self._client() not in allowed:
            return 403, outcome(issue("forbidden", "Ce certificat n'est pas habilité pour cet usage"))
        present = [name for name in names.ROR_HEADERS if self.headers.get(name)]
        if writing and present:
            return 400, outcome(issue("invalid", f"En-têtes interdits en écriture : {', '.join(present)}"))
        missing = sorted(set(names.ROR_HEADERS) - set(present))
        if not writing and missing:
            return 400, outcome(issue("required", f"En-têtes absents : {', '.join(missing)}"))
        if writing and self.headers.get("Content-Type", "").partition(";")[0].strip() != names.FHIR_JSON:
            return 415, outcome(issue("not-supported", f"Content-Type attendu : {names.FHIR_JSON}"))
        return None

    def _get(self, parts: Any, body: Any) -> tuple[int, Json]:
        refused = self._refused(self.server_of.access.consumers, writing=False)
        if refused:
            return refused
        if parts.path != "/Location":
            return 404, outcome(issue("not-supported", f"Pas d'adresse {parts.path}"))
        return self.server_of.store.search(parse_qs(parts.query), f"{self.server_of.url}{self.path}")

    def _patch(self, parts: Any, body: Any) -> tuple[int, Json]:
        refused = self._refused(self.server_of.access.suppliers, writing=True)
        if refused:
            return refused
        if parts.path != names.WRITE_PATH:
            return 404, outcome(issue("not-supported", f"Pas d'adresse {parts.path}"))
        if self._spend("fail"):
            return 500, outcome(issue("exception", "Erreur interne"))
        if not isinstance(body, dict):
            return 400, outcome(issue("structure", "Corps : trouvé autre chose qu'un objet JSON, attendu Parameters"))
        return self.server_of.store.patch(parse_qs(parts.query).get("identifier", [""])[0], body)

    def _post(self, parts: Any, body: Any) -> tuple[int, Json]:
        if parts.path != TOKEN_PATH:
            return 404, outcome(issue("not-supported", f"Pas d'adresse {parts.path}"))
        asked = parse_qs(body if isinstance(body, str) else "")
        if asked.get("grant_type") != ["client_credentials"] or not asked.get("client_id"):
            return 400, {"error": "invalid_request"}
        return 200, self.server_of.token()

    # --- control

    def _control(self, path: str, query: str, body: Any) -> tuple[int, Any]:
        what, mock = path.removeprefix(CONTROL).strip("/"), self.server_of
        try:
            if self.command == "GET" and what == "journal":
                since = int(parse_qs(query).get("depuis", ["0"])[0])
                return 200, [asdict(one) for one in mock.log if one.number > since]
            if self.command == "GET" and what == "etat":
                return 200, {"mode": asdict(mock.mode), "lieux": len(mock.store.places()), "echanges": mock.known.count}
            if self.command == "POST" and what == "mode":
                return 200, asdict(mock.set_mode(body if isinstance(body, dict) else {}))
            if self.command == "POST" and what == "lieux":
                return 200, {"lieux": mock.store.put([restore(one) for one in body])}
        except (Unreadable, ValueError, TypeError, AttributeError) as error:
            return 422, {"erreur": str(error)}
        return 404, {"erreur": f"{self.command} {path} : inconnu"}
