"""How to reach the ROR: two channels, each with its own certificate. Everything comes from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archipel.kernel.errors import Invalid

WRITE = {
    "url": "ARCHIPEL_ROR_URL", "cert": "ARCHIPEL_ROR_CERT", "key": "ARCHIPEL_ROR_KEY", "ca": "ARCHIPEL_ROR_CA",
    "token_file": "ARCHIPEL_ROR_TOKEN_FILE", "token_url": "ARCHIPEL_ROR_TOKEN_URL",
    "client_id": "ARCHIPEL_ROR_CLIENT_ID",
}  # fmt: skip
READ = {
    "url": "ARCHIPEL_ROR_READ_URL", "cert": "ARCHIPEL_ROR_READ_CERT", "key": "ARCHIPEL_ROR_READ_KEY",
    "ca": "ARCHIPEL_ROR_READ_CA", "token_file": "ARCHIPEL_ROR_READ_TOKEN_FILE",
    "token_url": "ARCHIPEL_ROR_READ_TOKEN_URL", "client_id": "ARCHIPEL_ROR_READ_CLIENT_ID",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to the ROR: as a supplier (writing) or as a consumer (reading)."""

    name: str
    """fournisseur or consommateur."""
    url: str
    cert: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    token_file: Path | None = None
    token_url: str = ""
    client_id: str = ""
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class RorSettings:
    """What is set; a channel that is not configured is None."""

    supplier: Channel | None
    consumer: Channel | None
    profile: tuple[str, str]
    """(code, system) of ``Ror-Profil-Utilisateur``."""
    role: tuple[str, str]
    """(code, system) of ``Ror-Role-Metier``."""
    region: str
    """Code of the source region to read; empty: everything."""
    every: float
    """Seconds between two comparisons."""
    poll_minutes: float
    """Minutes between two readings."""
    parallel: int
    """Requests at a time, each about another offer."""


def ror_settings(environment: Mapping[str, str] | None = None) -> RorSettings:
    """Read the settings.

    Raises:
        Invalid: one of them cannot be what it says; the sentence names it.
    """
    given = os.environ if environment is None else environment
    return RorSettings(
        supplier=_channel("fournisseur", WRITE, given),
        consumer=_channel("consommateur", READ, given),
        profile=_pair("ARCHIPEL_ROR_PROFILE", given),
        role=_pair("ARCHIPEL_ROR_ROLE", given),
        region=given.get("ARCHIPEL_ROR_REGION", "").strip(),
        every=_number("ARCHIPEL_ROR_EVERY", given, 10.0),
        poll_minutes=_number("ARCHIPEL_ROR_POLL_MINUTES", given, 5.0),
        parallel=max(1, min(32, int(_number("ARCHIPEL_ROR_PARALLEL", given, 4.0)))),
    )


def _channel(name: str, variables: Mapping[str, str], given: Mapping[str, str]) -> Channel | None:
    values = {key: given.get(variable, "").strip() for key, variable in variables.items()}
    if not values["url"]:
        return None
    if not values["url"].startswith(("https://", "http://")):
        raise Invalid(f"{variables['url']} : trouvé « {values['url'][:60]} », attendu une adresse https.")
    if bool(values["cert"]) != bool(values["key"]):
        raise Invalid(f"{variables['cert']} et {variables['key']} vont ensemble : un certificat et sa clé.")
    paths: dict[str, Path | None] = {
        key: Path(values[key]) if values[key] else None for key in ("cert", "key", "ca", "token_file")
    }
    timeout = _number("ARCHIPEL_ROR_TIMEOUT", given, 10.0)
    return Channel(
        name=name, url=values["url"].rstrip("/"), token_url=values["token_url"], client_id=values["client_id"],
        timeout=timeout, **paths,
    )  # fmt: skip


def _pair(variable: str, given: Mapping[str, str]) -> tuple[str, str]:
    text = given.get(variable, "").strip()
    code, _, system = text.partition("|")
    if text and not (code and system):
        raise Invalid(f"{variable} : trouvé « {text[:60]} », attendu « code|système ».")
    return code, system


def _number(variable: str, given: Mapping[str, str], default: float) -> float:
    text = given.get(variable, "").strip()
    try:
        value = float(text.replace(",", ".")) if text else default
    except ValueError:
        value = -1.0
    if not 0 < value < 1e6:
        raise Invalid(f"{variable} : trouvé « {text[:30]} », attendu un nombre positif.")
    return value
