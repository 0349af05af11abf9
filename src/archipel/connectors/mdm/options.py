"""Where the platform is and how it is reached, from the environment; one platform for all, or one per establishment."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from archipel.connectors.mdm.codec import Sender
from archipel.kernel.errors import Invalid

PREFIX = "ARCHIPEL_PFI"


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform. Times in seconds."""

    host: str
    port: int
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    timeout: float = 20.0

    def context(self) -> ssl.SSLContext | None:
        """TLS 1.2 at least, mutual when a certificate is given; None without authority: plain TCP."""
        if not self.tls_ca:
            return None
        made = ssl.create_default_context(cafile=self.tls_ca)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.tls_cert:
            made.load_cert_chain(self.tls_cert, self.tls_key or None)
        return made


def platform(establishment: str, env: Mapping[str, str] = os.environ) -> Platform | None:
    """The platform of an establishment: ``ARCHIPEL_PFI_ADDRESSES`` (``FINESS=host:port,…``), else ``ARCHIPEL_PFI``.

    Raises:
        Invalid: an address without a port.
    """
    address = _addresses(env).get(establishment) or env.get("ARCHIPEL_PFI", "").strip()
    if not address:
        return None
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise Invalid(f"Adresse de plateforme « {address[:60]} » : attendu hôte:port.", code="reglage")
    return Platform(
        host,
        int(port),
        env.get("ARCHIPEL_PFI_TLS_CA", ""),
        env.get("ARCHIPEL_PFI_TLS_CERT", ""),
        env.get("ARCHIPEL_PFI_TLS_KEY", ""),
        float(env.get("ARCHIPEL_PFI_TIMEOUT", "20") or 20),
    )


def _addresses(env: Mapping[str, str]) -> dict[str, str]:
    pairs = (item.partition("=") for item in env.get("ARCHIPEL_PFI_ADDRESSES", "").split(",") if "=" in item)
    return {name.strip(): value.strip() for name, _, value in pairs}


def sender(establishment: str, env: Mapping[str, str] = os.environ) -> Sender:
    """MSH-3 to MSH-6: ``ARCHIPEL_PFI_APPLICATION`` names the platform; the facility is the FINESS."""
    environment = env.get("ARCHIPEL_INS_ENVIRONMENT", "production")
    return Sender(
        "ARCHIPEL",
        establishment,
        env.get("ARCHIPEL_PFI_APPLICATION", "PFI"),
        env.get("ARCHIPEL_PFI_FACILITY", "") or establishment,
        "P" if environment == "production" else "T",
    )


def carries_mail(env: Mapping[str, str] = os.environ) -> bool:
    """Whether the platform also sends the MSSanté mail (it does, unless the site has its own mail way)."""
    return not env.get("ARCHIPEL_MSSANTE_SMTP", "").strip()
