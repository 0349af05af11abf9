"""The way to the ROR: mutual TLS, token, headers, one request and what became of it."""

from __future__ import annotations

import json
import ssl
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx

from archipel.connectors.ror.codec import bundle, names
from archipel.connectors.ror.codec.capacity import Json, Unreadable
from archipel.connectors.ror.settings import Channel, RorSettings

_MARGIN = 20.0
"""A token is renewed this many seconds before it lapses."""


class Trouble(StrEnum):
    """Why no answer came."""

    NOT_SENT = "non-envoye"
    """The request certainly did not reach the ROR (no connection, certificate refused)."""
    UNKNOWN = "sans-reponse"
    """It may have been applied: nobody knows until the ROR is read again."""


class LinkDown(Exception):
    """The ROR could not be reached, or did not answer; the sentence is French and holds no secret."""

    def __init__(self, trouble: Trouble, sentence: str, *, access: bool = False) -> None:
        super().__init__(sentence)
        self.trouble, self.sentence = trouble, sentence
        self.access = access
        """A person must act (certificate, token): trying again changes nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came."""

    status: int
    body: Any
    """The JSON, or None."""
    text: str
    """The beginning of what is not JSON."""
    seconds: float
    retry_after: str = ""


class Client:
    """Requests on one channel; threads may share it.

    Args:
        channel: where, and with which certificate.
        headers_of: settings for the headers of a reading; None for a supplier.
    """

    def __init__(self, channel: Channel, headers_of: RorSettings | None = None) -> None:
        self.channel, self.settings = channel, headers_of
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0
        try:
            verify: ssl.SSLContext | bool = _context(channel) if channel.url.startswith("https:") else True
        except (OSError, ssl.SSLError) as error:
            text = f"Le certificat du {channel.name} ne peut pas être lu ({type(error).__name__})."
            raise LinkDown(Trouble.NOT_SENT, text, access=True) from None
        self.http = httpx.Client(verify=verify, timeout=channel.timeout, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def patch(self, key: str, body: Json) -> Reply:
        """Send one operation on a place.

        Raises:
            LinkDown: no answer.
        """
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        url = names.write_url(self.channel.url, key)
        return self._ask("PATCH", url, names.write_headers(self.token()), content)

    def get(self, url: str) -> Reply:
        """Read an address of the ROR.

        Raises:
            LinkDown: no answer.
        """
        if self.settings is None:
            raise LinkDown(Trouble.NOT_SENT, "Ce canal n'est pas configuré pour lire.", access=True)
        return self._ask("GET", url, names.read_headers(self.token(), self.settings.profile, self.settings.role))

    def place(self, key: str) -> list[bundle.Place]:
        """The places that have an external code, as they are now in the ROR.

        Raises:
            LinkDown: no answer, or not one that can be read.
        """
        reply = self.get(names.search_url(self.channel.url, identifier=key))
        if reply.status != 200:
            text = f"La relecture du ROR est refusée ({reply.status})."
            raise LinkDown(Trouble.UNKNOWN, text, access=reply.status in (401, 403))
        try:
            return list(bundle.read(reply.body).places)
        except Unreadable as error:
            raise LinkDown(Trouble.UNKNOWN, f"La relecture du ROR est illisible : {error}") from None

    def token(self) -> str:
        """The token to present: read from a file, or asked for and kept until it lapses.

        Raises:
            LinkDown: there is none, or the ROR gives none.
        """
        if self.channel.token_file is not None:
            try:
                return self.channel.token_file.read_text(encoding="utf-8").strip()
            except OSError:
                raise LinkDown(Trouble.NOT_SENT, "Le fichier du jeton est illisible.", access=True) from None
        if not self.channel.token_url:
            raise LinkDown(Trouble.NOT_SENT, f"Aucun jeton n'est configuré ({self.channel.name}).", access=True)
        with self._lock:
            if time.monotonic() >= self._until:
                self._token, lasts = self._new_token()
                self._until = time.monotonic() + max(1.0, lasts - _MARGIN)
            return self._token

    def forget_token(self) -> None:
        """Ask for another one next time."""
        with self._lock:
            self._until = 0.0

    def _new_token(self) -> tuple[str, float]:
        form = {"grant_type": "client_credentials", "client_id": self.channel.client_id}
        try:
            answer = self.http.post(self.channel.token_url, data=form)
        except httpx.HTTPError as error:
            raise LinkDown(Trouble.NOT_SENT, _sentence(error), access=_is_tls(error)) from None
        body = _json(answer)
        token = body.get("access_token") if isinstance(body, dict) else None
        if answer.status_code != 200 or not isinstance(token, str):
            refused = answer.status_code in (400, 401, 403)
            text = f"Le serveur d'autorisation du ROR ne donne pas de jeton ({answer.status_code})."
            raise LinkDown(Trouble.NOT_SENT, text, access=refused)
        lasts = body.get("expires_in", 60)
        return token, float(lasts) if isinstance(lasts, int | float) else 60.0

    def _ask(self, method: str, url: str, headers: dict[str, str], content: bytes | None = None) -> Reply:
        begun = time.monotonic()
        try:
            answer = self.http.request(method, url, headers=headers, content=content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise LinkDown(Trouble.NOT_SENT, _sentence(error), access=_is_tls(error)) from None
        except httpx.HTTPError as error:  # cut or timed out once connected: nobody knows
            tls = _is_tls(error)
            raise LinkDown(Trouble.NOT_SENT if tls else Trouble.UNKNOWN, _sentence(error), access=tls) from None
        if answer.status_code == 401:
            self.forget_token()
        return Reply(
            answer.status_code, _json(answer), answer.text[:2000], time.monotonic() - begun,
            answer.headers.get("Retry-After", ""),
        )  # fmt: skip


def _context(channel: Channel) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(channel.ca) if channel.ca else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if channel.cert is not None and channel.key is not None:
        context.load_cert_chain(channel.cert, channel.key)
    return context


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _is_tls(error: BaseException) -> bool:
    """Whether a certificate is refused, by them or by us."""
    text = str(error).lower()
    return any(word in text for word in ("certificate", "tlsv1", "sslv3 alert", "handshake failure", "unknown ca"))


def _sentence(error: httpx.HTTPError) -> str:
    if _is_tls(error):
        return "La liaison sécurisée est refusée : certificat inconnu, périmé ou d'une autre autorité."
    if isinstance(error, httpx.TimeoutException):
        return "Le ROR ne répond pas dans le délai."
    if isinstance(error, httpx.ConnectError):
        return "Le ROR est injoignable : réseau coupé, adresse fausse ou service arrêté."
    return f"La liaison avec le ROR a été coupée ({type(error).__name__})."
