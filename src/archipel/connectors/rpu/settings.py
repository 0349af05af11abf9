"""How RPU are sent, from the environment (docs/reglages.md): the agency's address is not public, it is a setting."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import time

from archipel.kernel.errors import Invalid

ENCODINGS = ("ISO-8859-1", "ISO-8859-15", "UTF-8")
SCHEMES = ("dossier", "https", "http", "sftp")
DAYS = 6
"""J-1 to J-6: arrêté du 24 juillet 2013, art. 5."""


@dataclass(frozen=True, slots=True)
class RpuSettings:
    """Where, when and how."""

    target: str
    """``dossier:/path``, ``https://…``, ``sftp://user@host/folder``; empty: nothing leaves."""
    hour: time
    """Paris time of the daily deposit."""
    deadline: time
    """Paris time after which it is late (04:00 by the arrêté)."""
    every_minutes: int
    """A file of the present day every so many minutes, when the agency asks for it; 0: none."""
    encoding: str
    order: str
    name: str
    method: str
    token: str
    certificate: str
    key: str
    authorities: str
    timeout: float

    @property
    def scheme(self) -> str:
        """The part before the colon, in small letters."""
        return self.target.partition(":")[0].lower()

    @property
    def shown(self) -> str:
        """The target without a password nor a query."""
        plain = self.target.partition("?")[0]
        scheme, mark, rest = plain.partition("://")
        return f"{scheme}{mark}{rest.rpartition('@')[2] if ':' in rest.partition('@')[0] else rest}" if mark else plain


def rpu_settings() -> RpuSettings:
    """The settings in force.

    Raises:
        Invalid: a value that cannot be; the sentence names the variable.
    """
    env = os.environ
    target = env.get("ARCHIPEL_RPU_TARGET", "").strip()
    if target and target.partition(":")[0].lower() not in SCHEMES:
        raise _wrong("ARCHIPEL_RPU_TARGET", target[:40], "dossier:/chemin, https://… ou sftp://…")
    encoding = env.get("ARCHIPEL_RPU_ENCODING", "ISO-8859-15").upper()
    if encoding not in ENCODINGS:
        raise _wrong("ARCHIPEL_RPU_ENCODING", encoding, ", ".join(ENCODINGS))
    method = env.get("ARCHIPEL_RPU_METHOD", "PUT").upper()
    if method not in ("PUT", "POST"):
        raise _wrong("ARCHIPEL_RPU_METHOD", method, "PUT ou POST")
    return RpuSettings(
        target=target,
        hour=_hour("ARCHIPEL_RPU_HOUR", env.get("ARCHIPEL_RPU_HOUR", "02:30")),
        deadline=_hour("ARCHIPEL_RPU_DEADLINE", env.get("ARCHIPEL_RPU_DEADLINE", "04:00")),
        every_minutes=int(_number("ARCHIPEL_RPU_EVERY_MINUTES", env.get("ARCHIPEL_RPU_EVERY_MINUTES", "0"))),
        encoding=encoding,
        order=env.get("ARCHIPEL_RPU_ORDRE", "1"),
        name=_pattern(env.get("ARCHIPEL_RPU_NAME", "O{finess}_{ordre}_{aaaammjj}{hhmmss}.xml")),
        method=method,
        token=env.get("ARCHIPEL_RPU_TOKEN", ""),
        certificate=env.get("ARCHIPEL_RPU_TLS_CERT", ""),
        key=env.get("ARCHIPEL_RPU_TLS_KEY", ""),
        authorities=env.get("ARCHIPEL_RPU_TLS_CA", ""),
        timeout=_number("ARCHIPEL_RPU_TIMEOUT", env.get("ARCHIPEL_RPU_TIMEOUT", "30")),
    )


def _wrong(name: str, found: str, expected: str) -> Invalid:
    return Invalid(f"{name} : trouvé « {found} », attendu {expected}.", code="rpu-reglage")


def _hour(name: str, text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise _wrong(name, text, "une heure HH:MM") from None


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if value < 0:
        raise _wrong(name, text, "un nombre positif")
    return value


def _pattern(text: str) -> str:
    try:
        made = text.format(finess="210987558", ordre="1", aaaammjj="20261127", aammjj="261127", hhmmss="023005")
    except (KeyError, IndexError, ValueError):
        made = ""
    if not made or "/" in made or made.startswith("."):
        raise _wrong("ARCHIPEL_RPU_NAME", text, "un nom de fichier avec {finess}, {ordre}, {aaaammjj}, {hhmmss}")
    return text
