"""One delivery over HTTPS: to the address that was looked at, without following anything elsewhere."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx

from archipel.foundation.webhooks.addresses import Target

TIMEOUT = 10.0
"""Seconds for each step: connection, sending, answer."""
KEPT = 300
"""Characters of an answer that is kept to explain a refusal."""
READ = 64_000
"""Bytes of an answer after which it is no longer read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``status`` None: nothing did, and ``error`` says why."""

    status: int | None
    error: str = ""

    @property
    def well(self) -> bool:
        """Whether the other system took it: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


def post(target: Target, body: bytes, headers: dict[str, str], authorities: str = "") -> Answer:
    """Send; never raises for what the network or the other side does.

    Args:
        target: with its numerical address.
        body: JSON.
        headers: the signature.
        authorities: a file of certificates of authority (PEM) trusted beside the system's; empty: the system's only.
    """
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(authorities)
    host = f"[{target.address}]" if ":" in target.address else target.address
    address = httpx.URL(target.url).copy_with(host=host.strip("[]"), port=target.port)
    said = {
        **headers, "content-type": "application/json", "user-agent": "Archipel", "accept-encoding": "identity",
        "host": target.host if target.port == 443 else f"{target.host}:{target.port}",
    }  # fmt: skip
    try:
        with (
            httpx.Client(verify=context, timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client,
            client.stream(
                "POST", address, content=body, headers=said, extensions={"sni_hostname": target.host}
            ) as response,
        ):
            return Answer(response.status_code, "" if response.is_success else _told(response))
    except (httpx.HTTPError, ssl.SSLError, OSError, ValueError) as error:
        return Answer(None, f"{type(error).__name__} : {error}"[:KEPT])


def _told(response: httpx.Response) -> str:
    read = b""
    for piece in response.iter_raw():
        read += piece
        if len(read) >= READ:
            break
    text = read.decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:KEPT]
