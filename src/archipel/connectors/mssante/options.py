"""The mail servers of the site's MSSanté operator, from the environment."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from archipel.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Server:
    """A server of the operator; ``mode``: starttls, tls (from the first byte) or sans (tests only)."""

    host: str
    port: int
    user: str
    password: str
    mode: str
    tls_ca: str
    tls_cert: str
    tls_key: str
    timeout: float = 30.0

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 at least; the operator's authorities, and our certificate when there is one."""
        made = ssl.create_default_context(cafile=self.tls_ca or None)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.tls_cert:
            made.load_cert_chain(self.tls_cert, self.tls_key or None)
        return made


def _server(env: Mapping[str, str], address: str) -> Server | None:
    if not address.strip():
        return None
    host, _, port = address.strip().rpartition(":")
    if not host or not port.isdigit():
        raise Invalid(f"Adresse de messagerie « {address[:60]} » : attendu hôte:port.", code="reglage")
    mode = env.get("ARCHIPEL_MSSANTE_TLS", "starttls").strip().lower()
    if mode not in ("starttls", "tls", "sans"):
        raise Invalid("ARCHIPEL_MSSANTE_TLS : starttls, tls ou sans attendu.", code="reglage")
    return Server(
        host,
        int(port),
        env.get("ARCHIPEL_MSSANTE_USER", ""),
        env.get("ARCHIPEL_MSSANTE_PASSWORD", ""),
        mode,
        env.get("ARCHIPEL_MSSANTE_TLS_CA", ""),
        env.get("ARCHIPEL_MSSANTE_TLS_CERT", ""),
        env.get("ARCHIPEL_MSSANTE_TLS_KEY", ""),
    )


def smtp(env: Mapping[str, str] = os.environ) -> Server | None:
    """Where mail is handed over; None: the platform sends it."""
    return _server(env, env.get("ARCHIPEL_MSSANTE_SMTP", ""))


def imap(env: Mapping[str, str] = os.environ) -> Server | None:
    """Where receipts are read; None: nowhere."""
    return _server(env, env.get("ARCHIPEL_MSSANTE_IMAP", ""))


def sender(establishment: str, env: Mapping[str, str] = os.environ) -> str:
    """Our address: ``ARCHIPEL_MSSANTE_FROM``, or one per establishment (``FINESS=address,…``)."""
    text = env.get("ARCHIPEL_MSSANTE_FROM", "").strip()
    if "=" not in text:
        return text
    pairs = dict(item.split("=", 1) for item in text.split(",") if "=" in item)
    return pairs.get(establishment, "").strip()
